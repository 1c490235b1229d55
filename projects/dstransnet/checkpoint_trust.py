"""Files that a user trusts to run code while they are read."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from .errors import InputError

# A file that is exchanged or written anew is another file.
_Identity = tuple[int, ...]
_trusted: list[_Identity] = []


def _identity(path: str) -> _Identity:
    found = os.stat(path)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def is_trusted(path: str) -> bool:
    """Return whether a file is trusted, under whatever name it goes."""
    return bool(_trusted) and _identity(path) in _trusted


@contextlib.contextmanager
def trusting(path: str | None) -> Iterator[None]:
    """Trust one file for a while; all others are read as data as ever.

    Reading an object that is no plain data runs code which the file chooses.
    That is for old files alone whose origin is known.

    Args:
        path (str, optional): A checkpoint file. None trusts nothing.

    Yields:
        None: While the file, as it is now, is trusted.

    Raises:
        InputError: If there is no such file.
    """
    if path is None:
        yield
        return
    path = os.path.expanduser(path)
    if not os.path.isfile(path):
        raise InputError(f'--trust-checkpoint: no file {path}')
    identity = _identity(path)
    _trusted.append(identity)
    try:
        yield
    finally:
        _trusted.remove(identity)
