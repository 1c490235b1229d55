"""NPY files of one image."""
from __future__ import annotations

import io
from typing import BinaryIO, Literal, NamedTuple

import numpy as np

from ..utils.errors import InputError

NPY_MAGIC = b'\x93NUMPY'


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


def npy_layout(file: BinaryIO, size: int, mask: bool = False) -> NpyLayout:
    """Read the header of an NPY file without its values.

    Args:
        file (BinaryIO): The file, at its start.
        size (int): Bytes that the file has.
        mask (bool): Whether it is a mask, which may be of booleans. Defaults
            to False.

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
    if dtype.kind not in ('biuf' if mask else 'iuf'):
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


def decode_npy(data: bytes, mask: bool = False) -> np.ndarray:
    """Read an NPY file of one image; objects are refused by their type."""
    layout = npy_layout(io.BytesIO(data), len(data), mask)
    values = np.frombuffer(data, layout.dtype, offset=layout.offset)
    return values.reshape(layout.shape, order=layout.order)
