import numpy as np
import pytest
from mmcv.transforms import RandomFlip
from mmseg.datasets.transforms import Resize
from PIL import Image

from projects.dstransnet.datasets import (
    CenterPad,
    PillowResize,
    RandomLongSideResize,
    RandomRot90,
    RandomTargetCrop,
    Rotate90,
)
from projects.dstransnet.datasets.transforms import CentredTargetCrop
from projects.dstransnet.utils.errors import InputError


def sample(height: int, width: int) -> dict:
    """Random colour pixels and labels."""
    rng = np.random.default_rng(height * 1000 + width)
    labels = rng.integers(0, 2, (height, width), np.uint8)
    return dict(img=rng.integers(0, 256, (height, width, 3), np.uint8),
                img_shape=(height, width), ori_shape=(height, width),
                gt_seg_map=labels, seg_fields=['gt_seg_map'])


# RandomRot90


def test_rotation_is_counter_clockwise():
    """What was the right column becomes the top row."""
    results = sample(3, 5)
    image, labels = results['img'].copy(), results['gt_seg_map'].copy()
    rotated = RandomRot90(prob=1)(results)
    assert rotated['img'].shape == (5, 3, 3)
    assert rotated['img_shape'] == (5, 3)
    assert rotated['ori_shape'] == (3, 5)
    for row in range(3):
        for col in range(5):
            assert (rotated['img'][4 - col, row] == image[row, col]).all()
            assert rotated['gt_seg_map'][4 - col, row] == labels[row, col]
    for key in ('img', 'gt_seg_map'):
        assert rotated[key].flags.c_contiguous


@pytest.mark.parametrize('prob', [0.5, 0.2])
def test_probability_is_a_rate(prob):
    np.random.seed(0)
    transform, count = RandomRot90(prob=prob), 2000
    turned = sum(
        transform(dict(img=np.zeros((1, 2, 3), np.uint8)))['img'].shape[0] == 2
        for _ in range(count))
    deviation = (prob * (1 - prob) / count)**0.5
    assert abs(turned / count - prob) < 4 * deviation


# RandomLongSideResize


@pytest.mark.parametrize('shape', [(30, 47), (47, 30), (40, 40), (200, 90),
                                   (3, 5)])
def test_pixels_are_pillows(shape):
    """Growing and shrinking, bilinear for image and nearest for labels."""
    np.random.seed(0)
    transform = RandomLongSideResize(size=64, max_ratio=1.2)
    for _ in range(4):
        before = sample(*shape)
        after = transform(sample(*shape))
        height, width = after['img'].shape[:2]
        image = Image.fromarray(before['img']).resize(
            (width, height), Image.Resampling.BILINEAR)
        labels = Image.fromarray(before['gt_seg_map']).resize(
            (width, height), Image.Resampling.NEAREST)
        assert np.array_equal(after['img'], image)
        assert np.array_equal(after['gt_seg_map'], labels)
        assert after['img_shape'] == (height, width)


@pytest.mark.parametrize('size, ratio, expected', [
    (20, 1.25, {20, 21, 22, 23, 24, 25}),
    (19, 1.1, {19, 20}),  # the upper end is rounded down
])
def test_long_sides_are_all_integers_of_the_range(size, ratio, expected):
    np.random.seed(0)
    transform = RandomLongSideResize(size=size, max_ratio=ratio)
    assert {max(transform(sample(3, 6))['img'].shape)
            for _ in range(400)} == expected


@pytest.mark.parametrize('short, expected', [
    (50, 25),
    (51, 26),  # 25.5
    (53, 27),  # 26.5: halves go up
    (1, 1),  # 0.5
    (100, 50),
])
def test_short_side_is_rounded(short, expected):
    transform = RandomLongSideResize(size=50, max_ratio=1)
    assert transform(sample(100, short))['img'].shape[:2] == (50, expected)
    assert transform(sample(short, 100))['img'].shape[:2] == (expected, 50)


def test_ratio_below_1():
    with pytest.raises(
            ValueError, match='max_ratio must be at least 1, got 0.9'):
        RandomLongSideResize(size=32, max_ratio=0.9)


# CenterPad


@pytest.mark.parametrize('shape, expected', [
    ((10, 16), (16, 16)), ((16, 6), (16, 16)), ((4, 8), (16, 16)),
    ((11, 16), (17, 16)), ((13, 9), (17, 17)), ((15, 20), (17, 20)),
    ((16, 16), (16, 16)), ((20, 30), (20, 30))])
