"""Safe unpickling of NumPy arrays and mmengine objects in checkpoints.

torch's reader for data (``weights_only=True``) calls allowed functions with
any arguments in a file. NumPy's own functions are not safe for that: a forged
dtype state can hide that an array holds objects, and the array then takes
bytes of the file for memory addresses. This module replaces them by stand-ins
that accept numbers and text only.
"""
from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from mmengine.logging.history_buffer import HistoryBuffer

# Booleans, integers, floats, complex numbers, text: no addresses of objects.
_KINDS = 'biufcSU'


def _history_statistic(owner: type, name: str) -> Any:
    """Stand in for ``getattr``, which HistoryBuffer's pickles call."""
    if owner is not HistoryBuffer or name not in HistoryBuffer.__dict__ \
            or name.startswith('_'):
        raise pickle.UnpicklingError(
            f'attribute {name!r} of {owner!r} is not plain data')
    return getattr(owner, name)


class _DType:
    """Stand in for ``numpy.dtype``: type and byte order, nothing else."""

    def __init__(self, code: Any, *_: Any) -> None:
        dtype = np.dtype(code) if isinstance(code, str) else None
        if dtype is None or dtype.kind not in _KINDS:
            raise pickle.UnpicklingError(
                f'values of type {code!r} are not plain data')
        self.dtype: np.dtype = dtype

    def __setstate__(self, state: Any) -> None:
        order = state[1]
        if order not in ('<', '>', '=', '|'):
            raise pickle.UnpicklingError(f'no byte order: {order!r}')
        self.dtype = self.dtype.newbyteorder(order)


def _plain(dtype: Any, data: Any) -> np.dtype:
    if type(dtype) is not _DType or type(data) is not bytes:
        raise pickle.UnpicklingError('an array is not of plain data')
    return dtype.dtype


class _Array(np.ndarray):
    """Array of a file. It is pickled, and computed with, as any array."""

    __array_priority__ = -1.

    def __new__(cls, *_: Any) -> _Array:
        return super().__new__(cls, (0, ), np.uint8)

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        checked: Any = (1, shape, _plain(dtype, data), bool(fortran), data)
        super().__setstate__(checked)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.view(np.ndarray).__reduce_ex__(protocol)


def _array_type(*_: Any) -> None:
    """Stand in for ``numpy.ndarray``, which files pass to constructors."""


def _no_bytes() -> bytes:
    """Stand in for ``bytes``, as which an empty array's are pickled."""
    return b''


def _scalar(dtype: Any, data: Any) -> Any:
    """Stand in for the function that NumPy's numbers are pickled as."""
    return np.frombuffer(data, _plain(dtype, data), 1)[0]


def safe_globals() -> list[Any]:
    """Return the functions that mmengine's checkpoints may call.

    Files of NumPy 1 and 2 alike: their modules are named differently.

    Returns:
        list: Arguments of :func:`torch.serialization.safe_globals`.
    """
    numpy = [(function, f'numpy.{core}.multiarray.{name}')
             for core in ('core', '_core')
             for name, function in (('_reconstruct', _Array),
                                    ('scalar', _scalar))]
    return [*numpy, _Array, _DType, (_DType, 'numpy.dtype'),
            (_array_type, 'numpy.ndarray'), (_no_bytes, 'builtins.bytes'),
            HistoryBuffer, (_history_statistic, 'builtins.getattr')]
