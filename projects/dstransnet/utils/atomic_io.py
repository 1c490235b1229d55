"""Local files that are there completely, or as they were before."""
from __future__ import annotations

import contextlib
import errno
import glob
import os
import os.path as osp
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

_SUFFIX = '.partial'
# File systems that cannot synchronise a folder say so by one of these.
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@register_backend('atomic_local')
class AtomicLocalBackend(LocalBackend):
    """mmengine's local file backend, with writes that cannot be left half.

    :meth:`put` and :meth:`put_text` write a hidden file in the same folder,
    flush it to the disk and rename it, which replaces an older file in one
    step: whoever reads, after a crash too, finds the old content or the new.
    Select it by ``backend_args=dict(backend='atomic_local')``. Everything
    else is as in :class:`mmengine.fileio.LocalBackend`.

    Args:
        flush (bool): Whether to wait until the disk has a file, which only
            matters where the system fails; for what is cheap to lose then,
            and written often, it costs time. Defaults to True.
    """

    def __init__(self, flush: bool = True) -> None:
        self.flush = flush

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes to a file; make its folder if need be.

        Args:
            obj (bytes): The content.
            filepath (str or Path): The file.

        Raises:
            OSError: If it cannot be written; names ``filepath``, which is
                then as it was before.
        """
        folder, name = osp.split(osp.abspath(filepath))
        partial = osp.join(folder, f'.{name}.{os.getpid()}{_SUFFIX}')
        try:
            os.makedirs(folder, exist_ok=True)
            _write(partial, obj, self.flush)
            os.replace(partial, filepath)
            if self.flush:
                _flush_folder(folder)
        # An interrupt, too, should leave nothing behind.
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(partial)
            if isinstance(error, OSError):
                raise OSError(error.errno, error.strerror,
                              str(filepath)) from error
            raise

    def put_text(self,
                 obj: str,
                 filepath: str | Path,
                 encoding: str = 'utf-8') -> None:
        """Write text to a file, as :meth:`put` does.

        Args:
            obj (str): The content.
            filepath (str or Path): The file.
            encoding (str): Of the file. Defaults to ``'utf-8'``.
        """
        self.put(obj.encode(encoding), filepath)


def remove_partial_files(folder: str | Path) -> list[str]:
    """Remove what killed processes have left of writes to a folder.

    Args:
        folder (str or Path): The folder; nothing else may write to it now.

    Returns:
        list[str]: Paths of the files that were removed.
    """
    pattern = osp.join(glob.escape(str(folder)), f'.*.*{_SUFFIX}')
    paths = [path for path in glob.glob(pattern)
             if osp.basename(path).split('.')[-2].isdigit()]
    for path in paths:
        os.unlink(path)
    return paths


def _write(path: str, content: bytes, flush: bool) -> None:
    """Write a file, and wait until the disk has it if that is asked for."""
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
    """Wait until the disk has the names in a folder, where that exists."""
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
