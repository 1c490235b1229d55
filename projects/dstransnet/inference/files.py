"""Images to predict, and the names of what is written for them."""
from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from ..imaging.image_files import RAW_SUFFIXES
from ..utils.errors import InputError
from ..utils.sample_names import UniqueNames

SUFFIXES = ('.png', '.tif', '.tiff', '.npy', '.jpg', '.jpeg', '.bmp')
"""Files of a folder that are taken as images, unless these are raw frames."""


class Found(NamedTuple):
    """Images of some files and folders.

    Attributes:
        images (dict[str, str]): Path of each image by the name, without
            suffix, of what is written for it; sorted within a folder.
        passed_over (int): Other files in the folders.
    """
    images: dict[str, str]
    passed_over: int


def find_images(inputs: Sequence[str | os.PathLike],
                raw: bool = False,
                image_root: str | None = None,
                leave_out: Collection[str | os.PathLike] = ()) -> Found:
    """Return the images that files and folders stand for.

    A file is taken whatever its suffix; of a folder, and the folders in it,
    the files of :data:`SUFFIXES`. An image that is named twice is taken once.

    Args:
        inputs (Sequence[str]): Local files and folders.
        raw (bool): Whether files are raw frames: folders are searched for
            ``.raw``, ``.bin`` and ``.dat`` then. Defaults to False.
        image_root (str, optional): Name images by their paths below this
            folder. Defaults to None, the folder that holds all of the inputs:
            a single folder itself.
        leave_out (Collection[str]): Folders in which not to look, as results
            are written there. Defaults to none.

    Returns:
        Found: The images, one at least.

    Raises:
        InputError: If an input is missing, there is no image, or two images
            would be written under one name.
    """
    suffixes = RAW_SUFFIXES if raw else SUFFIXES
    skipped = [Path(folder).resolve() for folder in leave_out]
    paths: dict[Path, str] = {}
    passed_over = 0
    for given in map(Path, inputs):
        if given.is_file():
            paths.setdefault(given.resolve(), str(given))
            continue
        if not given.is_dir():
            raise InputError(f'input: no file or folder {given}')
        for path in sorted(given.rglob('*')):
            resolved = path.resolve()
            if not path.is_file() or any(
                    folder in resolved.parents for folder in skipped):
                continue
            if path.suffix.lower() in suffixes:
                paths.setdefault(resolved, str(path))
            else:
                passed_over += 1
    if not paths:
        raise InputError(
            f'input: expected an image ({", ".join(suffixes)}) in '
            f'{", ".join(map(str, inputs))}, got {passed_over} other files')
    names = UniqueNames(image_root or _common_folder(inputs))
    return Found({names(path): path for path in paths.values()}, passed_over)


def _common_folder(inputs: Sequence[str | os.PathLike]) -> str:
    """Return the folder that holds files and folders."""
    folders = [
        os.path.abspath(given if os.path.isdir(given)
                        else os.path.dirname(os.fspath(given)) or '.')
        for given in inputs
    ]
    try:
        return os.path.commonpath(folders)
    except ValueError as error:  # two drives
        raise InputError('input: expected one folder that holds all of '
                         f'{", ".join(map(str, inputs))}, got {error}; run '
                         'the tool once for each') from error
