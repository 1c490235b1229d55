"""What a measurement depends on besides its settings."""
from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path

import torch

from ..engine import provenance

_OPTIONAL = ('torchvision', 'numba', 'openvino', 'triton')
"""Packages that compute where they are installed."""


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


def versions() -> dict[str, str | None]:
    """Return the versions of what does the work; None for what is not there.
    """
    cudnn = torch.backends.cudnn.version() if torch.cuda.is_available() \
        else None
    return dict(
        provenance.versions(),
        system=platform.platform(),
        cuda=torch.version.cuda,
        cudnn=None if cudnn is None else str(cudnn),
        **{name: _version(name) for name in _OPTIONAL})


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
