"""Checkpoint files that the user allows to run code."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator

from ..utils.errors import InputError

FileIdentity = tuple[int, ...]
"""Identity of a file; a replaced or rewritten file has another one."""

_trusted: list[FileIdentity] = []


def _identity(path: str) -> FileIdentity:
    found = os.stat(path)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def is_trusted(path: str) -> bool:
    """Return whether a file is trusted, by any of its names."""
    return bool(_trusted) and _identity(path) in _trusted


@contextlib.contextmanager
def trusting(path: str | None) -> Iterator[None]:
    """Trust one file for a while.

    Reading objects beside plain data runs code that the file chooses. Use it
    only for old files of known origin.

    Args:
        path (str, optional): A checkpoint file; None trusts no file.

    Yields:
        None: While the file in its current state is trusted.

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
    """Return the files trusted now, for :func:`trusting_files`."""
    return list(_trusted)


@contextlib.contextmanager
def trusting_files(files: Iterable[FileIdentity]) -> Iterator[None]:
    """Trust the files that the parent process trusts.

    Args:
        files (Iterable): Result of :func:`trusted_files` in the parent.

    Yields:
        None: While the files are trusted.
    """
    identities = list(files)
    _trusted.extend(identities)
    try:
        yield
    finally:
        for identity in identities:
            _trusted.remove(identity)
