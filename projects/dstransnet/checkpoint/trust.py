"""Files that a user trusts to run code while they are read."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from ..utils.errors import InputError

FileIdentity = tuple[int, ...]
"""What tells a file from one that is put in its place or written anew."""

_trusted: list[FileIdentity] = []


def _identity(path: str) -> FileIdentity:
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
    with trusting_files([_identity(path)]):
        yield


def trusted_files() -> list[FileIdentity]:
    """Return the files that are trusted now, to tell another process."""
    return list(_trusted)


@contextlib.contextmanager
def trusting_files(files: Iterable[FileIdentity]) -> Iterator[None]:
    """Trust the files that the process trusts which has started this one.

    Args:
        files (Iterable): What :func:`trusted_files` returned there.

    Yields:
        None: While the files, as they were there, are trusted.
    """
    identities = list(files)
    _trusted.extend(identities)
    try:
        yield
    finally:
        for identity in identities:
            _trusted.remove(identity)
