"""Cheap checks of image files before anything is trained on them."""
from __future__ import annotations

import os
from typing import NamedTuple

from PIL import Image, TiffImagePlugin

from ..errors import InputError
from .infrared_files import NPY_MAGIC, npy_layout

# Files of bare pixels tell nothing of themselves.
_RAW_SUFFIXES = ('.raw', '.bin', '.dat')
_PNG_END = b'IEND\xaeB`\x82'


class ImageFile(NamedTuple):
    """What :func:`inspect_image` found.

    Attributes:
        size (tuple[int, int] | None): Width and height in pixels, None where
            the file cannot be used, and for raw frames, which do not say.
        problem (str | None): Why it cannot be used, None where it can.
    """
    size: tuple[int, int] | None
    problem: str | None


def _tiff_problem(image: TiffImagePlugin.TiffImageFile,
                  length: int) -> str | None:
    """Say whether the pixels of a page lie within the file's bytes."""
    for starts, sizes in ((273, 279), (324, 325)):  # strips, tiles
        tags = [image.tag_v2.get(tag, ()) for tag in (starts, sizes)]
        ends = list(map(sum, zip(
            *(tag if isinstance(tag, tuple) else (tag, ) for tag in tags))))
        if ends and max(ends) > length:
            return f'truncated ({length} bytes, its pixels end at {max(ends)})'
        if ends:
            return None
    return 'truncated (no list of its pixels)'


def _inspect_npy(path: str | os.PathLike) -> ImageFile:
    try:
        with open(path, 'rb') as file:
            layout = npy_layout(file, os.path.getsize(path))
    except InputError as error:
        return ImageFile(None, str(error))
    return ImageFile(layout.shape[::-1], None)


def inspect_image(path: str | os.PathLike) -> ImageFile:
    """Look at a file's header and, for PNG, its end; nothing is decoded.

    Of TIFF files the first page is looked at; of files named ``.raw``,
    ``.bin`` or ``.dat`` nothing but that they are not empty.

    Args:
        path (str | PathLike): An image file.

    Returns:
        ImageFile: Its size, or what is wrong with it.

    Examples:
        >>> inspect_image('no/such/file.png').problem
        'missing'
    """
    if not os.path.isfile(path):
        return ImageFile(None, 'missing')
    if os.path.getsize(path) == 0:
        return ImageFile(None, 'empty (0 bytes)')
    if os.fspath(path).lower().endswith(_RAW_SUFFIXES):
        return ImageFile(None, None)
    with open(path, 'rb') as file:
        if file.read(len(NPY_MAGIC)) == NPY_MAGIC:
            return _inspect_npy(path)
    try:
        with Image.open(path) as image:
            size, kind, problem = image.size, image.format, None
            if isinstance(image, TiffImagePlugin.TiffImageFile):
                problem = _tiff_problem(image, os.path.getsize(path))
    # Decoders raise whatever malformed bytes lead them to.
    except Exception as error:
        problem = f'not a readable image ({error})'
    else:
        if kind == 'PNG':
            with open(path, 'rb') as file:
                file.seek(-min(os.path.getsize(path), 64), os.SEEK_END)
                if _PNG_END not in file.read():
                    problem = 'truncated (no end-of-file chunk)'
    return ImageFile(None if problem else size, problem)
