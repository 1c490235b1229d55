"""Reading of infrared frames with all the bits that their files hold.

Reads PNG and TIFF of 8 and 16 bits, TIFF of 32-bit floats or integers, NPY,
JPEG, BMP, GIF, WebP and raw frames. Values are those of the file: nothing is
scaled (but fewer than 8 bits, by Pillow, to 0 .. 255), cut to 8 bits or
turned by an orientation tag. Colour files of 8 bits become grey by the luma
of ITU-R BT.601, (299 R + 587 G + 114 B) / 1000, as in Pillow; equal channels
keep their value. An alpha channel is dropped.
"""
from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine import fileio
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from ..utils.errors import InputError
from .npy_files import NPY_MAGIC, decode_npy
from .orientation import as_stored
from .raw_frames import RawFormat, check_integer

_FORMATS = ('PNG', 'TIFF', 'JPEG', 'BMP', 'GIF', 'WEBP')
# Of TIFF, by the names that the standard gives them.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_WHITE_IS_ZERO = 0
_FOREIGN = b'MM' if sys.byteorder == 'little' else b'II'
_UNSIGNED, _SIGNED = 1, 2


def check_page(page: int | None, raw: Any = None) -> None:
    """Raise InputError unless ``page`` is None, or an integer and no raw."""
    if page is not None:
        check_integer('page', page, 0)
        if raw is not None:
            raise InputError('page: raw files have frames; state frame in raw')


def _check_pages(page: int | None, count: int) -> int:
    """Return the page to read from a file of ``count`` pages."""
    if page is None and count > 1:
        raise InputError(f'the file holds {count} pages: state page, from 0 '
                         f'to {count - 1}')
    if (page or 0) >= count:
        raise InputError(f'no page {page}: the file holds {count}, counted '
                         'from 0')
    return page or 0


def _stored_values(image: Image.Image, data: bytes) -> np.ndarray:
    """Return a page's grey values; raise where Pillow would alter them."""
    signs = None
    bits = 8
    if image.format == 'PNG':
        bits = data[24]
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        bits = max(tags.get(_BITS_PER_SAMPLE, (1, )))
        signs = tags.get(_SAMPLE_FORMAT, (_UNSIGNED, ))[0]
        if bits > 8 and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            raise InputError(f'TIFF of {bits} bits with white as 0: expected '
                             'black as 0 (PhotometricInterpretation 1)')
        # Decompression has swapped the bytes; Pillow would swap them again.
        if (image.mode in ('I', 'F') and data.startswith(_FOREIGN)
                and image.info.get('compression') != 'raw'):
            raise InputError(
                f'compressed TIFF of signed or 32-bit values in the order '
                f'{_FOREIGN.decode()}: expected no compression, or the byte '
                'order of this machine')
    wide = image.mode == 'F' or image.mode.startswith('I')
    if bits > 8 and not wide:
        raise InputError(f'{image.format} of {bits} bits in several channels: '
                         'expected one channel beyond 8 bits')
    if image.mode == 'P':
        image = image.convert('RGB')
    values = np.array(image if wide else image.convert('L'))
    # Pillow has only one type of 8 bits, one of 32 and no signed 16.
    if signs == _UNSIGNED and image.mode == 'I' and bits == 32:
        return values.view(np.uint32)
    if signs == _SIGNED and bits == 16:
        return values.astype(np.int16)
    if signs == _SIGNED and bits == 8:
        return values.view(np.int8)
    return values


def _decode_picture(data: bytes, page: int | None) -> np.ndarray:
    """Read a page of a file of one of Pillow's formats."""
    kinds = f'{", ".join(_FORMATS)} or NPY file'
    if not data:
        raise InputError(f'not a readable {kinds}: empty (0 bytes)')
    try:
        with Image.open(
                io.BytesIO(as_stored(data)), formats=_FORMATS) as image:
            image.seek(_check_pages(page, getattr(image, 'n_frames', 1)))
            return _stored_values(image, data)
    except InputError:
        raise
    # Its own message is the address of the bytes in memory.
    except UnidentifiedImageError as error:
        raise InputError(f'not a readable {kinds} (unknown format)') from error
    # Pillow raises errors of any type on malformed bytes.
    except Exception as error:
        raise InputError(f'not a readable {kinds} ({error})') from error


PAGED_SUFFIXES = ('.tif', '.tiff', '.gif', '.webp', '.png')
"""Suffixes of files that may hold several pages."""


