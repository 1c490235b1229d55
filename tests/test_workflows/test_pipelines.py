import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from PIL import Image

from projects.dstransnet.datasets import SIRSTDataset

CONFIGS = Path(__file__).parents[2] / 'configs/_base_/datasets'
SHAPES = [(256, 256), (411, 263), (97, 33)]


def pipeline(side: int = 256) -> Compose:
    return Compose(
        Config.fromfile(CONFIGS / f'sirst_{side}x{side}.py').test_pipeline)


def write(folder: Path, shape: tuple[int, int]) -> dict:
    """Write a colour image and a mask of single pixels and of blobs."""
    rng = np.random.default_rng(shape)
    image, mask = folder / 'image.png', folder / 'mask.png'
    Image.fromarray(rng.integers(0, 256, (*shape, 3), np.uint8)).save(image)
    pixels = (rng.random(shape) < 0.05).astype(np.uint8) * 255
    pixels[5:9, 7:12] = 255
    Image.fromarray(pixels).save(mask)
    return dict(img_path=str(image), seg_map_path=str(mask), seg_fields=[])


def reference(paths: dict, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Image and labels as Pillow alone makes them."""
    with Image.open(paths['img_path']) as image:
        image = image.convert('RGB').resize((side, side),
                                            Image.Resampling.BILINEAR)
    with Image.open(paths['seg_map_path']) as mask:
        mask = mask.convert('L').resize((side, side), Image.Resampling.NEAREST)
    return np.array(image), np.array(mask) == 255


@pytest.mark.parametrize('shape', SHAPES)
def test_test_pipeline_resizes_as_pillow_does(tmp_path, shape, side=256):
    paths = write(tmp_path, shape)
    image, labels = reference(paths, side)
    results = pipeline(side)(paths)
    assert np.array_equal(results['inputs'].numpy()[::-1],
                          image.transpose(2, 0, 1))
    sample = results['data_samples']
    assert sample.ori_shape == sample.img_shape == (side, side)
    assert sample.img_path == paths['img_path']
    assert sample.seg_map_path == paths['seg_map_path']
    truth = sample.gt_sem_seg.data.numpy()
    assert truth.shape == (1, side, side)
    assert np.array_equal(truth[0], labels)
    assert labels.any()


def test_without_truth_the_result_has_the_files_size(tmp_path):
    paths = write(tmp_path, (199, 301))
    results = pipeline()(dict(img_path=paths['img_path']))
    sample = results['data_samples']
    assert sample.ori_shape == (199, 301)
    assert sample.img_shape == (256, 256)
    assert 'gt_sem_seg' not in sample
    assert results['inputs'].shape == (3, 256, 256)


def test_real_samples_equal_pillows(sirst, side=512):
    """Every image mode, and the mask that has not its image's size."""
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', '.* masks are resized')
        dataset = SIRSTDataset(
            'idx_427/test.txt', data_root=str(sirst), test_mode=True)
    count, odd = Counter(), 0
    for index in range(len(dataset)):
        paths = dataset.get_data_info(index)
        with Image.open(paths['img_path']) as image:
            with Image.open(paths['seg_map_path']) as mask:
                differ = image.size != mask.size
            count[image.mode] += 1
            if not differ and count[image.mode] > 4:
                continue
        odd += differ
        expected, labels = reference(paths, side)
        results = pipeline(side)(paths)
        assert np.array_equal(results['inputs'].numpy()[::-1],
                              expected.transpose(2, 0, 1))
        truth = results['data_samples'].gt_sem_seg.data.numpy()[0]
        assert np.array_equal(truth, labels), paths['img_path']
    assert odd == 1
    assert count.keys() == {'L', 'P', 'RGB'}
