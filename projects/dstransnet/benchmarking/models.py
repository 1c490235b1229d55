"""Models of a comparison and digests of their settings and weights."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ..evaluation.report import run_names
from ..utils.errors import InputError


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
    """
    seeds: int
    epochs: int | None = None
    minutes: float | None = None


def all_models(configs: Sequence[str], checkpoints: Sequence[str] = (),
               names: Sequence[str] = ()) -> list[Model]:
    """Pair configs with checkpoints and names.

    Args:
        configs (Sequence[str]): Paths of configs.
        checkpoints (Sequence[str]): One for each config, ``'none'`` for
            initial weights; empty for no weights at all. Defaults to none.
        names (Sequence[str]): One for each config. Defaults to the names of
            the files.

    Raises:
        InputError: If the numbers differ, two names are equal, or a
            checkpoint is missing.

    Examples:
        >>> [model.name for model in all_models(['a/unet.py', 'fpn.py'])]
        ['unet', 'fpn']
    """
    for option, values in (('--checkpoints', checkpoints), ('--names', names)):
        if values and len(values) != len(configs):
            raise InputError(f'{option}: expected {len(configs)}, as many as '
                             f'configs, got {len(values)}')
    names = names or run_names([
        config.removesuffix('.py') for config in configs])
    if len(set(names)) < len(names):
        raise InputError(
            f'--names: expected different names, got {" ".join(names)}')
    for path in checkpoints:
        if path != 'none' and not Path(path).is_file():
            raise InputError(f'--checkpoints: no file {path}')
    return [
        Model(name, config, None if weights == 'none' else weights)
        for name, config, weights in zip(
            names, configs, checkpoints or ['none'] * len(configs))
    ]


def config_digest(cfg: Config, *more: object) -> str:
    """Return 12 hexadecimal digits that identify settings.

    Args:
        cfg (Config): All settings of a config.
        *more (object): Whatever else decides a result, with a ``repr`` that
            tells different values apart.

    Examples:
        >>> one = Config(dict(lr=1))
        >>> config_digest(one) == config_digest(Config(dict(lr=1)))
        True
        >>> config_digest(one) == config_digest(one, 'seed 1')
        False
    """
    text = json.dumps(cfg.to_dict(), sort_keys=True, default=repr)
    return hashlib.sha256((text + repr(more)).encode()).hexdigest()[:12]


def file_digest(path: str) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()
