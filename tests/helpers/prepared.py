"""Files that run a command where they are unpickled."""
import functools
import io
import os
import pickle
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch


class Command:
    """Pickles to a call that makes a folder, the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.marker), )


def _pickle(value: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(value))


def _tar(value: object, path: Path) -> None:
    """Write a tar as of torch 0.1: pickles as its members."""
    with tarfile.open(path, 'w') as archive:
        for name, part in (('storages', 0), ('tensors', 0),
                           ('pickle', value)):
            data = pickle.dumps(part, protocol=2)
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


FORMATS: dict[str, Callable[[object, Path], None]] = {
    'zip': torch.save,
    'legacy': functools.partial(
        torch.save, _use_new_zipfile_serialization=False),
    'tar': _tar,
    'pickle': _pickle,
}


def write_checkpoint(path: Path, marker: Path, state: dict | None = None,
                     kind: str = 'zip') -> Path:
    """Write a checkpoint that holds a command beside its weights."""
    FORMATS[kind](
        dict(
            state_dict=state or {'weight': torch.zeros(2)},
            meta=dict(epoch=1, iter=3, note=Command(marker))), path)
    return path


def write_npy(path: Path, marker: Path) -> Path:
    """Write an array of one object, a command."""
    np.save(path, np.array([[Command(marker)]], object), allow_pickle=True)
    return path
