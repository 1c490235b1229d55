"""The training recipe against a plain one of Pillow and NumPy."""
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from projects.dstransnet.datasets import (
    IRSTDDataset,
    SIRSTDataset,
    keyed_random_state,
)

CONFIGS = Path(__file__).parents[2] / 'configs/_base_/datasets'
KEY = (5, 2)  # seed and epoch


def plain_recipe(image_path, mask_path,
                 size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return planes (3, size, size) in BGR and labels (1, size, size)."""
    image = Image.open(image_path).convert('RGB')
    labels = Image.fromarray(
        (np.array(Image.open(mask_path).convert('L')) > 127).astype(np.uint8))
    for flip in (Image.Transpose.FLIP_LEFT_RIGHT,
                 Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_90):
        if np.random.rand() < 0.5:
            image, labels = image.transpose(flip), labels.transpose(flip)
    factor = np.random.randint(size, int(size * 1.1) + 1) / max(image.size)
    scale = [int(side * factor + 0.5) for side in image.size]
    image = image.resize(scale, Image.Resampling.BILINEAR)
    labels = labels.resize(scale, Image.Resampling.NEAREST)
    pads = [((max(size - side, 0) + 1) // 2, ) * 2 for side in scale[::-1]]
    image = np.pad(np.array(image)[..., ::-1], [*pads, (0, 0)])
    labels = np.pad(np.array(labels), pads)
    top, left = (np.random.randint(0, side - size + 1)
                 for side in labels.shape)
    window = np.s_[top:top + size, left:left + size]
    return image[window].transpose(2, 0, 1), labels[window][None]


def check(dataset: IRSTDDataset, size: int) -> None:
    dataset.set_random_key(*KEY)
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        with keyed_random_state(*KEY, index):
            image, labels = plain_recipe(info['img_path'],
                                         info['seg_map_path'], size)
        for _ in range(2):  # with a cache, before and after it is filled
            found = dataset[index]
            sample = found['data_samples']
            assert found['inputs'].numpy().dtype == np.uint8
            assert np.array_equal(found['inputs'], image), info['img_path']
            assert np.array_equal(sample.gt_sem_seg.data, labels)


def pipeline(size: int) -> list[dict]:
    return Config.fromfile(
        CONFIGS / f'sirst_{size}x{size}.py').train_pipeline


@pytest.fixture
def folder(tmp_path):
    """Grey, palette and colour images, masks of all kinds."""
    rng = np.random.default_rng(0)
    for name in ('images', 'masks'):
        (tmp_path / name).mkdir()
    for number, kind in enumerate(
        ('L', 'RGB', 'P', 'grey RGB', 'one differs', 'L', 'RGB', 'P')):
        height, width = rng.integers(90, 300, 2)
        shape = (height, width, 3) if kind == 'RGB' else (height, width)
        image = Image.fromarray(rng.integers(0, 256, shape, np.uint8))
        if kind == 'one differs':
            pixels = np.array(image.convert('RGB'))
            pixels[7, 9, 2] ^= 1
            image = Image.fromarray(pixels)
        elif kind in ('grey RGB', 'P'):
            image = image.convert(kind.rpartition(' ')[2])
        image.save(tmp_path / f'images/{number}.png')
        mask = np.zeros((height, width), np.uint8)
        mask[height // 3:height // 2, 8:30] = 255
        Image.fromarray(mask).convert(
            ('L', '1', 'RGB')[number % 3]).save(
                tmp_path / f'masks/{number}.png')
    return tmp_path


@pytest.mark.parametrize(('size', 'cache'), [(256, 'ram'), (512, None)])
def test_recipe_is_pillows_and_numpys(folder, size, cache):
    check(
        IRSTDDataset(
            data_root=str(folder),
            data_prefix=dict(img_path='images', seg_map_path='masks'),
            pipeline=pipeline(size),
            cache=cache), size)


def test_recipe_on_sirst(sirst):
    dataset = SIRSTDataset(data_root=str(sirst), pipeline=pipeline(512))
    dataset.get_subset_(range(0, len(dataset), 12))
    check(dataset, 512)