def num_pages(path: str, backend_args: dict | None = None) -> int:
    """Count the pages of a multi-page TIFF or an animation.

    Args:
        path (str): Path or address of an image file.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None, the one that the path selects.

    Returns:
        int: Number of pages or frames. It is 1 for formats without pages, raw
        frames and unreadable files; reading these raises the error.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    with fileio.get_local_path(path, backend_args=backend_args) as local, \
            open(local, 'rb') as file:
        try:
            with Image.open(file, formats=_FORMATS) as image:
                return getattr(image, 'n_frames', 1)
        # Pillow raises errors of any type on malformed bytes; reading the
        # pixels reports them.
        except Exception:
            return 1


def check_pixels(pixels: np.ndarray) -> np.ndarray:
    """Check that an array is an infrared image.

    Args:
        pixels (np.ndarray): Integers or floats of shape (H, W) or (H, W, 1),
            or colour of shape (H, W, 3), uint8, in OpenCV's order of
            channels (BGR), which becomes grey (see this module).

    Returns:
        np.ndarray: Shape (H, W); integers as they are, floats as float32, in
        the machine's byte order.

    Raises:
        InputError: If it is of another shape or type, or holds NaN or
            infinite values, or values too large for float32.

    Examples:
        >>> check_pixels(np.full((2, 3, 1), 12040, '>u2')).dtype
        dtype('uint16')
    """
    if pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8:
        rgb = np.ascontiguousarray(pixels[..., ::-1])
        pixels = np.array(Image.fromarray(rgb).convert('L'))
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim != 2 or not pixels.size:
        raise InputError('expected pixels of shape (H, W) or (H, W, 1), or '
                         f'uint8 of shape (H, W, 3), got {pixels.dtype} of '
                         f'shape {pixels.shape}')
    if pixels.dtype.kind in 'iu':
        return pixels.astype(pixels.dtype.newbyteorder('='), copy=False)
    if pixels.dtype.kind != 'f':
        raise InputError(f'expected integers or floats, got {pixels.dtype}')
    with np.errstate(over='ignore', invalid='ignore'):
        pixels = pixels.astype(np.float32, copy=False)
    wrong = pixels.size - np.isfinite(pixels).sum()
    if wrong:
        raise InputError(f'{wrong} of {pixels.size} pixels are NaN, infinite '
                         'or too large for float32')
    return pixels


def decode_infrared(data: bytes,
                    name: str = 'image',
                    page: int | None = None,
                    raw: RawFormat | Mapping[str, Any] | None = None
                    ) -> np.ndarray:
    """Read an infrared image from the bytes of its file.

    The format is recognised by the bytes, not by the name. Only the format of
    raw frames has to be stated.

    Args:
        data (bytes): The whole file.
        name (str): Name of the file in errors. Defaults to 'image'.
        page (int, optional): Page of a file that holds several, from 0.
            Defaults to None: the file must hold exactly one.
        raw (RawFormat | Mapping, optional): Format of a raw frame. Defaults
            to None: the file is no raw frame.

    Returns:
        np.ndarray: Shape (H, W); integers of the file's type, or float32.

    Raises:
        InputError: If the file cannot be read, or an argument is wrong; the
            message names the file.

    Examples:
        >>> frame = dict(shape=(1, 2), byteorder='big')
        >>> decode_infrared(bytes([47, 8, 0, 40]), raw=frame).tolist()
        [[12040, 40]]
    """
    check_page(page, raw)
    try:
        if raw is not None:
            pixels = RawFormat.from_settings(raw).decode(data)
        elif data.startswith(NPY_MAGIC):
            _check_pages(page, 1)
            pixels = decode_npy(data)
        else:
            pixels = _decode_picture(data, page)
        return check_pixels(pixels)
    except InputError as error:
        raise InputError(f'{name}: {error}') from error


def read_infrared(path: str,
                  backend_args: dict | None = None,
                  page: int | None = None,
                  raw: RawFormat | Mapping[str, Any] | None = None
                  ) -> np.ndarray:
    """Read an infrared image file through mmengine's file backends.

    Args:
        path (str): Path or address of the file.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None, the one that the path selects.
        page (int, optional): See :func:`decode_infrared`.
        raw (RawFormat | Mapping, optional): See :func:`decode_infrared`.

    Returns:
        np.ndarray: Shape (H, W); integers of the file's type, or float32.

    Raises:
        InputError: If the file cannot be read; the message names it.
    """
    return decode_infrared(
        fileio.get(path, backend_args), str(path), page, raw)
