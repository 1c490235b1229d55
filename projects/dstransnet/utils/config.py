"""The data sets that a config's data loaders name."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmengine.config import Config, ConfigDict

from .errors import InputError

SPLITS = ('train', 'val', 'test')


def split_settings(cfg: Config, split: str) -> ConfigDict:
    """Return the settings of a split's data set.

    Args:
        cfg (Config): Config of a run.
        split (str): 'train', 'val' or 'test', as the data loaders have them.

    Returns:
        ConfigDict: The settings; of a RepeatDataset, those of what it
        repeats.

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


def parts(settings: ConfigDict) -> Iterator[ConfigDict]:
    """Yield the settings of the data sets that ConcatDataset joins.

    Args:
        settings (ConfigDict): Settings of any data set.

    Yields:
        ConfigDict: ``settings`` itself, where nothing is joined.
    """
    if settings.type in ('RepeatDataset', 'ConcatDataset'):
        for inner in settings.get('datasets', [settings.get('dataset')]):
            yield from parts(inner)
    else:
        yield settings
