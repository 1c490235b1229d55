"""Code revision, library versions and hardware of this process."""
from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

UNKNOWN = 'unknown'
_LIBRARIES = ('torch', 'mmengine', 'mmcv', 'mmseg', 'numpy', 'cv2')
_SOURCES = ('configs', 'projects', 'tools')
_OPTIONAL_LIBRARIES = ('torchvision', 'numba', 'openvino', 'triton')


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of git, or None if it fails or is missing."""
    try:
        done = subprocess.run(
            ['git', '-C', str(folder), *arguments],
            capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def git_state(file: str | Path) -> dict[str, Any]:
    """Return the revision of the repository that tracks a file.

    Returns:
        dict: ``revision`` (40 hex digits, or 'unknown' for an installed
        package) and ``dirty`` (whether a tracked file has changed, or there
        is a new one among code and configs; None if unknown).
    """
    path = Path(file).resolve()
    known = _git(path.parent, 'ls-files', '--error-unmatch', path.name)
    revision = known and _git(path.parent, 'rev-parse', 'HEAD')
    if not revision:
        return dict(revision=UNKNOWN, dirty=None)
    changes = _git(path.parent, 'status', '--porcelain',
                   '--untracked-files=no')
    new = _git(path.parent, 'ls-files', '--others', '--exclude-standard', '--',
               *(f':(top){folder}' for folder in _SOURCES))
    return dict(revision=revision,
                dirty=None if changes is None else bool(changes or new))


def versions() -> dict[str, str]:
    """Return the versions of Python and the computing libraries.

    Optional libraries are listed where they are installed.
    """
    found = dict(python=platform.python_version())
    for name in _LIBRARIES:
        module = importlib.import_module(name)
        found[name] = str(getattr(module, '__version__', UNKNOWN))
    for name in _OPTIONAL_LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def device_name(device: torch.device) -> str:
    """Return the name of a GPU, or of this machine's processor."""
    if device.type == 'cuda':
        return torch.cuda.get_device_name(device)
    try:
        lines = Path('/proc/cpuinfo').read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines
             if line.startswith('model name')]
    return names[0] if names else platform.processor() or platform.machine()


def hardware() -> dict[str, Any]:
    """Return the hardware and drivers that bit-exact results depend on."""
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
