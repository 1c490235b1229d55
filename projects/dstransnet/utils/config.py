"""Splits, datasets and input size of a config."""
from __future__ import annotations

import os.path as osp
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.config import Config, ConfigDict
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from .errors import InputError
from .sample_names import image_paths

SPLITS = ('train', 'val', 'test')
RESIZES = ('Resize', 'PillowResize')
"""Types of pipeline steps that resize images."""


def input_size(cfg: Config) -> tuple[int, int]:
    """Return height and width of a config's test images.

    Where the test keeps the size of the files, it is the training size.
    """
    if cfg.get('test_dataloader') is not None:
        for settings in leaf_settings(split_settings(cfg, 'test')):
            for step in settings.get('pipeline', ()):
                if step['type'] in RESIZES and not step.get('keep_ratio') \
                        and 'scale' in step:
                    scale = step['scale']
                    width, height = (
                        (scale, scale) if isinstance(scale, int) else scale)
                    return height, width
    return training_size(cfg)


def training_size(cfg: Config) -> tuple[int, int]:
    """Return height and width that a config trains at, or 256 x 256."""
    size = (cfg.model.get('data_preprocessor') or {}).get('size')
    return (256, 256) if size is None else (size[0], size[1])


def reading_options(pipeline: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how a pipeline reads image files.

    Args:
        pipeline (Sequence[Mapping]): Settings of its steps.

    Returns:
        dict[str, Any]: Those of ``backend_args``, ``page`` and ``raw`` that
        its loading step states, for :func:`read_infrared`.
    """
    step = next((step for step in pipeline
                 if step['type'] in ('LoadImageFromFile', 'LoadInfraredImage')
                 ), {})
    return {key: step[key] for key in ('backend_args', 'page', 'raw')
            if key in step}


def split_settings(cfg: Config, split: str) -> ConfigDict:
    """Return the dataset settings of a data loader.

    Args:
        split (str): ``'train'``, ``'val'`` or ``'test'``.

    Returns:
        ConfigDict: The settings; for a RepeatDataset, those of the dataset
        inside.

    Raises:
        InputError: If the config has no such data loader.
    """
    loader = cfg.get(f'{split}_dataloader')
    if loader is None:
        raise InputError(f'{cfg.filename}: has no {split}_dataloader')
    settings = loader.dataset
    while settings.type == 'RepeatDataset':
        settings = settings.dataset
    return settings


def leaf_settings(settings: ConfigDict) -> Iterator[ConfigDict]:
    """Yield the settings of the datasets that ConcatDataset joins.

    Yields:
        ConfigDict: Settings of each dataset; ``settings`` itself where
        nothing is joined.
    """
    if settings.type in ('RepeatDataset', 'ConcatDataset'):
        for inner in settings.get('datasets', [settings.get('dataset')]):
            yield from leaf_settings(inner)
    else:
        yield settings


def leaf_datasets(dataset: Any) -> Iterator[Any]:
    """Yield the datasets inside ConcatDataset, RepeatDataset and the like."""
    if hasattr(dataset, 'datasets'):
        for child in dataset.datasets:
            yield from leaf_datasets(child)
    elif hasattr(dataset, 'dataset') and not isinstance(dataset, BaseDataset):
        yield from leaf_datasets(dataset.dataset)
    else:
        yield dataset


def split_config(cfg: Config, split: str = 'test') -> ConfigDict:
    """Return the dataset settings of a split, with the test pipeline.

    Args:
        split (str): ``'train'``, ``'val'`` or ``'test'`` selects that data
            loader's dataset. A name with a suffix is a list of images
            (``ann_file``) for the test dataset, any other name another split
            of its layout (such as ``'subtrain'`` of SIRST). Defaults to
            ``'test'``.

    Returns:
        ConfigDict: The settings.

    Raises:
        InputError: If the config has no such split.
    """
    test = split_settings(cfg, 'test')
    if split == 'test':
        return test
    pipeline = test.get('pipeline', cfg.get('test_pipeline'))
    if split not in SPLITS:
        if 'ann_file' not in test and 'split' not in test:
            raise InputError(
                f'split: expected one of {", ".join(SPLITS)}, got {split!r}; '
                f'{test.get("type")} has no ann_file to replace')
        named = 'split' in test and not osp.splitext(split)[1]
        if named and test.get('ann_file'):  # which would come first
            raise InputError(
                f'split: expected {", ".join(SPLITS)} or a list of images, as '
                f'the test dataset states ann_file={test.ann_file!r}, got '
                f'{split!r}')
        return ConfigDict(test, **{'split' if named else 'ann_file': split})
    return _with_pipeline(split_settings(cfg, split), pipeline)


def _with_pipeline(settings: ConfigDict, pipeline: list) -> ConfigDict:
    """Return dataset settings, without repeats, for testing."""
    if settings.type == 'RepeatDataset':
        return _with_pipeline(settings.dataset, pipeline)
    if settings.type == 'ConcatDataset':
        return ConfigDict(settings, datasets=[
            _with_pipeline(part, pipeline) for part in settings.datasets])
    return ConfigDict(settings, pipeline=pipeline, test_mode=True)


def build_split(cfg: Config, split: str = 'test') -> BaseDataset:
    """Build the dataset of a split, see :func:`split_config`."""
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    return DATASETS.build(split_config(cfg, split))


def shared_images(cfg: Config, split: str, other: str) -> int:
    """Count the images of a split that belong to another one too."""
    paths = set(image_paths(build_split(cfg, other)))
    return sum(path in paths for path in image_paths(build_split(cfg, split)))
