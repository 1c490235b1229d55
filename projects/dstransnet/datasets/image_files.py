"""Cheap checks of image files before anything is trained on them."""
from __future__ import annotations

import os
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

_PNG_END = b'IEND\xaeB`\x82'


class ImageFile(NamedTuple):
    """What :func:`inspect_image` found.

    Attributes:
        size (tuple[int, int] | None): Width and height in pixels, None where
            the file cannot be used.
        problem (str | None): Why it cannot be used, None where it can.
    """
    size: tuple[int, int] | None
    problem: str | None


def inspect_image(path: str | os.PathLike) -> ImageFile:
    """Look at a file's header and, for PNG, its end; nothing is decoded.

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
    try:
        with Image.open(path) as image:
            size, kind = image.size, image.format
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError,
            Image.DecompressionBombError) as error:
        return ImageFile(None, f'not a readable image ({error})')
    if kind == 'PNG':
        with open(path, 'rb') as file:
            file.seek(-min(os.path.getsize(path), 64), os.SEEK_END)
            if _PNG_END not in file.read():
                return ImageFile(None, 'truncated (no end-of-file chunk)')
    return ImageFile(size, None)
