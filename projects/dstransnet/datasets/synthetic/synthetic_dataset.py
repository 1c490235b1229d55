"""Synthetic scenes as files that any reader of mmengine opens.

``synthetic://seed=3,size=128,scr=1.5-8/images/000012.png`` is scene 12 of
series 3, ``.../masks/000012.png`` its mask. In front of the folder stand the
seed and the fields of :class:`SceneConfig` that differ from their default,
ranges as ``low-high``. ``LoadImageFromFile``, ``LoadIRSTDMask``, the
visualisation and the tools read them like any file.
"""
from __future__ import annotations

import contextlib
import dataclasses
import functools
import os.path as osp
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from mmengine.fileio import BaseStorageBackend, register_backend
from mmseg.registry import DATASETS

from ...utils.errors import InputError
from ..irstd_dataset import IRSTDDataset
from ..sample_files import SampleFiles
from .scene import synthesize_scene
from .scene_config import SceneConfig

_PATTERN = re.compile(r'synthetic://([^/]+)/(images|masks)/(\d{6,})\.png')
_FIELDS = {field.name: field for field in dataclasses.fields(SceneConfig)}

# Image and mask of a sample are read one after the other.
_cached_scene = functools.lru_cache(maxsize=2)(synthesize_scene)


class SceneFile(NamedTuple):
    """Scene and kind of picture that a path names.

    Attributes:
        config (SceneConfig): Settings of the scenes.
        seed (int): Series of scenes.
        kind (str): 'images' or 'masks'.
        number (int): Number of the scene in the series.
    """
    config: SceneConfig
    seed: int
    kind: str
    number: int


def scene_root(config: SceneConfig, seed: int) -> str:
    """Return the folder of a series, to which ``/images`` is to be added.

    Args:
        seed (int): Series of scenes.

    Examples:
        >>> scene_root(SceneConfig(size=128, scr=(2, 6.5)), 3)
        'synthetic://seed=3,size=128,scr=2-6.5'
    """
    settings = [f'seed={seed}']
    for name, field in _FIELDS.items():
        value = getattr(config, name)
        if value != field.default:
            numbers = value if isinstance(value, tuple) else (value, )
            # No exponents: their sign would read as that of a range.
            text = '-'.join(np.format_float_positional(number, trim='-')
                            for number in numbers)
            settings.append(f'{name}={text}')
    return 'synthetic://' + ','.join(settings)


def _parse_value(name: str, text: str) -> Any:
    """Read the value of a setting: digits, a decimal point for float."""
    default: Any = 0 if name == 'seed' else _FIELDS[name].default
    ranged = isinstance(default, tuple)
    kind = type(default[0] if ranged else default)
    digits = r'\d+' if kind is int else r'\d+(?:\.\d+)?'
    if not re.fullmatch(f'{digits}-{digits}' if ranged else digits, text):
        raise InputError(
            f'{name}: expected {"low-high" if ranged else "one number"} '
            f'of type {kind.__name__}, got {text!r}')
    values = tuple(kind(part) for part in text.split('-'))
    return values if ranged else values[0]


@functools.lru_cache(maxsize=16)
def _parse_settings(settings: str) -> tuple[SceneConfig, int]:
    """Read 'seed=3,size=128'; errors do not name the path yet."""
    values: dict[str, Any] = {}
    for setting in settings.split(','):
        name, _, text = setting.partition('=')
        if name in values or (name != 'seed' and name not in _FIELDS):
            raise InputError(
                f'expected each of seed, {", ".join(_FIELDS)} once at most, '
                f'as name=value with commas between, got {setting!r}')
        values[name] = _parse_value(name, text)
    seed = values.pop('seed', 0)
    return SceneConfig(**values), seed


def parse_scene_path(path: str | Path) -> SceneFile:
    """Read a path below the folder that :func:`scene_root` returns.

    Args:
        path (str): Path of an image or a mask.

    Raises:
        InputError: If it is no such path; the message says where.

    Examples:
        >>> file = parse_scene_path('synthetic://size=128/masks/000012.png')
        >>> file.config.size, file.seed, file.kind, file.number
        (128, 0, 'masks', 12)
    """
    match = _PATTERN.fullmatch(str(path))
    if match is None:
        raise InputError(
            f'{path}: expected synthetic://SETTINGS/images/000000.png or '
            '.../masks/000000.png, a number of six digits or more')
    settings, kind, number = match.groups()
    try:
        config, seed = _parse_settings(settings)
    except InputError as error:
        raise InputError(f'{path}: {error}') from error
    return SceneFile(config, seed, kind, int(number))


