"""Raw frames: files of bare pixels, whose shape and type have to be stated."""
from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..utils.errors import InputError

_RAW_TYPES = ('uint8', 'int8', 'uint16', 'int16', 'uint32', 'int32',
              'float32', 'float64')


def check_integer(name: str, value: Any, least: int) -> None:
    """Raise InputError unless a value is an integer of ``least`` or more."""
    if type(value) is not int or value < least:
        raise InputError(f'{name}: expected an integer of {least} or more, '
                         f'got {value!r}')


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
        check_integer('raw: offset', self.offset, 0)
        for name in ('frame', 'trailer'):
            if getattr(self, name) is not None:
                check_integer(f'raw: {name}', getattr(self, name), 0)

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
