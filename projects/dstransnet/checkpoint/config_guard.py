"""Protection from configs inside of checkpoints.

Training writes its config into the checkpoint as text. mmengine's inferencers
run that text as a program when they are given weights alone.
"""
from __future__ import annotations

import functools
import os.path as osp
from collections.abc import Callable
from typing import Any

from mmengine.infer import BaseInferencer

from ..utils.errors import InputError
from .trust import is_trusted


def require_config(init_model: Callable) -> Callable:
    """Wrap ``BaseInferencer._init_model`` to run no config of a checkpoint.

    Returns:
        Callable: The method, which raises an InputError where no config is
        given, unless the checkpoint is trusted.
    """

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
