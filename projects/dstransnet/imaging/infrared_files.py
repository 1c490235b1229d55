"""Reading of infrared frames with all the bits that their files hold.

Reads PNG and TIFF of 8 and 16 bits, TIFF of 32-bit floats or integers, NPY,
JPEG, BMP, GIF, WebP and raw frames. Values are those of the file: nothing is
scaled, cut to 8 bits or turned by an orientation tag. Colour files of 8 bits
become grey by the luma of ITU-R BT.601, (299 R + 587 G + 114 B) / 1000, as in
Pillow; equal channels keep their value. An alpha channel is dropped.
"""
from __future__ import annotations

import dataclasses
import io
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np
from mmengine import fileio
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from ..utils.errors import InputError
from .orientation import as_stored

NPY_MAGIC = b'\x93NUMPY'
_FORMATS = ('PNG', 'TIFF', 'JPEG', 'BMP', 'GIF', 'WEBP')
_RAW_TYPES = ('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32',
              'float32', 'float64')
# Of TIFF, by the names that the standard gives them.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_WHITE_IS_ZERO = 0
_FOREIGN = b'MM' if sys.byteorder == 'little' else b'II'
_UNSIGNED, _SIGNED = 1, 2


def _check_integer(name: str, value: Any, least: int) -> None:
    if type(value) is not int or value < least:
        raise InputError(f'{name}: expected an integer of {least} or more, '
                         f'got {value!r}')


def check_page(page: int | None, raw: Any = None) -> None:
    """Raise InputError unless ``page`` is None, or an integer and no raw."""
    if page is not None:
        _check_integer('page', page, 0)
        if raw is not None:
            raise InputError('page: raw files have frames; state frame in raw')


@dataclasses.dataclass(frozen=True)
class RawFormat:
    """Format of a file of bare pixels, stored row by row.

    Args:
        shape (Sequence[int]): Height and width in pixels.
        dtype (str): 'uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32',
            'float32' or 'float64'. Defaults to 'uint16'.
        byteorder (str): 'little' or 'big'. Defaults to 'little'.
        offset (int): Bytes in front of the first frame. Defaults to 0.
        frame (int, optional): Which frame of a file that holds several, from
            0. Defaults to None: the file must hold exactly one.
        trailer (int, optional): Bytes behind the last frame. Defaults to
            None: none in a file without a header; behind a header, any number
            short of a second frame is taken as the trailer, with a warning.

    Raises:
        InputError: If an argument is none of these.
    """
    shape: Sequence[int]
    dtype: str = 'uint16'
    byteorder: str = 'little'
    offset: int = 0
    frame: int | None = None
    trailer: int | None = None

    def __post_init__(self) -> None:
        shape = self.shape
        if (not isinstance(shape, (tuple, list)) or len(shape) != 2
                or any(type(side) is not int or side < 1 for side in shape)):
            raise InputError('raw: shape: expected height and width in '
                             f'pixels, got {shape!r}')
        for name, choices in (('dtype', _RAW_TYPES),
                              ('byteorder', ('little', 'big'))):
            value = getattr(self, name)
            if value not in choices:
                raise InputError(f'raw: {name}: expected one of '
                                 f'{", ".join(choices)}, got {value!r}')
        _check_integer('raw: offset', self.offset, 0)
        for name in ('frame', 'trailer'):
            if getattr(self, name) is not None:
                _check_integer(f'raw: {name}', getattr(self, name), 0)

    @classmethod
    def from_settings(
            cls, settings: RawFormat | Mapping[str, Any]) -> RawFormat:
        """Return the format of a dict of arguments, as in a config.

        Raises:
            InputError: If there is no shape, or an argument is unknown.
        """
        if isinstance(settings, RawFormat):
            return settings
        names = [field.name for field in dataclasses.fields(cls)]
        if (not isinstance(settings, Mapping) or 'shape' not in settings
                or set(settings) - set(names)):
            raise InputError(f'raw: expected a dict of {", ".join(names)}, '
                             f'the first of which is needed, got {settings}')
        return cls(**settings)

    def decode(self, data: bytes) -> np.ndarray:
        """Return the frame in a file's bytes.

        Args:
            data (bytes): The whole file.

        Returns:
            np.ndarray: Shape (H, W), in the file's byte order.

        Raises:
            InputError: If the size of the file does not fit.
        """
        height, width = self.shape
        dtype = np.dtype(self.dtype).newbyteorder(
            '<' if self.byteorder == 'little' else '>')
        size = height * width * dtype.itemsize
        around = self.offset + (self.trailer or 0)
        count, rest = divmod(len(data) - around, size)
        frame = f'{size} bytes for {height} x {width} pixels of {self.dtype}'
        around_it = f'after {self.offset} bytes'
        if self.trailer:
            around_it += f' and before {self.trailer}'
        got = f'({frame}, {around_it}), got {len(data)} bytes'
        if (self.frame is None and count == 1 and rest and self.offset
                and self.trailer is None):
            warnings.warn(
                f'{rest} bytes behind the raw frame are taken as a trailer; '
                f'if that is right, state trailer={rest} in raw',
                stacklevel=2)
        elif self.frame is None and (count != 1 or rest):
            note = ''
            if count > 1 and not rest:
                note = f'; state frame, as these are {count} frames'
            elif count == 1 and self.trailer is None:
                note = f'; state trailer={rest} if these follow the frame'
            raise InputError(
                f'expected a raw file of {around + size} bytes {got}{note}')
        elif count < 1 or rest:
            raise InputError(f'expected a raw file of whole frames {got}')
        number = self.frame or 0
        if number >= count:
            raise InputError(f'no frame {number}: the raw file holds '
                             f'{count}, counted from 0')
        return np.frombuffer(
            data, dtype, height * width,
            self.offset + number * size).reshape(height, width)


