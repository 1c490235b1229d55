"""Atomic writes of local files."""
from __future__ import annotations

import contextlib
import errno
import glob
import os
import os.path as osp
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

_SUFFIX = '.partial'
# Errors of file systems that cannot synchronise a folder.
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@register_backend('atomic_local')
class AtomicLocalBackend(LocalBackend):
    """mmengine's local file backend with atomic writes.

    :meth:`put` and :meth:`put_text` write a hidden file in the same folder,
    flush it to the disk and rename it. Readers find the old content or the
    new, after a crash too. Select it by
    ``backend_args=dict(backend='atomic_local')``. Everything else is as in
    :class:`mmengine.fileio.LocalBackend`.

    Args:
        flush (bool): Whether to wait until the disk has the file. It matters
            after a failure of the system only and costs time. Defaults to
            True.
    """

    def __init__(self, flush: bool = True) -> None:
        self.flush = flush

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file and create its folder.

        Raises:
            OSError: If it cannot be written. The message names ``filepath``,
                whose content has not changed.
        """
        folder, name = osp.split(osp.abspath(filepath))
        partial = osp.join(folder, f'.{name}.{os.getpid()}{_SUFFIX}')
        try:
            os.makedirs(folder, exist_ok=True)
            _write(partial, obj, self.flush)
            os.replace(partial, filepath)
            if self.flush:
                _flush_folder(folder)
        # An interrupt should leave no file behind either.
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(partial)
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror,
                              str(filepath)) from error
            raise

    def put_text(self, obj: str, filepath: str | Path,
                 encoding: str = 'utf-8') -> None:
        """Write text to a file, as :meth:`put` does.

        Args:
            encoding (str): Encoding of the file. Defaults to ``'utf-8'``.
        """
        self.put(obj.encode(encoding), filepath)


def remove_partial_files(folder: str | Path) -> list[str]:
    """Remove unfinished files of killed processes from a folder.

    Args:
        folder (str or Path): The folder. No process may be writing to it.

    Returns:
        list[str]: Paths of the removed files.
    """
    pattern = osp.join(glob.escape(str(folder)), f'.*.*{_SUFFIX}')
    paths = [path for path in glob.glob(pattern)
             if osp.basename(path).split('.')[-2].isdigit()]
    for path in paths:
        os.unlink(path)
    return paths


def _write(path: str, content: bytes, flush: bool) -> None:
    """Write a file; ``flush`` waits until the disk has it."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                   | getattr(os, 'O_BINARY', 0), 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest):]
        if flush:
            os.fsync(file)
    finally:
        os.close(file)


def _flush_folder(folder: str) -> None:
    """Wait until the disk has the entries of a folder."""
    if os.name == 'nt':
        return
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(file)
