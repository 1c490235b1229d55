"""Base of all datasets for infrared small target detection."""
from __future__ import annotations

import os
import os.path as osp
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine import fileio
from mmengine.logging import print_log
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from ..utils.errors import InputError
from .caching.cached_loading import CachedLoadingMixin
from .file_checks import check_samples, is_broken_pair
from .keyed_random import KeyedRandomMixin
from .layouts import Files, Layout, find_layouts, named_layout
from .sample_files import SampleFiles, read_names, remote_names


@DATASETS.register_module()
class IRSTDDataset(KeyedRandomMixin, CachedLoadingMixin, BaseSegDataset):
    """Infrared images with masks of small targets; classes background, target.

    Image and mask of a sample have its name, and any suffix of
    ``IMAGE_SUFFIXES`` in any case. All files are checked once before training
    starts, see :func:`.check_samples`. Images may differ in size and have no
    target. Random transforms draw from a state keyed by (seed, epoch, index)
    when the loader uses :class:`KeyedSampler`.

    A benchmark is a subclass that sets the attributes below. Its files are
    searched under ``data_root`` in each of its layouts, and the log names the
    layout that is read. With ``ann_file`` or ``data_prefix`` nothing is
    searched: the other one is that of ``layout``, or of the first layout.

    Attributes:
        LAYOUTS (tuple[Layout, ...]): Directory layouts in which the files may
            be, in order of preference.
        COUNTS (Mapping[str, int]): Published number of images of each split.
        IMAGE_SIZE (tuple[int, int] | None): Height and width of all images
            in pixels, None where they differ.
        URL (str): Page of the release.
        BROKEN (tuple[str, ...]): Names that are broken in the release. Such
            a sample is left out, with one warning, if its files are really
            broken.
        MASK_THRESHOLD (int | None): Default of ``mask_threshold``.

    Args:
        ann_file (str, optional): File with one name a line, with or without
            suffix and slash in front; blank lines do not count. Empty: every
            image of the folder, sorted. Defaults to None, that of the layout;
            '' where there are no layouts.
        img_suffix (str, optional): Suffix of all images, such as '.bmp'.
            Defaults to None, any.
        seg_map_suffix (str, optional): Suffix of all masks, such as
            '_mask.png'. Defaults to None, any.
        check_files (bool): Whether to check every file at the start. Files
            that are not on a local disk are never checked. Defaults to True.
        split (str, optional): Split of the layout: 'train', 'test', or
            another that it has. Defaults to None, which is 'train'.
        layout (str, optional): Name of the layout. Defaults to None, the
            first one that is there.
        data_prefix (dict, optional): Folders ``img_path`` and
            ``seg_map_path``. Defaults to None, those of the layout.
        mask_threshold (int, optional): A pixel is target above it, in masks
            that are not two-valued; every reader of the masks takes it from
            here. Defaults to None, that of the class; None there as well:
            such a mask is an error.
        cache (str, optional): 'ram' keeps decoded images and masks in memory
            that all workers of this process share; every process of a
            distributed run has its own. Samples are the same with it. See
            :class:`CachedLoadingMixin`. Defaults to None, nothing is kept.
        cache_limit (float, optional): Most memory for that in GiB; what does
            not fit is loaded every time. Defaults to None: all samples are
            kept, and it is an error if free memory does not suffice.
        **kwargs: Arguments of :class:`mmseg.datasets.BaseSegDataset`:
            ``data_root``, ``pipeline``, ``test_mode``, ``metainfo`` (two
            ``classes`` rename background and target) ...

    Raises:
        FileNotFoundError: If a stated list or folder, or ``data_root``, is
            missing.
        InputError: If a file cannot be used, or not by the loading steps of
            the pipeline, the list is not UTF-8, a name comes twice, the split
            is empty, the files are in no known layout, or the cache needs
            more memory than is free.
    """

    METAINFO = dict(
        classes=('background', 'target'), palette=[[0, 0, 0], [255, 255, 255]])
    LAYOUTS: tuple[Layout, ...] = ()
    COUNTS: Mapping[str, int] = {}
    IMAGE_SIZE: tuple[int, int] | None = None
    URL = ''
    BROKEN: tuple[str, ...] = ()
    MASK_THRESHOLD: int | None = None

    def __init__(self,
                 ann_file: str | None = None,
                 img_suffix: str | None = None,
                 seg_map_suffix: str | None = None,
                 check_files: bool = True,
                 split: str | None = None,
                 layout: str | None = None,
                 data_prefix: dict | None = None,
                 mask_threshold: int | None = None,
                 cache: str | None = None,
                 cache_limit: float | None = None,
                 **kwargs: Any) -> None:
        if kwargs.get('reduce_zero_label'):
            raise InputError(
                f'{type(self).__name__}: reduce_zero_label: expected False, '
                'as 0 is the background, got True')
        self.set_cache(cache, cache_limit)
        self.check_files = check_files
        self.split, self.layout = split or 'train', layout
        self.mask_threshold = (
            self.MASK_THRESHOLD if mask_threshold is None else mask_threshold)
        self.left_out: list[dict] = []  # samples that are broken
        self._suffixes = img_suffix, seg_map_suffix
        self._search = (
            bool(self.LAYOUTS) and ann_file is None and data_prefix is None)
        self._taken = ''  # name of the layout that was found
        self._files = files = self._expected_files(split)
        if data_prefix is not None and 'img_path' not in data_prefix:
            raise InputError(
                f'{type(self).__name__}: data_prefix: expected img_path and, '
                f'with masks, seg_map_path, got {dict(data_prefix)}')
        if data_prefix is None:
            data_prefix = dict(img_path=files.images, seg_map_path=files.masks)
        super().__init__(
            ann_file=files.ann_file if ann_file is None else ann_file,
            img_suffix=img_suffix or f'{files.image_ending}.png',
            seg_map_suffix=seg_map_suffix or f'{files.mask_endings[-1]}.png',
            data_prefix=data_prefix, **kwargs)

    @classmethod
    def get_label_map(cls, new_classes: Sequence | None = None) -> None:
        """Return None: other class names rename background and target.

        Raises:
            InputError: If there are not two names.
        """
        if new_classes is not None and len(new_classes) != 2:
            raise InputError(
                f'{cls.__name__}: metainfo: expected two classes, the names '
                f'of background and target, got {new_classes!r}')

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
        """Return the files of the split in the stated or the first layout."""
        if self.LAYOUTS and (self.layout is not None or not self._search):
            name = self.layout or self.LAYOUTS[0].name
            return named_layout(self.LAYOUTS, name).files(self.split)
        for name, value in (('split', split), ('layout', self.layout)):
            if not self.LAYOUTS and value is not None:
                raise InputError(
                    f'{name}: {type(self).__name__} has no layouts to choose '
                    f'from, got {value!r}; state ann_file and data_prefix')
        return Files('', '')

    def _is_local(self, path: str) -> bool:
        return '://' not in path and self.backend_args is None

    def _find_files(self) -> None:
        """Set the paths of the layout that is there."""
        kind, root = type(self).__name__, self.data_root
        if not root:
            raise InputError(f'{kind}: data_root: expected a folder, got '
                             f'{root!r}')
        if not self._is_local(root):
            if self.layout is None:
                raise InputError(
                    f'{kind}: layout: has to be stated for files that are '
                    'not on the local disk, one of '
                    f'{", ".join(layout.name for layout in self.LAYOUTS)}')
            return
        if not osp.isdir(root):
            variable = os.environ.get('IRSTD_DATA_ROOT')
            raise FileNotFoundError(
                f'{kind}: no folder {root}; check data_root, which configs '
                'take from the environment variable IRSTD_DATA_ROOT, '
                f'{"not set" if variable is None else repr(variable)} here')
        try:
            taken, *others = find_layouts(root, self.LAYOUTS, self.split,
                                          self.layout)
        except InputError as error:
            raise InputError(f'{kind}: {error}') from error
        self._files = files = taken.files(self.split)
        if len(files.lists) > 1:
            raise InputError(
                f'{kind}: {root}: expected one list, got '
                f'{", ".join(files.lists)}; state ann_file')
        note = ''.join(f'; {other.name!r} is there too' for other in others)
        print_log(
            f'{kind}: {root} is read in the layout {taken.name!r}, split '
            f'{self.split!r} from {files.ann_file or files.images}{note}',
            logger='current')
        self._taken = taken.name
        self.ann_file = files.ann_file
        self.data_prefix = dict(
            img_path=files.images, seg_map_path=files.masks)
        self._join_prefix()

    def _warn_of_other_cut(self, number: int) -> None:
        """Warn where the split has the size of another layout's cut."""
        if not self._taken:
            return
        expected, *others = (
            self.published_counts(name).get(self.split)
            for name in (self._taken, *(each.name for each in self.LAYOUTS)))
        if expected is not None and number != expected and number in others:
            warnings.warn(
                f'{type(self).__name__}: {self.ann_file} has {number} images '
                f'as another split of this dataset, where the layout '
                f'{self._taken!r} usually has {expected}: results of the two '
                'do not compare', stacklevel=2)

    def _names(self, images: SampleFiles | None) -> list[str]:
        """Return the names of the split; ``images`` if they are local."""
        kind, folder = type(self).__name__, self.data_prefix['img_path']
        if self.ann_file:
            if not fileio.exists(self.ann_file, self.backend_args):
                raise FileNotFoundError(
                    f'{kind}: no split file {self.ann_file}; check '
                    f'data_root={self.data_root!r} and ann_file')
            return read_names(self.ann_file, self._suffixes[0],
                              self.backend_args)
        if not fileio.isdir(folder, self.backend_args):
            raise FileNotFoundError(
                f'{kind}: no image folder {folder}; check '
                f'data_root={self.data_root!r} and data_prefix')
        if images is None:
            return remote_names(folder, self.img_suffix, self.backend_args)
        return images.names()

    def _samples(self) -> list[dict]:
        """Return all samples, broken ones among them."""
        folder = self.data_prefix['img_path']
        mask_folder = self.data_prefix.get('seg_map_path')
        images = masks = None
        if self._is_local(folder):
            images = SampleFiles(
                folder, (self._files.image_ending, ), self._suffixes[0])
            masks = SampleFiles(
                mask_folder or '', self._files.mask_endings, self._suffixes[1])
        samples = []
        for name in self._names(images):
            sample: dict[str, Any] = dict(
                img_path=images.path(name) if images else osp.join(
                    folder, name + self.img_suffix),
                label_map=None,
                reduce_zero_label=False,
                seg_fields=[],
                sample_name=name)
            if mask_folder is not None:
                sample['seg_map_path'] = masks.path(name) if masks else (
                    osp.join(mask_folder, name + self.seg_map_suffix))
                if self.mask_threshold is not None:
                    sample['mask_threshold'] = self.mask_threshold
            samples.append(sample)
        return samples

    def load_data_list(self) -> list[dict]:
        """Return one dict a sample: paths of image and mask, seg_fields."""
        kind = type(self).__name__
        if self._search:
            self._find_files()
        local = self._is_local(self.data_prefix['img_path'])
        source = self.ann_file or self.data_prefix['img_path']
        try:
            samples = []
            for sample in self._samples():
                if sample['sample_name'] in self.BROKEN and (
                        not local or is_broken_pair(sample)):
                    self.left_out.append(sample)
                else:
                    samples.append(sample)
            if self.left_out:
                names = [sample['sample_name'] for sample in self.left_out]
                warnings.warn(
                    f'{len(names)} images that are broken in the release are '
                    f'left out: {", ".join(names)}', stacklevel=2)
            if not samples:
                raise InputError(f'{source} names no image')
            self._warn_of_other_cut(len(samples))
            if self.check_files and local:
                check_samples(
                    samples, getattr(self.pipeline, 'transforms', ()), source)
        except InputError as error:
            raise InputError(f'{kind}: {error}') from error
        return samples
