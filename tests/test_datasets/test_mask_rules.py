import numpy as np
from helpers import image_folder
from helpers.image_folder import write_pair
from mmengine.dataset import ConcatDataset

from projects.dstransnet.datasets.mask_rules import (
    mask_threshold,
    mask_thresholds,
)


def build(root, **kwargs) -> image_folder.IRSTDDataset:
    pixels = np.eye(9, dtype=np.uint8) * 255
    write_pair(root, 'a', pixels, pixels)
    return image_folder.build(root, **kwargs)


def loading(threshold: int | None) -> list[dict]:
    return [dict(type='LoadIRSTDMask', threshold=threshold)]


def test_threshold_of_pipeline_comes_before_that_of_the_dataset(tmp_path):
    assert mask_threshold(build(tmp_path)) is None
    assert mask_threshold(build(tmp_path, mask_threshold=254)) == 254
    dataset = build(tmp_path, mask_threshold=254, pipeline=loading(None))
    assert mask_threshold(dataset) == 254
    dataset = build(tmp_path, mask_threshold=254, pipeline=loading(99))
    assert mask_threshold(dataset) == 99


def test_masks_of_joined_datasets(tmp_path):
    joined = ConcatDataset([build(tmp_path / 'strict'),
                            build(tmp_path / 'grey', mask_threshold=254)])
    assert mask_thresholds(joined) == {f'{tmp_path}/grey/masks/a.png': 254}
