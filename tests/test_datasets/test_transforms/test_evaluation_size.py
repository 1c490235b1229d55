import numpy as np
import pytest
from mmengine.dataset import Compose
from PIL import Image

from projects.dstransnet.datasets import EvaluateAtInputSize

LOAD = dict(type='LoadImageFromFile')
MASK = dict(type='LoadIRSTDMask')
RESIZE = dict(
    type='Resize', scale=(32, 32), keep_ratio=False, backend='pillow')
AT_INPUT_SIZE = dict(type='EvaluateAtInputSize')


@pytest.fixture
def files(tmp_path):
    """Image of 60 x 44, mask of 91 x 70 with a fine pattern."""
    rng = np.random.default_rng(0)
    image, mask = tmp_path / 'image.png', tmp_path / 'mask.png'
    Image.fromarray(rng.integers(0, 256, (44, 60), np.uint8)).save(image)
    Image.fromarray(rng.integers(0, 2, (70, 91), np.uint8) * 255).save(mask)
    return dict(img_path=str(image), seg_map_path=str(mask), seg_fields=[])


def resized(path: str, *sizes: tuple[int, int]) -> np.ndarray:
    with Image.open(path) as image:
        for size in sizes:
            image = image.resize(size, Image.Resampling.NEAREST)
        return np.array(image) // 255


@pytest.mark.parametrize('truth, expected', [
    (dict(seg_map_path='mask.png'), (32, 48)), ({}, (60, 91)),
    (dict(seg_map_path=None), (60, 91))])
def test_size_is_the_inputs_where_there_is_a_truth(truth, expected):
    results = EvaluateAtInputSize()(dict(
        img=np.zeros((32, 48, 3), np.uint8), ori_shape=(60, 91), **truth))
    assert results['ori_shape'] == expected


def test_at_the_inputs_size_the_mask_is_resized_once(files):
    """From its file, even where that has not the image's size."""
    results = Compose([LOAD, RESIZE, AT_INPUT_SIZE, MASK])(files)
    assert results['img'].shape == (32, 32, 3)
    assert results['ori_shape'] == (32, 32)
    once = resized(files['seg_map_path'], (32, 32))
    twice = resized(files['seg_map_path'], (60, 44), (32, 32))
    assert not np.array_equal(once, twice)
    assert np.array_equal(results['gt_seg_map'], once)


def test_at_the_files_size_the_mask_has_the_images_size(files):
    results = Compose([LOAD, RESIZE, MASK])(files)
    assert results['img'].shape == (32, 32, 3)
    assert results['ori_shape'] == (44, 60)
    assert np.array_equal(results['gt_seg_map'],
                          resized(files['seg_map_path'], (60, 44)))


def test_mask_that_was_loaded_first_is_resized_along(files):
    results = Compose([LOAD, MASK, RESIZE, AT_INPUT_SIZE])(files)
    assert results['ori_shape'] == (32, 32)
    assert np.array_equal(results['gt_seg_map'],
                          resized(files['seg_map_path'], (60, 44), (32, 32)))
