"""Optimiser wrapper settings for a precision."""
from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ...utils.errors import InputError

_WRAPPERS = ('OptimWrapper', 'AmpOptimWrapper', 'AutocastOptimWrapper')
_OF_MIXED_PRECISION = ('dtype', 'loss_scale', 'use_fsdp')


def in_precision(settings: Mapping[str, Any],
                 kind: str | None) -> dict[str, Any]:
    """Return an optimiser wrapper's settings for another precision.

    Args:
        settings (Mapping): ``optim_wrapper`` of a config.
        kind (str, optional): ``'bf16'``, ``'fp16'`` (with a dynamic loss
            scale, unless the settings have one) or None for float32.

    Returns:
        dict: A changed copy of the settings.

    Raises:
        InputError: If the precision is mixed, and the wrapper is neither one
            of mmengine nor of this project.
    """
    found = copy.deepcopy(dict(settings))
    configured = found.get('type', 'OptimWrapper')
    if configured not in _WRAPPERS:
        if kind is None:
            return found
        raise InputError('--amp needs optim_wrapper.type=OptimWrapper in the '
                         f'config, got {configured}')
    if kind == 'fp16':
        found.update(type='AmpOptimWrapper', dtype='float16')
        found.setdefault('loss_scale', 'dynamic')
        return found
    for key in _OF_MIXED_PRECISION:
        found.pop(key, None)
    found['type'] = 'OptimWrapper' if kind is None else 'AutocastOptimWrapper'
    return found
