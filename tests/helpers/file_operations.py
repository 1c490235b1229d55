"""Counting what a process does to files, to kill it, or to fail, in between.

The faults are put in from outside; the package knows nothing of them.
"""
import builtins
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

_KINDS = ('open', 'write', 'fsync', 'close', 'replace', 'remove')


def kill_this_process() -> None:
    """Die without any clean-up."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class FileOperations:
    """Numbers the operations that change the files directly in a folder.

    Files in sub folders, where logs are, do not count. Of a file that is
    opened by ``open``, as mmengine's own backend does, the truncation counts.

    Args:
        folder (Path): The folder.
        fault_at (int, optional): Number of the operation to be cut off: of a
            write half of the bytes are written, a file to be truncated is
            truncated, anything else is not done. Defaults to None.
        fault (Callable): What happens then. Defaults to SIGKILL.
    """

    def __init__(self, folder: Path, fault_at: int | None = None,
                 fault: Callable[[], None] = kill_this_process) -> None:
        self.folder = os.path.abspath(folder)
        self.fault_at = fault_at
        self.fault = fault
        self.done: list[tuple[str, str]] = []
        self._names: dict[int, str] = {}
        self._real = {kind: getattr(os, kind) for kind in _KINDS}
        self._real_open = builtins.open

    @contextlib.contextmanager
    def watched(self):
        """Put the stand-ins into ``os`` and ``builtins``."""
        with contextlib.ExitStack() as stack:
            for kind in _KINDS:
                stack.enter_context(
                    mock.patch.object(os, kind, getattr(self, kind)))
            stack.enter_context(mock.patch.object(os, 'unlink', self.remove))
            stack.enter_context(
                mock.patch.object(builtins, 'open', self.builtin_open))
            yield self

    def _inside(self, path: object) -> str | None:
        """Return the name of a file of the folder, None for another one."""
        if not isinstance(path, (str, os.PathLike)):
            return None
        path = os.path.abspath(path)
        if path == self.folder:
            return '.'
        folder, name = os.path.split(path)
        return name if folder == self.folder else None

    def _count(self, kind: str, name: str,
               half: Callable[[], object] = lambda: None) -> None:
        self.done.append((kind, name))
        if len(self.done) - 1 == self.fault_at:
            half()
            self.fault()

    def open(self, path, flags, *arguments, **options):
        name = self._inside(path)
        if name is not None:
            self._count('open', name)
        file = self._real['open'](path, flags, *arguments, **options)
        if name is not None:
            self._names[file] = name
        return file

    def write(self, file, content):
        if file in self._names:
            self._count(
                'write', self._names[file],
                lambda: self._real['write'](file, content[:len(content) // 2]))
        return self._real['write'](file, content)

    def fsync(self, file):
        if file in self._names:
            self._count('fsync', self._names[file])
        return self._real['fsync'](file)

    def close(self, file):
        if file in self._names:
            self._count('close', self._names.pop(file))
        return self._real['close'](file)

    def replace(self, source, target):
        if self._inside(target) is not None:
            self._count('replace', self._inside(target))
        return self._real['replace'](source, target)

    def remove(self, path, **options):
        if self._inside(path) is not None:
            self._count('remove', self._inside(path))
        return self._real['remove'](path, **options)

    def builtin_open(self, path, mode='r', *arguments, **options):
        name = self._inside(path)
        if name is not None and 'w' in mode:
            self._count('truncate', name,
                        lambda: self._real_open(path, 'w').close())
        return self._real_open(path, mode, *arguments, **options)
