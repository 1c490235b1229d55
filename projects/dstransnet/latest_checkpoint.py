"""Which checkpoint of a work folder a run is continued from."""
from __future__ import annotations

import os
import os.path as osp
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from .checkpoint import read_checkpoint
from .errors import InputError
from .fileio import AtomicLocalBackend

POINTER = 'last_checkpoint'
# What mmengine needs of a checkpoint to continue from it.
_NEEDED = ('meta', 'state_dict', 'message_hub')
# What zipfile raises where what it reads before the content is damaged.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError,
            OSError, RuntimeError)  # the last is NotImplementedError, too
_NUMBERED = re.compile(r'(?!best_).*[_-](\d+)\.pth')


def write_pointer(work_dir: str, checkpoint: str) -> None:
    """Note the newest checkpoint of a run in ``WORK_DIR/last_checkpoint``.

    Args:
        work_dir (str): Work folder of the run.
        checkpoint (str): Path of the checkpoint. One below ``work_dir`` is
            noted relative to it, so that the folder can be moved.
    """
    if '://' not in checkpoint:
        relative = osp.relpath(checkpoint, work_dir)
        outside = relative.split(os.sep)[0] == os.pardir
        checkpoint = osp.abspath(checkpoint) if outside else relative
    AtomicLocalBackend().put_text(checkpoint, osp.join(work_dir, POINTER))


def read_pointer(work_dir: str) -> str | None:
    """Return the checkpoint that ``WORK_DIR/last_checkpoint`` names.

    mmengine writes absolute paths there. A file of that name in the work
    folder comes first, as the folder may be a copy, or have moved.

    Args:
        work_dir (str): Work folder of a run.

    Returns:
        str or None: Path of the checkpoint, or None if the file is missing,
        empty or names nothing that is there.
    """
    try:
        noted = Path(work_dir, POINTER).read_text(errors='replace').strip()
    except FileNotFoundError:
        return None
    if '://' in noted:
        return noted
    inside = osp.join(work_dir, re.split(r'[\\/]', noted)[-1])
    for path in (inside, osp.join(work_dir, noted)):
        # Folders are checkpoints of sharded training.
        if noted and osp.exists(path):
            return path
    return None


def find_checkpoint(work_dir: str, warn: Callable[[str],
                                                   object]) -> str | None:
    """Return the newest checkpoint of a run that can be read completely.

    A checkpoint that was completed after ``last_checkpoint`` was written
    counts, too.

    Args:
        work_dir (str): Work folder of a run.
        warn (Callable): Called with a message about each newer one that
            cannot be read, or is damaged.

    Returns:
        str or None: Its path, or None if the run has saved nothing yet.

    Raises:
        InputError: If there are checkpoints, but none that can be read.
    """
    candidates = _newest_first(work_dir)
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


def _newest_first(work_dir: str) -> list[str]:
    """Order checkpoints: by ``last_checkpoint`` and by time of writing.

    Files of an older run in the same folder may have higher numbers. Only
    what was written later than the checkpoint that the run has noted can be
    newer than that.
    """
    pointer = read_pointer(work_dir)
    if pointer is not None and '://' in pointer:
        return [pointer]
    folder = work_dir if pointer is None else osp.dirname(pointer)
    numbers = {
        entry.path: int(match[1])
        for entry in (os.scandir(folder) if osp.isdir(folder) else ())
        if (match := _NUMBERED.fullmatch(entry.name))
    }
    age = {path: (osp.getmtime(path), number)
           for path, number in numbers.items()}
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
    """Raise unless a file is a complete checkpoint of a training run.

    Raises:
        InputError: If it is not.
    """
    try:
        checkpoint = read_checkpoint(path, map_location='cpu')
    except PermissionError:  # nothing that an older one should stand in for
        raise
    except OSError as error:  # of the disk
        raise InputError(f'checkpoint: {path}: {error}') from error
    _check_checksums(path)
    missing = [key for key in _NEEDED if key not in checkpoint]
    if missing:
        raise InputError(f'checkpoint: {path} lacks {", ".join(missing)}')


def _check_checksums(path: str) -> None:
    """Raise if a tensor of a file does not have its checksum.

    torch stores them, but does not look at them.

    Raises:
        InputError: If that is so, or the list of the tensors is damaged.
    """
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
