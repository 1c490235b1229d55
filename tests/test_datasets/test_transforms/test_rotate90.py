import numpy as np
import pytest
from mmcv.transforms import RandomFlip
from mmseg.datasets.transforms import Resize
from PIL import Image

from projects.dstransnet.datasets import Rotate90

TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270
}


def sample(height: int = 3, width: int = 5) -> dict:
    """An image as it comes from a file of twice the height, thrice the width.
    """
    rng = np.random.default_rng(0)
    return dict(
        img=rng.integers(0, 256, (height, width, 3), np.uint8),
        img_shape=(height, width), ori_shape=(2 * height, 3 * width),
        scale=(width, height), scale_factor=(1 / 3, 1 / 2),
        gt_seg_map=rng.integers(0, 2, (2 * height, 3 * width), np.uint8),
        seg_fields=['gt_seg_map'])


@pytest.mark.parametrize('k', TURNS)
def test_rotation_is_pillows_counter_clockwise(k):
    before = sample()
    after = Rotate90(k=k)(sample())
    expected = Image.fromarray(before['img']).transpose(TURNS[k])
    assert np.array_equal(after['img'], expected)
    assert after['img'].flags.c_contiguous
    assert after['img_shape'] == after['img'].shape[:2]
    assert after['rot90'] == k


@pytest.mark.parametrize('k', range(4))
def test_odd_turns_swap_heights_and_widths(k):
    before, after = sample(), Rotate90(k=k)(sample())
    for key in ('img_shape', 'ori_shape', 'scale', 'scale_factor'):
        assert after[key] == before[key][::-1 if k % 2 else 1]
    # The truth is left alone.
    assert np.array_equal(after['gt_seg_map'], before['gt_seg_map'])


def test_no_turn_changes_no_pixel_and_is_noted():
    after = Rotate90(k=0)(sample())
    assert np.array_equal(after['img'], sample()['img'])
    assert after['rot90'] == 0


def test_sizes_tell_the_file_as_resizing_does():
    """Width and height of the file times the factors are those of the image.
    """
    image = np.zeros((30, 70, 3), np.uint8)
    results = Resize(scale=(64, 48))(
        dict(img=image, img_shape=(30, 70), ori_shape=(30, 70)))
    after = Rotate90(k=1)(results)
    height, width = after['ori_shape']
    assert (height, width) == (70, 30)
    assert after['img_shape'] == (64, 48)
    assert after['scale_factor'] == pytest.approx((48 / width, 64 / height))


def test_padded_shape_keeps_its_channels():
    results = dict(img=np.zeros((3, 5, 3), np.uint8), pad_shape=(3, 5, 3))
    assert Rotate90(k=1)(results)['pad_shape'] == (5, 3, 3)


def test_grey_images_and_nothing_but_an_image():
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    after = Rotate90(k=1)(dict(img=image))
    assert after['img'].tolist() == [[2, 5], [1, 4], [0, 3]]
    assert set(after) == {'img', 'img_shape', 'rot90'}


def test_turns_add_up():
    after = Rotate90(k=3)(Rotate90(k=2)(sample()))
    assert after['rot90'] == 1
    assert np.array_equal(after['img'], Rotate90(k=1)(sample())['img'])
    assert after['ori_shape'] == (15, 6)


def test_it_comes_before_flips():
    flipped = RandomFlip(prob=1., direction='horizontal')(sample())
    with pytest.raises(
            ValueError, match='Rotate90 must come before RandomFlip'):
        Rotate90(k=1)(flipped)
    unflipped = RandomFlip(prob=0., direction='horizontal')(sample())
    assert Rotate90(k=1)(unflipped)['rot90'] == 1


@pytest.mark.parametrize('k', [-1, 4, 1.0, '1', None, True])
def test_turns_that_do_not_exist(k):
    with pytest.raises(ValueError, match='k must be 0, 1, 2 or 3, got'):
        Rotate90(k=k)
