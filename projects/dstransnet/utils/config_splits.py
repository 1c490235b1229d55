"""The splits of a config as data sets to evaluate on."""
from __future__ import annotations

import os.path as osp

from mmengine.config import Config, ConfigDict
from mmengine.dataset import BaseDataset
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from .config import SPLITS, split_settings
from .errors import InputError
from .sample_names import image_paths


def split_config(cfg: Config, split: str = 'test') -> ConfigDict:
    """Return the data set of a split, read as in testing.

    Args:
        cfg (Config): Config of a run.
        split (str): ``'train'``, ``'val'`` or ``'test'``, as the config's
            data loaders have them; anything else is a list of images
            (``ann_file``, with a suffix) or another split of the layout (such
            as ``'subtrain'`` of SIRST), for the test data set. Defaults to
            ``'test'``.

    Returns:
        ConfigDict: Its settings, with the pipeline of the test data set.

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
        return ConfigDict(test, **{'split' if named else 'ann_file': split})
    return _with_pipeline(split_settings(cfg, split), pipeline)


def _with_pipeline(dataset: ConfigDict, pipeline: list) -> ConfigDict:
    """Return a data set, or the one inside a repeating one, for testing."""
    if dataset.type == 'RepeatDataset':
        return _with_pipeline(dataset.dataset, pipeline)
    if dataset.type == 'ConcatDataset':
        parts = [_with_pipeline(part, pipeline) for part in dataset.datasets]
        return ConfigDict(dataset, datasets=parts)
    return ConfigDict(dataset, pipeline=pipeline, test_mode=True)


def build_split(cfg: Config, split: str = 'test') -> BaseDataset:
    """Build the data set of a split, see :func:`split_config`."""
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    return DATASETS.build(split_config(cfg, split))


def shared_images(cfg: Config, split: str, other: str) -> int:
    """Count the images of a split that belong to another one too."""
    paths = set(image_paths(build_split(cfg, other)))
    return sum(path in paths for path in image_paths(build_split(cfg, split)))