def test_padding_is_even_zero_and_equal_on_both_sides(shape, expected):
    before = sample(*shape)
    after = CenterPad(size=16)(sample(*shape))
    assert after['img'].shape == (*expected, 3)
    assert after['gt_seg_map'].shape == expected
    assert after['img_shape'] == expected
    top, left = ((new - old) // 2 for new, old in zip(expected, shape))
    for key in ('img', 'gt_seg_map'):
        canvas = np.zeros_like(after[key])
        canvas[top:top + shape[0], left:left + shape[1]] = before[key]
        assert after[key].dtype == np.uint8
        assert np.array_equal(after[key], canvas)


@pytest.mark.parametrize('transform', [
    RandomRot90(prob=1), RandomLongSideResize(size=16), CenterPad(size=16)])
def test_images_without_masks(transform):
    results = transform(dict(img=np.full((6, 9, 3), 7, np.uint8)))
    assert 'gt_seg_map' not in results
    assert results['img_shape'] == results['img'].shape[:2] != (6, 9)


# Infrared images: one channel, more than 8 bits


def float_sample(shape: tuple[int, ...]) -> dict:
    """Float pixels of tiny differences, and labels."""
    rng = np.random.default_rng(0)
    results = sample(*shape[:2])
    results['img'] = rng.normal(100, 0.01, shape).astype(np.float32)
    return results


SHAPES = [(30, 47), (30, 47, 1), (30, 47, 3)]


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('scale', [(64, 64), (20, 15), (90, 21)])
def test_pillow_resize_of_float_images_is_pillows(shape, scale):
    before = float_sample(shape)
    after = PillowResize(scale)(float_sample(shape))
    assert after['img'].dtype == np.float32
    assert after['img'].shape == (scale[1], scale[0], *shape[2:])
    planes = before['img'].reshape(30, 47, -1)
    for channel in range(planes.shape[2]):
        expected = Image.fromarray(planes[..., channel].copy()).resize(
            scale, Image.Resampling.BILINEAR)
        found = after['img'].reshape(scale[1], scale[0], -1)[..., channel]
        assert np.array_equal(found, expected)
    labels = Image.fromarray(before['gt_seg_map']).resize(
        scale, Image.Resampling.NEAREST)
    assert np.array_equal(after['gt_seg_map'], labels)
    assert after['img_shape'] == scale[::-1]
    assert after['scale_factor'] == (scale[0] / 47, scale[1] / 30)


@pytest.mark.parametrize('step', [
    dict(scale=(64, 50)), dict(scale=(64, 50), keep_ratio=True),
    dict(scale_factor=0.75), dict(scale_factor=1.)])
@pytest.mark.parametrize('shape', [(30, 47, 3), (47, 30, 3), (30, 47)])
def test_pillow_resize_of_8_bits_is_mmcvs(shape, step):
    inputs = [sample(*shape[:2]) for _ in range(2)]
    for results in inputs:
        results['img'] = results['img'].reshape(*shape[:2], 3)
        if len(shape) == 2:
            results['img'] = results['img'][..., 0].copy()
    found = PillowResize(**step)(inputs[0])
    expected = Resize(backend='pillow', **step)(inputs[1])
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert np.array_equal(found[key], value), key


@pytest.mark.parametrize('sizes', [{}, dict(scale=(4, 4), scale_factor=2.)])
def test_pillow_resize_takes_a_size_or_a_factor(sizes):
    with pytest.raises(InputError, match='expected either scale or '
                                         'scale_factor, got'):
        PillowResize(**sizes)


def test_pillow_resize_of_other_types():
    with pytest.raises(TypeError, match=(
            'img must be uint8 or float32, got uint16')):
        PillowResize((4, 4))(dict(img=np.zeros((5, 5), np.uint16)))


@pytest.mark.parametrize('shape', SHAPES)
def test_geometry_keeps_float_values_and_channels(shape):
    before = float_sample(shape)['img']
    rotated = RandomRot90(prob=1)(float_sample(shape))['img']
    assert np.array_equal(rotated, np.rot90(before))
    padded = CenterPad(size=60)(float_sample(shape))['img']
    assert padded.shape == (60, 61, *shape[2:])
    assert np.array_equal(padded[15:45, 7:54], before)
    grown = RandomLongSideResize(size=94, max_ratio=1)(float_sample(shape))
    assert grown['img'].shape == (60, 94, *shape[2:])
    for image in (rotated, padded, grown['img']):
        assert image.dtype == np.float32
    assert len(np.unique(grown['img'])) > 1000
    assert before.min() <= grown['img'].min()
    assert grown['img'].max() <= before.max()


# RandomTargetCrop


def test_windows_around_a_target_are_equally_likely():
    """One target pixel: every window that holds it, and no other."""
    np.random.seed(0)
    labels = np.zeros((9, 12), np.uint8)
    labels[1, 6] = 1
    crop = RandomTargetCrop((3, 4), prob=1)
    drawn = [crop.crop_bbox(dict(img=labels, gt_seg_map=labels))
             for _ in range(1600)]
    windows = {(top, top + 3, left, left + 4)
               for top in (0, 1) for left in range(3, 7)}
    assert set(drawn) == windows
    assert min(map(drawn.count, windows)) > 140  # 200 expected, sigma 13


def test_share_of_windows_with_a_target():
    np.random.seed(0)
    labels = np.zeros((100, 100), np.uint8)
    labels[50, 50] = 1
    crop = RandomTargetCrop(5, prob=0.4)
    held = [crop.transform(
        dict(img=labels, gt_seg_map=labels, seg_fields=['gt_seg_map'])
    )['gt_seg_map'].any() for _ in range(500)]
    assert 0.33 < np.mean(held) < 0.47


@pytest.mark.parametrize('labels', [None, np.zeros((6, 7), np.uint8)])
def test_images_without_targets_are_cropped(labels):
    results = dict(img=np.zeros((6, 7, 3), np.uint8))
    if labels is not None:
        results.update(gt_seg_map=labels, seg_fields=['gt_seg_map'])
    cropped = RandomTargetCrop(4, prob=1).transform(results)
    assert cropped['img_shape'] == cropped['img'].shape[:2] == (4, 4)


def test_images_smaller_than_the_window_stay():
    results = sample(3, 20)
    image = results['img'].copy()
    cropped = RandomTargetCrop((4, 20), prob=1).transform(results)
    np.testing.assert_array_equal(cropped['img'], image)


def marked(height, width, *targets):
    labels = np.zeros((height, width), np.uint8)
    for target in targets:
        labels[target] = 1
    image = np.arange(height * width, dtype=np.int32).reshape(height, width)
    return dict(img=image, gt_seg_map=labels, seg_fields=['gt_seg_map'])


@pytest.mark.parametrize('target, corner', [
    ((20, 30), (16, 25)), ((0, 39), (0, 30)), ((31, 3), (24, 0))])
def test_crop_around_a_target_stays_inside(target, corner):
    results = CentredTargetCrop((8, 10), prob=1)(marked(32, 40, target))
    assert results['img'].shape == results['img_shape'] == (8, 10)
    assert results['img'][0, 0] == corner[0] * 40 + corner[1]
    assert results['gt_seg_map'].sum() == 1


@pytest.mark.parametrize('prob, targets', [(0, [(2, 2)]), (1, [])])
def test_crop_anywhere(prob, targets):
    np.random.seed(0)
    transform, corners = CentredTargetCrop((8, 8), prob), set()
    for _ in range(200):
        results = transform(marked(10, 10, *targets))
        corners.add(divmod(int(results['img'][0, 0]), 10))
    assert corners == {(y, x) for y in range(3) for x in range(3)}


def test_small_images_are_taken_whole():
    results = CentredTargetCrop((8, 8))(marked(4, 12, (1, 11)))
    assert results['img'].shape == (4, 8)


@pytest.mark.parametrize('settings', [
    dict(crop_size=(0, 8)), dict(crop_size=(8, 8), prob=2)])
def test_wrong_arguments(settings):
    with pytest.raises(ValueError):
        CentredTargetCrop(**settings)


TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270
}