@register_backend('synthetic', prefixes='synthetic')
class SyntheticBackend(BaseStorageBackend):
    """Serves scenes as PNG files; masks have the values 0 and 255.

    Selected by the prefix of the path, without ``backend_args``. There are
    no folders to list, as scenes are endless, and nothing can be written.
    """

    def get(self, filepath: str | Path) -> bytes:
        """Return the file's bytes.

        Raises:
            InputError: If the path names no scene.
        """
        file = parse_scene_path(filepath)
        scene = _cached_scene(file.config, file.seed, file.number)
        pixels = scene.image if file.kind == 'images' else 255 * scene.mask
        # Quick to write; these bytes are not kept.
        _, data = cv2.imencode('.png', pixels,
                               [cv2.IMWRITE_PNG_COMPRESSION, 1])
        return data.tobytes()

    def get_text(self, filepath: str | Path, encoding: str = 'utf-8') -> str:
        """Raise, there being no text files."""
        raise InputError(f'{filepath}: expected a text file, got an image')

    def exists(self, filepath: str | Path) -> bool:
        """Return whether a path names an image or a mask of a scene."""
        try:
            parse_scene_path(filepath)
        except InputError:
            return False
        return True

    def isfile(self, filepath: str | Path) -> bool:
        """Return whether a path names an image or a mask of a scene."""
        return self.exists(filepath)

    def isdir(self, filepath: str | Path) -> bool:
        """Return False: no folder can be listed."""
        return False

    def join_path(self, filepath: str | Path, *filepaths: str | Path) -> str:
        """Join parts of a path by slashes."""
        return '/'.join([str(filepath).rstrip('/'),
                         *(str(part).strip('/') for part in filepaths)])

    @contextlib.contextmanager
    def get_local_path(self, filepath: str | Path) -> Iterator[str]:
        """Yield the path of a copy on the local disk, removed afterwards."""
        with tempfile.TemporaryDirectory() as folder:
            path = osp.join(folder, osp.basename(str(filepath)))
            Path(path).write_bytes(self.get(filepath))
            yield path


@DATASETS.register_module()
class SyntheticIRSTDDataset(IRSTDDataset):
    """A series of synthetic scenes, the same whoever reads it.

    Args:
        num_scenes (int): Number of scenes, the first ones of the series.
        seed (int): Selects the series: use different ones to train and to
            test. Defaults to 0.
        scene (dict, optional): Fields of :class:`SceneConfig`. Defaults to
            None, its defaults.
        **kwargs: ``pipeline``, ``test_mode``, ``metainfo`` ... as for
            :class:`IRSTDDataset`; not those that name files.

    Raises:
        InputError: If an argument is outside its values.
    """

    def __init__(self, num_scenes: int, seed: int = 0,
                 scene: dict | None = None, **kwargs: Any) -> None:
        for name, value, least in (('num_scenes', num_scenes, 1),
                                   ('seed', seed, 0)):
            if type(value) is not int or value < least:
                raise InputError(
                    f'{type(self).__name__}: {name}: expected an integer of '
                    f'{least} or more, got {value!r}')
        scene = scene or {}
        unknown = sorted(set(scene) - set(_FIELDS))
        if unknown:
            raise InputError(
                f'{type(self).__name__}: scene: expected some of '
                f'{", ".join(_FIELDS)}, got {", ".join(unknown)}')
        root = scene_root(SceneConfig(**scene), seed)
        self.num_scenes = num_scenes
        super().__init__(
            ann_file='',
            data_root=None,
            data_prefix=dict(
                img_path=f'{root}/images', seg_map_path=f'{root}/masks'),
            check_files=False,
            **kwargs)

    def _names(self, images: SampleFiles | None) -> list[str]:
        """Return the numbers of the scenes, as file names."""
        return [f'{index:06d}' for index in range(self.num_scenes)]
