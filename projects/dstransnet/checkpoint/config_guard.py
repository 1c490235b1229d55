"""Configs inside of checkpoints: programs, which are not run.

Training writes its config into the checkpoint as text, and mmengine's
inferencers run that text where they are given weights alone. Importing this
module makes them ask for the config instead.
"""
from __future__ import annotations

import functools
import os.path as osp
from collections.abc import Callable
from typing import Any

from mmengine.infer import BaseInferencer

from ..utils.errors import InputError
from .trust import is_trusted


def _with_config(init_model: Callable) -> Callable:
    """Return ``BaseInferencer._init_model`` that runs no config of a file."""

    @functools.wraps(init_model)
    def guarded(self: BaseInferencer, cfg: Any, weights: str | None,
                *args: Any, **kwargs: Any) -> Any:
        if not cfg and weights is not None:
            path = osp.expanduser(weights)
            if not osp.isfile(path) or not is_trusted(path):
                raise InputError(
                    f'checkpoint: {weights}: expected a config (model=...) '
                    'beside the weights; the one inside of them is a program '
                    'and is not run')
        return init_model(self, cfg, weights, *args, **kwargs)

    return guarded


BaseInferencer._init_model = _with_config(BaseInferencer._init_model)