def resized_sample(height: int = 3, width: int = 5) -> dict:
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
    before = resized_sample()
    after = Rotate90(k=k)(resized_sample())
    expected = Image.fromarray(before['img']).transpose(TURNS[k])
    assert np.array_equal(after['img'], expected)
    assert after['img'].flags.c_contiguous
    assert after['img_shape'] == after['img'].shape[:2]
    assert after['rot90'] == k


@pytest.mark.parametrize('k', range(4))
def test_odd_turns_swap_heights_and_widths(k):
    before, after = resized_sample(), Rotate90(k=k)(resized_sample())
    for key in ('img_shape', 'ori_shape', 'scale', 'scale_factor'):
        assert after[key] == before[key][::-1 if k % 2 else 1]
    # The truth is left alone.
    assert np.array_equal(after['gt_seg_map'], before['gt_seg_map'])


def test_grey_images_and_nothing_but_an_image():
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    after = Rotate90(k=1)(dict(img=image))
    assert after['img'].tolist() == [[2, 5], [1, 4], [0, 3]]
    assert set(after) == {'img', 'img_shape', 'rot90'}


def test_turns_add_up():
    after = Rotate90(k=3)(Rotate90(k=2)(resized_sample()))
    assert after['rot90'] == 1
    assert np.array_equal(after['img'], Rotate90(k=1)(resized_sample())['img'])
    assert after['ori_shape'] == (15, 6)


def test_it_comes_before_flips():
    flipped = RandomFlip(prob=1., direction='horizontal')(resized_sample())
    with pytest.raises(
            ValueError, match='Rotate90 must come before RandomFlip'):
        Rotate90(k=1)(flipped)
    unflipped = RandomFlip(prob=0., direction='horizontal')(resized_sample())
    assert Rotate90(k=1)(unflipped)['rot90'] == 1


@pytest.mark.parametrize('k', [-1, 4, 1.0, '1', None, True])
def test_turns_that_do_not_exist(k):
    with pytest.raises(ValueError, match='k must be 0, 1, 2 or 3, got'):
        Rotate90(k=k)
