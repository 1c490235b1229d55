"""The code and the machine that a program runs on."""
from __future__ import annotations

import importlib
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

UNKNOWN = 'unknown'
_LIBRARIES = ('torch', 'mmengine', 'mmcv', 'mmseg', 'numpy', 'cv2')


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints, None where it fails or is not there."""
    try:
        done = subprocess.run(
            ['git', '-C', str(folder), *arguments],
            capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def git_state(file: str | Path) -> dict[str, Any]:
    """Return the revision of the repository that keeps a file.

    Args:
        file (str | Path): A file of the project. One that merely lies inside
            of another repository, such as an installed package in a virtual
            environment, has no revision.

    Returns:
        dict: ``revision`` (40 hex digits, or 'unknown') and ``dirty``:
        whether a file that git knows was changed since; None if unknown.
    """
    path = Path(file).resolve()
    known = _git(path.parent, 'ls-files', '--error-unmatch', path.name)
    revision = known and _git(path.parent, 'rev-parse', 'HEAD')
    if not revision:
        return dict(revision=UNKNOWN, dirty=None)
    changes = _git(path.parent, 'status', '--porcelain',
                   '--untracked-files=no')
    return dict(
        revision=revision, dirty=None if changes is None else bool(changes))


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that compute."""
    found = dict(python=platform.python_version())
    for name in _LIBRARIES:
        module = importlib.import_module(name)
        found[name] = str(getattr(module, '__version__', UNKNOWN))
    return found


def hardware() -> dict[str, Any]:
    """Return what results to the bit depend on besides the versions."""
    found: dict[str, Any] = dict(
        machine=platform.machine(),
        cpu=torch.backends.cpu.get_cpu_capability(),
        cores=os.cpu_count(),
        threads=torch.get_num_threads())
    if torch.cuda.is_available():
        found['gpu'] = torch.cuda.get_device_name()
        found['cuda'] = torch.version.cuda
        found['cudnn'] = torch.backends.cudnn.version()
    return found