class NpyLayout(NamedTuple):
    """Header of an NPY file.

    Attributes:
        shape (tuple[int, int]): Height and width in pixels.
        dtype (np.dtype): Type of a value.
        order (str): 'C' for row by row, 'F' for column by column.
        offset (int): Bytes in front of the first value.
    """
    shape: tuple[int, int]
    dtype: np.dtype
    order: Literal['C', 'F']
    offset: int


def npy_layout(file: BinaryIO, size: int) -> NpyLayout:
    """Read the header of an NPY file without its values.

    Args:
        file (BinaryIO): The file, at its start.
        size (int): Bytes that the file has.

    Raises:
        InputError: If it is not the header of an image, or the file has
            another size.
    """
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        version = np.lib.format.read_magic(file)
        shape, fortran, dtype = readers[version](file)
    # NumPy parses the header as Python code and raises errors of any type.
    except Exception as error:
        raise InputError(f'not a readable NPY file ({error})') from error
    if (len(shape) not in (2, 3) or shape[2:] not in ((), (1, ))
            or min(shape) < 1):
        raise InputError('expected an NPY file of shape (H, W) or (H, W, 1), '
                         f'got {shape}')
    if dtype.kind not in 'iuf':
        raise InputError('expected an NPY file of integers or floats, got '
                         f'{dtype}')
    height, width = shape[:2]
    offset = file.tell()
    expected = offset + height * width * dtype.itemsize
    if size != expected:
        raise InputError(f'expected an NPY file of {expected} bytes for '
                         f'{height} x {width} pixels of {dtype}, got {size} '
                         'bytes')
    return NpyLayout((height, width), dtype, 'F' if fortran else 'C', offset)


def _decode_npy(data: bytes) -> np.ndarray:
    """Read an NPY file of one image; objects are refused by their type."""
    layout = npy_layout(io.BytesIO(data), len(data))
    values = np.frombuffer(data, layout.dtype, offset=layout.offset)
    return values.reshape(layout.shape, order=layout.order)


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
            pixels = _decode_npy(data)
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
