"""Folders of images and masks, their datasets, and epochs of samples."""
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from PIL import Image
from torch.utils.data import DataLoader

from projects.dstransnet.datasets import IRSTDDataset, KeyedSampler

SIZE = 24
LOADING = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask')]
RANDOM = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='RandomRot90', prob=0.5),
    dict(type='RandomLongSideResize', size=SIZE, max_ratio=1.5),
    dict(type='CenterPad', size=SIZE),
    dict(type='RandomCrop', crop_size=(SIZE, SIZE)),
    dict(type='PhotoMetricDistortion'),
]
PACKED = [*LOADING, *RANDOM, dict(type='PackSegInputs')]


def write_pair(root: Path, name: str, image: np.ndarray,
               mask: np.ndarray) -> None:
    """Write an image and its mask, both of any type that Pillow writes."""
    for folder, pixels in (('images', image), ('masks', mask)):
        path = root / folder / f'{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)


def build(root: Path, pipeline: list | tuple = (), **kwargs) -> IRSTDDataset:
    """Return the dataset of a folder, which is not serialised, for speed."""
    settings = dict(
        data_prefix=dict(img_path='images', seg_map_path='masks'),
        pipeline=pipeline, serialize_data=False)
    return IRSTDDataset(data_root=str(root), **settings | kwargs)


def as_it_is(item: Any) -> Any:
    return item


def _content(item: dict) -> tuple:
    if 'draws' in item:
        return item['draws']
    sample = item['data_samples']
    return (repr(sorted(sample.metainfo.items())),
            item['inputs'].numpy().tobytes(),
            sample.gt_sem_seg.data.numpy().tobytes())


def epochs_of(dataset: BaseDataset, count: int = 3, seed: int = 5,
              **loader) -> list[list[tuple]]:
    """Return the samples of each epoch: their draws, or description, image
    and labels."""
    sampler = KeyedSampler(dataset, seed=seed)
    batches = DataLoader(dataset, batch_size=None, sampler=sampler,
                         collate_fn=as_it_is, **loader)
    found = []
    for epoch in range(count):
        sampler.set_epoch(epoch)
        found.append(list(map(_content, batches)))
    return found
