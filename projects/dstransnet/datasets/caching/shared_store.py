"""Values in memory that several processes share."""
from __future__ import annotations

import mmap
import os
import pickle
import struct
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import context, reduction
from typing import Any

import numpy as np

from ...utils.errors import InputError

with suppress(ImportError):  # Windows
    import fcntl

_PAGE = mmap.ALLOCATIONGRANULARITY
_USED, _FULL = 0, 1  # words of the header, in front of those of the slots
_HEADER = 2


def _open_unnamed() -> int:
    """Return the descriptor of a file that has no name, in RAM on Linux."""
    if hasattr(os, 'memfd_create'):
        return os.memfd_create('dstransnet_samples')
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _pack(value: Any) -> list[bytes | memoryview]:
    """Pickle a value; arrays follow as they lie in memory, uncopied."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    parts: list[bytes | memoryview] = [head,
                                       *(buffer.raw() for buffer in buffers)]
    sizes = struct.pack(f'{len(parts) + 1}q', len(parts), *map(len, parts))
    return [sizes, *parts]


def _unpack(record: memoryview) -> Any:
    """Return the value of a record, its arrays copied."""
    count, = struct.unpack_from('q', record)
    sizes = struct.unpack_from(f'{count}q', record, 8)
    start, parts = 8 * (count + 1), []
    for size in sizes:
        parts.append(record[start:start + size])
        start += size
    return pickle.loads(parts[0], buffers=map(bytearray, parts[1:]))


class SharedStore:
    """Numbered values, written once by whichever process has them first.

    It is a mapped file without a name, in RAM on Linux: memory is taken when
    values come, and is free again when the last process has ended, however
    it ended. Processes that are forked or spawned from this one, by
    multiprocessing, see the same values; a deep copy in this process is the
    store itself. A pickle that leaves the process otherwise makes an empty
    store of the same size.

    Args:
        slots (int): How many values there may be.
        capacity (int): Most bytes that they may take in all.

    Raises:
        InputError: On systems without POSIX locks (Windows).
    """

    def __init__(self, slots: int, capacity: int) -> None:
        if os.name != 'posix':
            raise InputError(
                "cache='ram' needs Linux or macOS; leave it out here")
        self.slots, self.capacity = slots, capacity
        table = 8 * (_HEADER + 2 * slots)
        fd = _open_unnamed()
        os.ftruncate(fd, -(-(table + capacity) // _PAGE) * _PAGE)
        self._map(fd)

    def _map(self, fd: int) -> None:
        self._fd = fd
        weakref.finalize(self, os.close, fd)
        self._bytes = memoryview(mmap.mmap(fd, 0))
        # Where a value starts and how long it is; 0: not there.
        words = np.frombuffer(self._bytes, np.int64, _HEADER + 2 * self.slots)
        self._header, self._table = words[:_HEADER], words[_HEADER:].reshape(
            -1, 2)
        self._start = words.nbytes

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Such a lock is gone with the process that holds it.
        fcntl.lockf(self._fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.lockf(self._fd, fcntl.LOCK_UN)

    @property
    def nbytes(self) -> int:
        """Bytes that the values take now."""
        return int(self._header[_USED])

    def __len__(self) -> int:
        return int(np.count_nonzero(self._table[:, 1]))

    def get(self, slot: int) -> Any:
        """Return a value, or None where there is none yet.

        Its arrays are copies, which the caller may change.
        """
        start, size = self._table[slot].tolist()
        return _unpack(self._bytes[start:start + size]) if size else None

    def put(self, slot: int, value: Any) -> bool:
        """Keep a value that can be pickled, unless there is one already.

        Args:
            slot (int): Its number.
            value (Any): Dicts, arrays and the like, not None.

        Returns:
            bool: False for the first value, of all processes, that found no
            room; True otherwise.
        """
        parts = _pack(value)
        size = sum(map(len, parts))
        with self._locked():
            if self._table[slot, 0]:
                return True
            if self.nbytes + size > self.capacity:
                first = not self._header[_FULL]
                self._header[_FULL] = 1
                return not first
            start = self._start + self.nbytes
            self._header[_USED] += size
            self._table[slot, 0] = start
        self._write(start, parts)
        # Last, as others read it from now on.
        self._table[slot, 1] = size
        return True

    def _write(self, start: int, parts: Sequence[bytes | memoryview]) -> None:
        for part in parts:
            self._bytes[start:start + len(part)] = part
            start += len(part)

    def __deepcopy__(self, memo: dict) -> SharedStore:
        return self

    def __reduce__(self) -> tuple:
        if context.get_spawning_popen() is None:
            return type(self), (self.slots, self.capacity)
        return _reopen, (type(self), self.slots, self.capacity,
                         reduction.DupFd(self._fd))


def _reopen(kind: type[SharedStore], slots: int, capacity: int,
            handle: Any) -> SharedStore:
    """Map the store of the process that started this one."""
    store = kind.__new__(kind)
    store.slots, store.capacity = slots, capacity
    store._map(handle.detach())
    return store
