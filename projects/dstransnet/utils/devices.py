"""Checks of device names."""
from __future__ import annotations

from collections.abc import Sequence

import torch

from .errors import InputError


def check_device(name: str,
                 kinds: Sequence[str] | None = None,
                 argument: str = '--device') -> torch.device:
    """Return the device of a name after checking that it works here.

    Args:
        name (str): Name of the device, such as ``'cuda:1'``.
        kinds (Sequence[str], optional): Accepted types of devices. Defaults
            to None, every type that can compute.
        argument (str): What was given the name, for the error. Defaults to
            ``'--device'``.

    Raises:
        InputError: If there is no such device, or its type is not accepted.

    Examples:
        >>> check_device('cpu')
        device(type='cpu')
    """
    expected = f'{argument}: expected cpu, cuda or cuda:N'
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise InputError(f'{expected}, got {name!r}') from error
    if kinds is not None and device.type not in kinds:
        raise InputError(f'{expected}, got {name}')
    if device.type == 'cuda':
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            raise InputError(f'{argument}: there is no {name}; PyTorch sees '
                             f'{count} CUDA devices on this machine')
        return device
    try:
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, ImportError) as error:
        # The type of the error depends on how PyTorch was built.
        raise InputError(f'{expected}; PyTorch cannot compute on {name} '
                         'here') from error
    return device
