"""Base of all infrared small target data sets."""
from __future__ import annotations

import os.path as osp
import warnings
from typing import Any

import mmengine
from mmengine import fileio
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from ..errors import InputError
from .image_files import inspect_image
from .keyed_random import KeyedRandomMixin

_MOST_LISTED = 20


def _listing(lines: list[str]) -> str:
    """Join lines, saying how many there are beyond the first twenty."""
    shown = lines[:_MOST_LISTED]
    if len(lines) > len(shown):
        shown = [*shown, f'... and {len(lines) - len(shown)} more']
    return '\n  '.join(['', *shown])


@DATASETS.register_module()
class IRSTDDataset(KeyedRandomMixin, BaseSegDataset):
    """Infrared images with masks of small targets; classes background, target.

    All files are checked once before training starts: missing, empty,
    unreadable and truncated ones are listed in one error. A mask whose size
    differs from its image's is allowed (``LoadIRSTDMask`` resizes it) and
    named in one warning. Random transforms draw from a state keyed by (seed,
    epoch, index) when the loader uses :class:`KeyedSampler`.

    Args:
        ann_file (str): Split file with one name a line, without suffix; blank
            lines do not count. Empty: every image of the folder, sorted.
            Defaults to ''.
        img_suffix (str): Suffix of images. Defaults to '.png'.
        seg_map_suffix (str): Suffix of masks. Defaults to '.png'.
        check_files (bool): Whether to check every file at the start. Files
            that are not on a local disk are never checked. Defaults to True.
        **kwargs: Passed on to :class:`mmseg.datasets.BaseSegDataset`:
            ``data_root``, ``data_prefix``, ``pipeline``, ``test_mode`` ...

    Raises:
        FileNotFoundError: If the split file or the image folder is missing.
        InputError: If a file cannot be used, or the split is empty.
    """

    METAINFO = dict(
        classes=('background', 'target'), palette=[[0, 0, 0], [255, 255, 255]])

    def __init__(self,
                 ann_file: str = '',
                 img_suffix: str = '.png',
                 seg_map_suffix: str = '.png',
                 check_files: bool = True,
                 **kwargs: Any) -> None:
        self.check_files = check_files
        super().__init__(
            ann_file=ann_file,
            img_suffix=img_suffix,
            seg_map_suffix=seg_map_suffix,
            **kwargs)

    def _names(self) -> list[str]:
        """Return the names of the split, without suffix."""
        if self.ann_file:
            if not fileio.exists(self.ann_file, self.backend_args):
                raise FileNotFoundError(
                    f'{type(self).__name__}: no split file {self.ann_file}; '
                    f'check data_root={self.data_root!r} and ann_file')
            lines = mmengine.list_from_file(
                self.ann_file, backend_args=self.backend_args)
            return [line.strip() for line in lines if line.strip()]
        folder = self.data_prefix['img_path']
        if not fileio.isdir(folder, self.backend_args):
            raise FileNotFoundError(
                f'{type(self).__name__}: no image folder {folder}; check '
                f'data_root={self.data_root!r} and data_prefix')
        files = fileio.list_dir_or_file(
            folder,
            list_dir=False,
            suffix=self.img_suffix,
            recursive=True,
            backend_args=self.backend_args)
        return sorted(file[:-len(self.img_suffix)] for file in files)

    def load_data_list(self) -> list[dict]:
        """Return one dict a sample: paths of image and mask, seg_fields."""
        mask_dir = self.data_prefix.get('seg_map_path')
        samples = []
        for name in self._names():
            sample = dict(
                img_path=osp.join(self.data_prefix['img_path'],
                                  name + self.img_suffix),
                label_map=self.label_map,
                reduce_zero_label=self.reduce_zero_label,
                seg_fields=[])
            if mask_dir is not None:
                sample['seg_map_path'] = osp.join(mask_dir,
                                                  name + self.seg_map_suffix)
            samples.append(sample)
        if not samples:
            where = self.ann_file or self.data_prefix['img_path']
            raise InputError(f'{type(self).__name__}: {where} names no image')
        local = '://' not in samples[0]['img_path']
        if self.check_files and local and self.backend_args is None:
            self._check_files(samples)
        return samples

    def _check_files(self, samples: list[dict]) -> None:
        """Raise one error for all unusable files, warn once of odd sizes."""
        problems, resized = [], []
        for sample in samples:
            sizes = []
            for key in ('img_path', 'seg_map_path'):
                if key in sample:
                    size, problem = inspect_image(sample[key])
                    sizes.append(size)
                    if problem is not None:
                        problems.append(f'{sample[key]}: {problem}')
            if None not in sizes and len(set(sizes)) > 1:
                resized.append('{}: image {}, mask {} (width, height)'.format(
                    sample['seg_map_path'], *sizes))
        if problems:
            raise InputError(
                f'{type(self).__name__}: {len(problems)} files of '
                f'{self.ann_file or self.data_prefix["img_path"]} cannot be '
                f'used:{_listing(problems)}')
        if resized:
            warnings.warn(
                f'{len(resized)} masks are resized (nearest) to their '
                f"image's size:{_listing(resized)}",
                stacklevel=2)
