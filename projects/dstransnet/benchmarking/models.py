"""Models of a comparison, their datasets, and digests of settings."""
from __future__ import annotations

import argparse
import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..cli import resolve_model
from ..cli.config_check import override
from ..evaluation.report import run_names
from ..utils.errors import InputError

_TRAINING = ('train_dataloader', 'val_dataloader', 'val_evaluator')
_TEST = ('test_dataloader', 'test_evaluator')


@dataclass(frozen=True)
class Model:
    """A config with a name, and weights if there are any.

    Attributes:
        name (str): Name in tables and of the folder of its results.
        config (str): Path of the config.
        checkpoint (str, optional): Path of the weights. Defaults to None.
    """
    name: str
    config: str
    checkpoint: str | None = None


@dataclass(frozen=True)
class Budget:
    """Budget of every training of a comparison.

    Attributes:
        seeds (int): Trainings of each model, with seeds 0, 1, ...
        epochs (int, optional): Epochs of each; None for those of the config.
            Defaults to None.
        minutes (float, optional): Time of each, after which its epoch is the
            last. Defaults to None.
        schedule (str, optional): Config whose settings take the place of
            those of each model, such as one of ``configs/_base_/schedules``.
            Defaults to None.
        options (Mapping[str, Any], optional): Settings that override those
            of the config and of the schedule, by dotted keys. Defaults to
            None.
        amp (bool): Whether to train in mixed precision. Defaults to False.
    """
    seeds: int
    epochs: int | None = None
    minutes: float | None = None
    schedule: str | None = None
    options: Mapping[str, Any] | None = None
    amp: bool = False

    def apply(self, cfg: Config) -> Config:
        """Return a model's config with the schedule and the options.

        Raises:
            InputError: If there is no such schedule, or an option is unknown
                or does not fit.
        """
        cfg = copy.deepcopy(cfg)
        if self.schedule is not None:
            if not Path(self.schedule).is_file():
                raise InputError(f'--schedule: no file {self.schedule}')
            for key, value in Config.fromfile(self.schedule).items():
                cfg[key] = value
        override(cfg, self.options or {})
        return cfg


def all_models(configs: Sequence[str], checkpoints: Sequence[str] = (),
               names: Sequence[str] = ()) -> list[Model]:
    """Pair configs with checkpoints and names.

    Args:
        configs (Sequence[str]): Paths or names of configs, or names of
            shipped weights.
        checkpoints (Sequence[str]): One for each config, ``'none'`` for
            shipped or no weights; empty for ``'none'`` for all. Defaults to
            none.
        names (Sequence[str]): One for each config. Defaults to the names of
            the files.

    Raises:
        InputError: If the numbers differ, two names are equal or one is no
            file name, or a checkpoint is missing.

    Examples:
        >>> [model.name for model in all_models(['a/unet.py', 'fpn.py'])]
        ['unet', 'fpn']
    """
    for option, values in (('--checkpoints', checkpoints), ('--names', names)):
        if values and len(values) != len(configs):
            raise InputError(f'{option}: expected {len(configs)}, as many as '
                             f'configs, got {len(values)}')
    for name in names:
        if name in ('', '.', '..') or '/' in name or '\\' in name:
            raise InputError(
                f'--names: expected names of folders, got {name!r}')
    names = names or run_names([
        config.removesuffix('.py') for config in configs])
    if len(set(names)) < len(names):
        raise InputError(
            f'--names: expected different names, got {" ".join(names)}')
    for path in checkpoints:
        if path != 'none' and not Path(path).is_file():
            raise InputError(f'--checkpoints: no file {path}')
    models = []
    for name, config, weights in zip(
            names, configs, checkpoints or ['none'] * len(configs)):
        given = argparse.Namespace(
            config=config, checkpoint=None if weights == 'none' else weights)
        resolve_model(given)
        models.append(Model(name, given.config, given.checkpoint))
    return models


def read_datasets(paths: Sequence[str]) -> dict[str, Config]:
    """Read dataset configs by file name, as in ``configs/_base_/datasets``.

    Raises:
        InputError: If a file is missing, or has no train and test data or no
            ``dataset_preprocessor``, or if two files have the same name.
    """
    found: dict[str, Config] = {}
    for path in paths:
        if not Path(path).is_file():
            raise InputError(f'--datasets: no file {path}')
        name = Path(path).stem
        if name in found:
            raise InputError('--datasets: expected different file names, got '
                             f'{found[name].filename} and {path}')
        cfg = Config.fromfile(path)
        for key in (*_TRAINING, *_TEST, 'dataset_preprocessor'):
            if key not in cfg:
                raise InputError(f'--datasets: {path}: expected a config with '
                                 f'{key}')
        found[name] = cfg
    return found


def trained_on(cfg: Config, dataset: Config) -> Config:
    """Return a config with a dataset's data, batch size and normalisation."""
    cfg = tested_on(cfg, dataset)
    for key in _TRAINING:
        cfg[key] = copy.deepcopy(dataset[key])
    cfg.model.data_preprocessor.update(
        copy.deepcopy(dataset.dataset_preprocessor))
    return cfg


def tested_on(cfg: Config, dataset: Config) -> Config:
    """Return a config with a dataset's test data.

    The normalisation stays that of the training.
    """
    cfg = copy.deepcopy(cfg)
    for key in _TEST:
        cfg[key] = copy.deepcopy(dataset[key])
    return cfg


def is_classical(cfg: Config) -> bool:
    """Return whether a config's model has nothing to train."""
    return cfg.model.type == 'ClassicalDetector'


def cross_models(models: Sequence[Model], configs: Sequence[Config],
                 datasets: Mapping[str, Config], folder: Path) -> list[Model]:
    """Return a model for each one without weights and each dataset.

    Args:
        models (Sequence[Model]): Models; those with weights and classical
            detectors stay as they are.
        configs (Sequence[Config]): Their configs.
        datasets (Mapping[str, Config]): Datasets by name.
        folder (Path): For the configs of the new models, which are called
            ``'MODEL (DATASET)'`` where there are several datasets.
    """
    found = []
    for model, cfg in zip(models, configs):
        if model.checkpoint is not None or is_classical(cfg):
            found.append(model)
            continue
        for name, dataset in datasets.items():
            # A folder each, as names with '_' may join to the same one.
            path = folder / model.name / f'{model.name}_{name}.py'
            path.parent.mkdir(parents=True, exist_ok=True)
            trained_on(cfg, dataset).dump(path)
            place = f' ({name})' if len(datasets) > 1 else ''
            found.append(Model(model.name + place, str(path)))
    return found


def config_digest(cfg: Config, *more: object) -> str:
    """Return 12 hexadecimal digits that identify settings.

    Args:
        cfg (Config): All settings of a config.
        *more (object): Whatever else decides a result, with a ``repr`` that
            tells different values apart.
    """
    text = json.dumps(cfg.to_dict(), sort_keys=True, default=repr)
    return hashlib.sha256((text + repr(more)).encode()).hexdigest()[:12]
