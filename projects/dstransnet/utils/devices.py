"""Checks of device names."""
from __future__ import annotations

from collections.abc import Sequence

import torch

from .errors import InputError


def check_device(name: str,
                 kinds: Sequence[str] | None = None) -> torch.device:
    """Return the device of a name after checking that it works here.

    Args:
        name (str): What ``--device`` was given, such as ``'cuda:1'``.
        kinds (Sequence[str], optional): Accepted types of devices. Defaults
            to None, every type that can compute.

    Raises:
        InputError: If there is no such device, or its type is not accepted.

    Examples:
        >>> check_device('cpu')
        device(type='cpu')
    """
    expected = '--device: expected cpu, cuda or cuda:N'
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f'{expected}, got {name!r}') from error
    if kinds is not None and device.type not in kinds:
        raise InputError(f'{expected}, got {name}')
    if device.type == 'cuda':
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise InputError(f'--device: there is no {name}; PyTorch sees '
                             f'{count} CUDA devices on this machine')
        return device
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, ImportError) as error:
        # The type of the error depends on how PyTorch was built.
        raise InputError(f'{expected}; PyTorch cannot compute on {name} '
                         'here') from error
    return device
