"""Images to predict, and the names of their results."""
from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from ..imaging.file_inspection import (
    IMAGE_SUFFIXES,
    RAW_SUFFIXES,
    is_image_name,
)
from ..imaging.full_depth_reading import PAGED_SUFFIXES, num_pages
from ..models.shipped_weights import nearest_name
from ..utils.errors import InputError
from ..utils.reading import walk_folder
from ..utils.sample_names import UniqueNames


class Frame(NamedTuple):
    """An image file, or a page of one.

    Attributes:
        path (str): Path of the file.
        page (int | None): Number of the page, from 0; None for files of one
            page.
    """
    path: str
    page: int | None = None

    def __str__(self) -> str:
        if self.page is None:
            return self.path
        return f'{self.path}, page {self.page}'


class Found(NamedTuple):
    """Images of some files and folders.

    Attributes:
        images (dict[str, Frame]): Each image by the name, without suffix, of
            its results; sorted within a folder, pages in order.
        passed_over (int): Other files in the folders.
    """
    images: dict[str, Frame]
    passed_over: int


def pages_of(path: str | os.PathLike) -> list[Frame]:
    """Return the frames of an image file: its pages, or the file itself.

    Args:
        path (str | PathLike): Path of a TIFF, GIF, WebP or animated PNG file,
            or of any other image.

    Returns:
        list[Frame]: In the order of the pages.
    """
    path = os.fspath(path)
    try:
        count = num_pages(path) if path.lower().endswith(PAGED_SUFFIXES) else 1
    except OSError:  # reading it names the problem
        count = 1
    if count == 1:
        return [Frame(path)]
    return [Frame(path, page) for page in range(count)]


def find_images(inputs: Sequence[str | os.PathLike],
                raw: bool = False,
                image_root: str | None = None,
                leave_out: Collection[str | os.PathLike] = (),
                every_page: bool = True) -> Found:
    """Return the images in files and folders.

    A file is taken whatever its suffix; folders, with the folders in them and
    those that links lead to, are searched for files of known suffixes
    (:func:`is_image_name`), but for folders inside of results of
    :func:`.predict_folder`, which have its tables. An image that is named
    twice is taken once. Page 3 of a file of 12 pages is named ``NAME_page03``.

    Args:
        inputs (Sequence[str]): Local files and folders.
        raw (bool): Whether files are raw frames, with other suffixes.
            Defaults to False.
        image_root (str, optional): Name images by their paths below this
            folder. Defaults to None, the folder that holds all of the inputs:
            a single folder itself.
        leave_out (Collection[str]): Folders that are not searched, as
            results are written there. Defaults to none.
        every_page (bool): Whether each page of a file is an image. Defaults
            to True.

    Returns:
        Found: One image or more.

    Raises:
        InputError: If an input is missing, a folder cannot be read, there is
            no image, or two images would be written under one name.
    """
    suffixes = RAW_SUFFIXES if raw else IMAGE_SUFFIXES
    skipped = [Path(folder).resolve() for folder in leave_out]
    paths: dict[Path, str] = {}
    passed_over = 0
    for given in map(Path, inputs):
        if given.is_file():
            paths.setdefault(given.resolve(), str(given))
            continue
        if not given.is_dir():
            raise InputError(f'input: no file or folder {given}'
                             f'{nearest_name(str(given))}')
        for path in _files_in(given):
            # Unlike resolve(), not an error for a link to itself.
            resolved = Path(os.path.realpath(path))
            if any(folder in resolved.parents for folder in skipped):
                continue
            if is_image_name(path, suffixes):
                paths.setdefault(resolved, str(path))
            else:
                passed_over += 1
    if not paths:
        raise InputError(
            f'input: expected an image ({", ".join(suffixes)}) in '
            f'{", ".join(map(str, inputs))}, got {passed_over} other files')
    names = UniqueNames(image_root or common_folder(inputs))
    images: dict[str, Frame] = {}
    for file in paths.values():
        name = names(file)
        frames = pages_of(file) if every_page and not raw else [Frame(file)]
        digits = len(str(len(frames) - 1))
        for frame in frames:
            own = name if frame.page is None else (
                f'{name}_page{frame.page:0{digits}d}')
            if images.setdefault(own, frame) != frame:
                raise InputError(f'{images[own]} and {frame} would both be '
                                 f'written as {own!r}')
    return Found(images, passed_over)


def _files_in(folder: Path) -> list[Path]:
    """Return the files below a folder, sorted.

    A folder is entered once, whatever links lead to it, and by its own path
    where that lies below. Folders of results of :func:`.predict_folder` below
    are left out.

    Raises:
        InputError: If a folder cannot be read.
    """

    def is_result(place: str, names: list[str]) -> bool:
        return {'images.csv', 'settings.json'} <= set(names)

    try:
        files = [Path(place, name)
                 for place, names in walk_folder(folder, is_result)
                 for name in names]
    except InputError as error:
        raise InputError(f'input: {error}') from error
    return sorted(files)


def common_folder(inputs: Sequence[str | os.PathLike]) -> str:
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
