"""Search for the checkpoint to resume a run from."""
from __future__ import annotations

import errno
import os
import os.path as osp
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from mmengine.dist import all_gather_object

from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError
from ..utils.memory import is_out_of_memory
from .reading import read_checkpoint

POINTER = 'last_checkpoint'
# Keys that mmengine needs to resume.
_NEEDED = ('meta', 'state_dict', 'message_hub')
_COUNTED = ('epoch', 'iter')
# Errors of zipfile on damaged archives.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError,
            OSError, RuntimeError)  # the last is NotImplementedError, too
_NUMBERED = re.compile(r'(?!best_).*[_-](\d+)\.pth')


def write_pointer(work_dir: str, checkpoint: str) -> None:
    """Write the newest checkpoint of a run to ``WORK_DIR/last_checkpoint``.

    Args:
        checkpoint (str): Path of the checkpoint. One below ``work_dir`` is
            written relative to it, so that the folder can be moved.
    """
    if '://' not in checkpoint:
        relative = osp.relpath(checkpoint, work_dir)
        outside = relative.split(os.sep)[0] == os.pardir
        checkpoint = osp.abspath(checkpoint) if outside else relative
    AtomicLocalBackend().put_text(checkpoint, osp.join(work_dir, POINTER))


def read_pointer(work_dir: str) -> str | None:
    """Return the checkpoint that ``WORK_DIR/last_checkpoint`` names.

    mmengine writes absolute paths, and the work folder may be a copy or have
    moved. If the path does not exist, or is in another work folder (with a
    ``last_checkpoint``), a file of that name in this folder comes first.

    Returns:
        str or None: Path of the checkpoint, or None if the file is missing,
        empty or names no existing path.
    """
    try:
        written = Path(work_dir, POINTER).read_text(errors='replace').strip()
    except (FileNotFoundError, IsADirectoryError):
        return None
    if '://' in written:
        return written
    name = re.split(r'[\\/]', written)[-1]
    if name in ('', os.curdir, os.pardir):
        return None
    paths = [osp.join(work_dir, written), osp.join(work_dir, name)]
    # Otherwise it is a folder for checkpoints alone: CheckpointHook's out_dir.
    if osp.isabs(written) and osp.exists(
            osp.join(osp.dirname(written), POINTER)):
        paths.reverse()
    # Folders are checkpoints of sharded training.
    return next(filter(osp.exists, paths), None)


def find_checkpoint(work_dir: str, warn: Callable[[str],
                                                   object]) -> str | None:
    """Return the newest readable checkpoint of a run.

    It may be newer than the one that ``last_checkpoint`` names.

    Args:
        warn (Callable): Called with a message about each newer one that
            cannot be read, or is damaged.

    Returns:
        str or None: Its path, or None if the run has saved nothing yet.

    Raises:
        InputError: If there are checkpoints, but none that can be read.
        OSError: If the newest may not be read, or is whole, but memory does
            not suffice for it.
    """
    candidates = newest_first(work_dir)
    for path in candidates:
        if '://' in path or osp.isdir(path):  # left to the framework
            return path
        try:
            _check_resumable(path)
        except InputError as error:
            warn(f'{path} cannot be resumed from, trying the one before: '
                 f'{error}')
        else:
            return path
    if candidates:
        raise InputError(
            f'--resume: none of the {len(candidates)} checkpoints in '
            f'{work_dir} can be resumed from (newest: {candidates[0]}); move '
            'them away to start from scratch')
    return None


def check_same_checkpoint(path: str | None) -> None:
    """Raise an error unless all processes resume from the same checkpoint.

    Machines with separate work folders would otherwise start from scratch
    while the first one resumes. Waits for all processes.

    Args:
        path (str, optional): Result of :func:`find_checkpoint`.

    Raises:
        InputError: If another process has found something else.
    """
    found = list(dict.fromkeys(all_gather_object(path)))
    if len(found) > 1:
        raise InputError(
            '--resume: the processes have found different checkpoints: '
            f'{", ".join(map(str, found))}; all machines need the same work '
            'folder')


def newest_first(work_dir: str) -> list[str]:
    """Order checkpoints by ``last_checkpoint`` and time of writing.

    An older run in the same folder may have left higher numbers, so only
    files written after the one in ``last_checkpoint`` can be newer.

    Returns:
        list[str]: Paths; the files may be damaged.
    """
    pointer = read_pointer(work_dir)
    if pointer is not None and '://' in pointer:
        return [pointer]
    folder = work_dir if pointer is None else osp.dirname(pointer)
    numbers = {entry.path: int(match[1])
               for entry in (os.scandir(folder) if osp.isdir(folder) else ())
               if (match := _NUMBERED.fullmatch(entry.name))}
    # A link to nothing has a time of its own.
    age = {path: (os.stat(path, follow_symlinks=osp.exists(path)).st_mtime,
                  number) for path, number in numbers.items()}
    ordered = sorted(age, key=age.__getitem__, reverse=True)
    if pointer is None:
        return ordered
    newer = [
        path for path in ordered if pointer in age
        and numbers[path] > numbers[pointer] and age[path] > age[pointer]
    ]
    older = [path for path in ordered if path not in (pointer, *newer)]
    return [*newer, pointer, *older]


def _check_resumable(path: str) -> None:
    """Raise InputError unless a file is a complete training checkpoint."""
    try:
        checkpoint = read_checkpoint(path, map_location='cpu')
    except PermissionError:  # no reason to take an older one
        raise
    except OSError as error:  # of the disk
        raise InputError(f'checkpoint: {path}: {error}') from error
    except InputError as error:
        if is_out_of_memory(error.__cause__) and _is_whole(path):
            # The file is whole, and an older one is no smaller.
            raise OSError(errno.ENOMEM, 'not enough memory to read this '
                          'checkpoint', path) from error
        raise
    _check_checksums(path)
    missing = [key for key in _NEEDED if key not in checkpoint]
    if missing:
        raise InputError(f'checkpoint: {path} lacks {", ".join(missing)}')
    meta = checkpoint['meta']
    if not isinstance(meta, dict) or not all(
            type(meta.get(key)) is int for key in _COUNTED):
        raise InputError(f'checkpoint: {path} does not say in meta how far '
                         f'training was ({" and ".join(_COUNTED)})')


def _is_whole(path: str) -> bool:
    """Return whether a file is a zip archive with the right checksums."""
    try:
        _check_checksums(path)
    except InputError:
        return False
    return zipfile.is_zipfile(path)


def _check_checksums(path: str) -> None:
    """Raise InputError if a tensor differs from its checksum in the file."""
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as file:
            damaged = file.testzip()
    except _DAMAGED as error:
        raise InputError(f'checkpoint: {path} is damaged: {error}') from error
    if damaged is not None:
        raise InputError(f'checkpoint: {path} is damaged: {damaged} does not '
                         'have its checksum')
