"""Base of all infrared small target data sets."""
from __future__ import annotations

import os.path as osp
import warnings
from collections import Counter
from collections.abc import Mapping
from typing import Any

import mmengine
from mmengine import fileio
from mmengine.logging import print_log
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from ..imaging.image_files import bit_depth, inspect_image
from ..imaging.image_loader import limited_to_8_bits
from ..utils.errors import InputError
from ..utils.text import first_few
from .caching.cached_loading import CachedLoadingMixin
from .keyed_random import KeyedRandomMixin
from .layouts import Files, Layout, find_layouts, named_layout
from .transforms.loading_errors import name_unreadable_images

_MOST_LISTED = 20


def _listing(lines: list[str]) -> str:
    """Return the first lines, indented."""
    return '\n  ' + first_few(lines, _MOST_LISTED, '\n  ')


@DATASETS.register_module()
class IRSTDDataset(KeyedRandomMixin, CachedLoadingMixin, BaseSegDataset):
    """Infrared images with masks of small targets; classes background, target.

    All files are checked once before training starts: missing, empty,
    unreadable and truncated ones are listed in one error. A mask whose size
    differs from its image's is allowed (``LoadIRSTDMask`` resizes it) and
    named in one warning. Images may differ in size, and have no target.
    Images of more than 8 bits are an error where the first step of the
    pipeline is mmcv's ``LoadImageFromFile``, which would cut them.
    Random transforms draw from a state keyed by (seed, epoch, index) when
    the loader uses :class:`KeyedSampler`.

    A benchmark is a subclass that sets the attributes below. Its files are
    looked for under ``data_root`` in each of its layouts, and the log says
    which one was taken; with ``ann_file`` or ``data_prefix`` stated, nothing
    is looked for, and what is not stated is as in ``layout``, or else the
    first layout.

    Attributes:
        LAYOUTS (tuple[Layout, ...]): Trees in which the files may be, in
            order of preference.
        COUNTS (Mapping[str, int]): Published number of images of each split.
        IMAGE_SIZE (tuple[int, int] | None): Height and width of all images
            in pixels, None where they differ.
        URL (str): Where the release is.
        BROKEN (tuple[str, ...]): Names whose files are broken in the
            release; left out with one warning.

    Args:
        ann_file (str, optional): Split file with one name a line, with or
            without suffix and slash in front; blank lines do not count.
            Empty: every image of the folder, sorted. Defaults to None, that
            of the layout; '' where there are no layouts.
        img_suffix (str, optional): Suffix of images. Defaults to None, that
            of the layout; '.png' where there are no layouts.
        seg_map_suffix (str, optional): Suffix of masks. Defaults to None, as
            for images.
        check_files (bool): Whether to check every file at the start. Files
            that are not on a local disk are never checked. Defaults to True.
        split (str, optional): Split of the layout: 'train', 'test', or
            another that it has. Defaults to None, which is 'train'.
        layout (str, optional): Name of the layout. Defaults to None, the
            first one that is there.
        data_prefix (dict, optional): Folders ``img_path`` and
            ``seg_map_path``. Defaults to None, those of the layout.
        cache (str, optional): 'ram' keeps decoded images and masks in memory
            that all workers of this process share; every process of a
            distributed run has its own. Samples are the same with it. See
            :class:`CachedLoadingMixin`. Defaults to None, nothing is kept.
        cache_limit (float, optional): Most memory for that in GiB; what does
            not fit is loaded every time. Defaults to None: all samples are
            kept, and it is an error if free memory does not suffice.
        **kwargs: Passed on to :class:`mmseg.datasets.BaseSegDataset`:
            ``data_root``, ``pipeline``, ``test_mode`` ...

    Raises:
        FileNotFoundError: If a split file or folder that was stated is
            missing, or ``data_root`` is.
        InputError: If a file cannot be used, or not by the loading step of
            the pipeline, the split file is not UTF-8, a name comes twice,
            the split is empty, the files are in no layout, or the cache
            needs more memory than is free.
    """

    METAINFO = dict(
        classes=('background', 'target'), palette=[[0, 0, 0], [255, 255, 255]])
    LAYOUTS: tuple[Layout, ...] = ()
    COUNTS: Mapping[str, int] = {}
    IMAGE_SIZE: tuple[int, int] | None = None
    URL = ''
    BROKEN: tuple[str, ...] = ()

    def __init__(self,
                 ann_file: str | None = None,
                 img_suffix: str | None = None,
                 seg_map_suffix: str | None = None,
                 check_files: bool = True,
                 split: str | None = None,
                 layout: str | None = None,
                 data_prefix: dict | None = None,
                 cache: str | None = None,
                 cache_limit: float | None = None,
                 **kwargs: Any) -> None:
        self.set_cache(cache, cache_limit)
        self.check_files = check_files
        self.split, self.layout = split or 'train', layout
        self._suffixes = img_suffix, seg_map_suffix
        self._search = (
            bool(self.LAYOUTS) and ann_file is None and data_prefix is None)
        files = self._expected_files(split)
        if data_prefix is None:
            data_prefix = dict(
                img_path=files.images, seg_map_path=files.masks)
        super().__init__(
            ann_file=files.names if ann_file is None else ann_file,
            img_suffix=img_suffix or files.image_suffix,
            seg_map_suffix=seg_map_suffix or files.mask_suffixes[-1],
            data_prefix=data_prefix,
            **kwargs)

    @classmethod
    def published_counts(cls, layout: str | None = None) -> dict[str, int]:
        """Return the number of images that each split should have.

        Args:
            layout (str, optional): Name of a layout, as some are cut
                otherwise. Defaults to None, the first.

        Returns:
            dict[str, int]: Numbers of those splits for which one is known.
        """
        taken = named_layout(cls.LAYOUTS, layout or cls.LAYOUTS[0].name)
        counts = {**cls.COUNTS, **taken.counts}
        return {key: counts[key] for key in taken.splits if key in counts}

    def _expected_files(self, split: str | None) -> Files:
        """Return what the stated layout, or the first, says of the split."""
        if self.LAYOUTS and (self.layout is not None or not self._search):
            name = self.layout or self.LAYOUTS[0].name
            return named_layout(self.LAYOUTS, name).files(self.split)
        for name, value in (('split', split), ('layout', self.layout)):
            if not self.LAYOUTS and value is not None:
                raise InputError(
                    f'{name}: {type(self).__name__} has no layouts to choose '
                    f'from, got {value!r}; state ann_file and data_prefix')
        return Files('', '')

    def _find_files(self) -> None:
        """Set the paths and suffixes of the layout that is there."""
        kind = type(self).__name__
        root = self.data_root
        if not root:
            raise InputError(f'{kind}: data_root: expected a folder, got '
                             f'{root!r}')
        if '://' in root or self.backend_args is not None:
            if self.layout is None:
                raise InputError(
                    f'{kind}: layout: has to be stated for files that are '
                    'not on the local disk, one of '
                    f'{", ".join(layout.name for layout in self.LAYOUTS)}')
            files = self._expected_files(self.split)
            mask_suffix = files.mask_suffixes[-1]
        else:
            if not osp.isdir(root):
                raise FileNotFoundError(
                    f'{kind}: no folder {root}; check data_root')
            try:
                taken, *others = find_layouts(root, self.LAYOUTS, self.split,
                                              self.layout)
            except InputError as error:
                raise InputError(f'{kind}: {error}') from error
            files = taken.files(self.split)
            mask_suffix = files.mask_suffix(root)
            note = ''.join(f'; {other.name!r} is there too'
                           for other in others)
            print_log(
                f'{kind}: {root} is read in the layout {taken.name!r}, split '
                f'{self.split!r} from {files.names or files.images}{note}',
                logger='current')
        self.ann_file = files.names
        self.data_prefix = dict(
            img_path=files.images, seg_map_path=files.masks)
        self.img_suffix = self._suffixes[0] or files.image_suffix
        self.seg_map_suffix = self._suffixes[1] or mask_suffix
        self._join_prefix()

    def _names(self) -> list[str]:
        """Return the names of the split, without suffix."""
        if self.ann_file:
            if not fileio.exists(self.ann_file, self.backend_args):
                raise FileNotFoundError(
                    f'{type(self).__name__}: no split file {self.ann_file}; '
                    f'check data_root={self.data_root!r} and ann_file')
            try:
                lines = mmengine.list_from_file(
                    self.ann_file,
                    encoding='utf-8-sig',  # some editors put a mark in front
                    backend_args=self.backend_args)
            except UnicodeDecodeError as error:
                raise InputError(
                    f'{type(self).__name__}: {self.ann_file}: expected text '
                    f'in UTF-8 with one name a line ({error})') from error
            names = [
                line.strip().lstrip('/').removesuffix(self.img_suffix)
                for line in lines if line.strip()
            ]
            twice = [name for name, n in Counter(names).items() if n > 1]
            if twice:
                raise InputError(
                    f'{type(self).__name__}: {len(twice)} names come more '
                    f'than once in {self.ann_file}:{_listing(twice)}')
            return names
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

    def full_init(self) -> None:
        """List the samples; a cache reads some of them."""
        with name_unreadable_images():
            super().full_init()

    def prepare_data(self, idx: int) -> Any:
        """Run the pipeline on sample ``idx``."""
        with name_unreadable_images():
            return super().prepare_data(idx)

    def load_data_list(self) -> list[dict]:
        """Return one dict a sample: paths of image and mask, seg_fields."""
        if self._search:
            self._find_files()
        mask_dir = self.data_prefix.get('seg_map_path')
        names = self._names()
        broken = [name for name in names if name in self.BROKEN]
        if broken:
            warnings.warn(
                f'{len(broken)} images that are broken in the release are '
                f'left out: {", ".join(broken)}',
                stacklevel=2)
        samples = []
        for name in names:
            if name in self.BROKEN:
                continue
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
        self._check_bits(samples)
        if resized:
            warnings.warn(
                f'{len(resized)} masks are resized (nearest) to their '
                f"image's size:{_listing(resized)}",
                stacklevel=2)

    def _check_bits(self, samples: list[dict]) -> None:
        """Raise if the pipeline would cut images to 8 bits."""
        first = next(iter(getattr(self.pipeline, 'transforms', ())), None)
        if not limited_to_8_bits(first):
            return
        depths = ((sample['img_path'], bit_depth(sample['img_path']) or 8)
                  for sample in samples)
        deep = [(path, bits) for path, bits in depths if bits > 8]
        if deep:
            path, bits = deep[0]
            raise InputError(
                f'{type(self).__name__}: {path} has {bits} bits, as '
                f'{len(deep)} of {len(samples)} images have more than 8, '
                'and LoadImageFromFile would cut them to 8 bits; load them '
                'by LoadInfraredImage (docs/guide/sensors.md)')
