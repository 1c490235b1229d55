"""Weights that come with the package, by name."""
from __future__ import annotations

import difflib
from pathlib import Path
from typing import NamedTuple

import yaml

from ..utils.errors import InputError

_PACKAGE = Path(__file__).resolve().parents[1]
_WEIGHTS = _PACKAGE / 'weights'


class ShippedWeights(NamedTuple):
    """Weights of a network, with their config.

    Attributes:
        name (str): NETWORK_DATASET.
        config (Path): Config file.
        file (Path): ``.safetensors`` file, with its SHA-256 beside it.
        licence (str): Licence of the weights, as SPDX names it.
        trained_on (str): Training data.
    """
    name: str
    config: Path
    file: Path
    licence: str
    trained_on: str


def config_root() -> Path:
    """Return the folder of the configs.

    A wheel has them inside of the package, the repository beside
    ``projects``.
    """
    inside = _PACKAGE / 'configs'
    return inside if inside.is_dir() else _PACKAGE.parents[1] / 'configs'


def config_path(name: str) -> str:
    """Return the path of a config of this project, by its name.

    Args:
        name (str): Name of the file without folders and suffix. Anything
            else is returned as it is.

    Examples:
        >>> Path(config_path('top-hat_sirst-256x256')).is_file()
        True
        >>> config_path('mine/config.py')
        'mine/config.py'
    """
    if Path(name).suffix or Path(name).name != name:
        return name
    found = [path for path in _configs() if path.stem == name]
    return str(found[0]) if len(found) == 1 else name


def _configs() -> list[Path]:
    return [path for path in config_root().rglob('*.py')
            if '_base_' not in path.parts]


def nearest_name(word: str) -> str:
    """Return the end of an error about a word that may be a mistyped name.

    Args:
        word (str): A word that is no file.

    Returns:
        str: The nearest name of shipped weights or of a config, '' if none is
        near.

    Examples:
        >>> nearest_name('dstransnet_sirst')
        "; did you mean 'dstransnet-s_sirst'?"
        >>> nearest_name('frames/a.png')
        ''
    """
    known = [*list_weights(), *(path.stem for path in _configs())]
    near = difflib.get_close_matches(word, known, 1, 0.75)
    return f'; did you mean {near[0]!r}?' if near else ''


def list_weights() -> dict[str, ShippedWeights]:
    """Return all shipped weights by name; see ``weights/table.yaml``.

    Examples:
        >>> list_weights()['dstransnet-s_sirst'].licence
        'Apache-2.0'
    """
    table = yaml.safe_load(
        (_WEIGHTS / 'table.yaml').read_text(encoding='utf-8'))
    return {
        name: ShippedWeights(
            name, config_root() / row['config'], _WEIGHTS / row['file'],
            row['licence'], row['trained_on'])
        for name, row in table.items()
    }


def shipped_weights(name: str) -> ShippedWeights:
    """Return the shipped weights of a name.

    Args:
        name (str): NETWORK_DATASET, such as ``'dstransnet-s_sirst'``.

    Raises:
        InputError: If there are none of that name.
    """
    known = list_weights()
    if name not in known:
        raise InputError(
            f'weights: expected one of {", ".join(known)}, an exported file, '
            'or a config file and a checkpoint, got '
            f'{name!r}{nearest_name(name)}')
    return known[name]
