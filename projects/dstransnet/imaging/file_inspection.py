"""Names, headers and integrity of image files, without decoding."""
from __future__ import annotations

import io
import os
from collections.abc import Collection
from pathlib import PurePath
from typing import BinaryIO, NamedTuple

from PIL import Image, TiffImagePlugin

from ..utils.errors import InputError
from .npy_files import NPY_MAGIC, npy_layout

IMAGE_SUFFIXES = ('.png', '.tif', '.tiff', '.npy', '.jpg', '.jpeg', '.bmp',
                  '.gif', '.webp')
"""Suffixes of the image formats that can be read."""
RAW_SUFFIXES = ('.raw', '.bin', '.dat', '.fff')
"""Suffixes of raw frames, whose shape and type have to be stated."""

_PNG_START = b'\x89PNG\r\n\x1a\n'
_PNG_END = b'IEND\xaeB`\x82'
_TIFF_STARTS = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')
_TIFF_BITS, _ORIENTATION = 258, 274
_JPEG_SCAN, _JPEG_END = b'\xff\xda', b'\xff\xd9'
_JPEG_TAIL = 2**16  # bytes in which the end of a JPEG is sought first


def is_image_name(path: str | os.PathLike,
                  suffixes: Collection[str] = IMAGE_SUFFIXES) -> bool:
    """Tell by a file's name whether it is an image.

    The case of the suffix does not count. The companions that macOS writes
    beside files on foreign disks (``._frame.png``) are no images.

    Args:
        path (str | PathLike): Name or path of a file.
        suffixes (Collection[str]): Suffixes of images, in lower case.
            Defaults to :data:`IMAGE_SUFFIXES`.

    Examples:
        >>> list(map(is_image_name, ('a.PNG', 'a.txt', '._a.png')))
        [True, False, False]
    """
    path = PurePath(path)
    return path.suffix.lower() in suffixes and not path.name.startswith('._')


class ImageFile(NamedTuple):
    """Result of :func:`inspect_image`.

    Attributes:
        size (tuple[int, int] | None): Width and height in pixels; None for
            unusable files and raw frames.
        problem (str | None): Reason why the file is unusable, None otherwise.
    """
    size: tuple[int, int] | None
    problem: str | None


def _tiff_problem(image: TiffImagePlugin.TiffImageFile,
                  length: int) -> str | None:
    """Return a problem if the pixels of a page lie behind the file's end."""
    for starts, sizes in ((273, 279), (324, 325)):  # strips, tiles
        tags = [image.tag_v2.get(tag, ()) for tag in (starts, sizes)]
        ends = list(map(sum, zip(
            *(tag if isinstance(tag, tuple) else (tag, ) for tag in tags))))
        if ends and max(ends) > length:
            return f'truncated ({length} bytes, its pixels end at {max(ends)})'
        if ends:
            return None
    return 'truncated (no list of its pixels)'


def _png_ends(file: BinaryIO, length: int) -> bool:
    """Return whether there is an IEND chunk; data may follow it."""
    file.seek(-min(length, 64), os.SEEK_END)
    if _PNG_END in file.read():
        return True
    place = len(_PNG_START)
    while place + len(_PNG_END) + 4 <= length:
        file.seek(place)
        size, kind = int.from_bytes(file.read(4), 'big'), file.read(4)
        if kind == _PNG_END[:4]:
            return True
        place += size + 12  # with length, name and checksum
    return False


def _jpeg_ends(file: BinaryIO, length: int) -> bool:
    """Return whether an end marker follows the scan, not just a thumbnail."""
    place = 2
    while place < length:
        file.seek(place)
        marker, size = file.read(2), int.from_bytes(file.read(2), 'big')
        if marker == _JPEG_SCAN:
            break
        # Bytes FF may fill the space in front of a marker.
        place += 1 if marker == b'\xff\xff' else 2 + size
    else:  # an unusual header that Pillow could read
        place = 2
    for start in (max(place, length - _JPEG_TAIL), place):
        file.seek(start)
        if _JPEG_END in file.read():
            return True
    return False


def _picture_problem(path: str | os.PathLike, kind: str | None) -> str | None:
    """Return a problem if a PNG, JPEG or BMP file is truncated."""
    length = os.path.getsize(path)
    with open(path, 'rb') as file:
        if kind == 'PNG' and not _png_ends(file, length):
            return 'truncated (no end-of-file chunk)'
        # MPO is a JPEG file with more than one picture.
        if kind in ('JPEG', 'MPO') and not _jpeg_ends(file, length):
            return 'truncated (no end-of-image marker)'
        if kind == 'BMP':
            expected = int.from_bytes(file.read(6)[2:], 'little')
            if length < expected:
                return f'truncated ({length} bytes, {expected} in its header)'
    return None


def _inspect_npy(path: str | os.PathLike, mask: bool) -> ImageFile:
    try:
        with open(path, 'rb') as file:
            layout = npy_layout(file, os.path.getsize(path), mask)
    except InputError as error:
        return ImageFile(None, str(error))
    return ImageFile(layout.shape[::-1], None)


def inspect_image(path: str | os.PathLike, mask: bool = False) -> ImageFile:
    """Check the header and the end of a file without decoding it.

    Only the first page of a TIFF file is checked. Files with a suffix of
    :data:`RAW_SUFFIXES` only have to hold some bytes.

    Args:
        path (str | PathLike): An image file.
        mask (bool): Whether it is a mask, which may be of booleans. Defaults
            to False.

    Returns:
        ImageFile: Its size or its problem.

    Examples:
        >>> inspect_image('no/such/file.png').problem
        'missing'
    """
    if not os.path.isfile(path):
        return ImageFile(None, 'missing')
    if os.path.getsize(path) == 0:
        return ImageFile(None, 'empty (0 bytes)')
    if os.fspath(path).lower().endswith(RAW_SUFFIXES):
        return ImageFile(None, None)
    with open(path, 'rb') as file:
        if file.read(len(NPY_MAGIC)) == NPY_MAGIC:
            return _inspect_npy(path, mask)
    try:
        with Image.open(path) as image:
            size, kind, problem = image.size, image.format, None
            if isinstance(image, TiffImagePlugin.TiffImageFile):
                problem = _tiff_problem(image, os.path.getsize(path))
                if image.tag_v2.get(_ORIENTATION, 1) > 4:  # on its side
                    size = size[::-1]
    # Pillow raises errors of any type on malformed bytes.
    except Exception as error:
        problem = f'not a readable image ({error})'
    else:
        problem = problem or _picture_problem(path, kind)
    return ImageFile(None if problem else size, problem)


def bit_depth(source: str | os.PathLike | bytes) -> int | None:
    """Read from a file's header how many bits one value has.

    Args:
        source (str | PathLike | bytes): Path of an image file, or its
            content.

    Returns:
        int | None: Bits per channel of PNG, and of the first page of TIFF;
        None for all other formats and damaged files.
    """
    with (io.BytesIO(source) if isinstance(source, bytes)
          else open(source, 'rb')) as file:
        header = file.read(25)
        if header.startswith(_PNG_START):
            return header[24] if len(header) == 25 else None
        if not header.startswith(_TIFF_STARTS):
            return None
        file.seek(0)
        try:
            with Image.open(file, formats=['TIFF']) as image:
                assert isinstance(image, TiffImagePlugin.TiffImageFile)
                return max(image.tag_v2.get(_TIFF_BITS, (1, )))
        # Pillow raises errors of any type on malformed bytes; the loader
        # decodes the file and reports them.
        except Exception:
            return None
