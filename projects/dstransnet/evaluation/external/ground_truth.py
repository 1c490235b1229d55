"""True masks by image name, from a config or from a folder."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from ...imaging.masks import mask_to_labels, read_mask
from ...utils.config import split_config
from ...utils.errors import InputError
from ...utils.sample_names import image_paths, unique_names
from .score_files import find_maps, read_map

Truth = dict[str, Callable[[], np.ndarray]]
"""For each image, in order, what loads its labels (H, W), 0 and 1."""


def truth_from_config(cfg: Config,
                      split: str = 'test',
                      size: str = 'network',
                      image_root: str | None = None) -> Truth:
    """Return the masks of a split as the config's test pipeline loads them.

    Args:
        cfg (Config): Config of a run.
        split (str): As of :func:`split_config`. Defaults to ``'test'``.
        size (str): ``'network'``: at the size at which the config takes its
            metrics, usually the network's; ``'file'``: of the image files.
            Defaults to ``'network'``.
        image_root (str, optional): Name images by their paths below it.
            Defaults to None.

    Raises:
        InputError: If the split has no masks or names no image, or a mask
            has other labels than 0 and 1.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    settings = split_config(cfg, split)
    if size == 'file':
        settings = _without(settings, 'EvaluateAtInputSize')
    dataset = DATASETS.build(settings)

    def loader(number: int) -> Callable[[], np.ndarray]:

        def load() -> np.ndarray:
            sample = dataset[number]['data_samples']
            if 'gt_sem_seg' not in sample:
                raise InputError(f'{sample.img_path}: has no mask')
            labels = sample.gt_sem_seg.data.squeeze(0).numpy()
            if ((labels != 0) & (labels != 1)).any():
                got = ', '.join(map(str, np.unique(labels)))
                raise InputError(f'{sample.seg_map_path}: expected labels 0 '
                                 f'and 1, got {got}')
            return labels

        return load

    names = unique_names(image_paths(dataset), image_root)
    return {name: loader(number) for number, name in enumerate(names)}


def _without(dataset: dict, transform: str) -> dict:
    """Return the settings of a dataset without a transform."""
    if 'datasets' in dataset:
        parts = [_without(part, transform) for part in dataset['datasets']]
        return type(dataset)(dataset, datasets=parts)
    pipeline = [
        step for step in dataset['pipeline'] if step['type'] != transform
    ]
    return type(dataset)(dataset, pipeline=pipeline)


def images_from_config(cfg: Config,
                       split: str = 'test',
                       image_root: str | None = None) -> dict[str, str]:
    """Return the image file of each name of :func:`truth_from_config`."""
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    paths = image_paths(DATASETS.build(split_config(cfg, split)))
    return dict(zip(unique_names(paths, image_root), paths))


def truth_from_folder(folder: str, suffix: str = '',
                      mask_threshold: int | None = None) -> Truth:
    """Return the masks of a folder, 0 / 1 or 0 / 255.

    Args:
        folder (str): Masks, also in sub folders: PNG, BMP or TIFF, read by
            :func:`read_mask`, or NPY, by :func:`read_map`.
        suffix (str): End of their names to leave out, before the file's own
            suffix: ``'_pixels0'`` for those of SIRST. Defaults to none.
        mask_threshold (int, optional): A pixel is target above it, in masks
            of other values. Defaults to None: such a mask is an error.

    Raises:
        InputError: If there is no mask, or one without that end.
    """

    def loader(path: Path) -> Callable[[], np.ndarray]:
        read = read_map if path.suffix.lower() == '.npy' else read_mask
        return lambda: mask_to_labels(
            read(str(path)), mask_threshold, str(path))

    truth = {}
    for name, path in find_maps(folder).items():
        if not name.endswith(suffix):
            raise InputError(
                f'{path}: expected a name that ends in {suffix!r}')
        truth[name.removesuffix(suffix)] = loader(path)
    return truth
