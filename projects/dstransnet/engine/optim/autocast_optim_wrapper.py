"""Optimiser wrapper for bfloat16 training on any device."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from mmengine.optim import OptimWrapper
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn

from ...utils.dtypes import usable_dtype


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Compute losses in bfloat16, on CPUs too.

    Weights, gradients and optimiser states stay in float32. Since bfloat16
    has the range of float32, losses are not scaled. mmengine's
    ``AmpOptimWrapper`` scales them, and runs on accelerators only.
    Checkpoints are interchangeable with those of ``OptimWrapper``, and so are
    the arguments. On a CPU without bfloat16 convolutions it computes in
    float32 (:func:`.usable_dtype`).
    """

    @contextlib.contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter autocast on the device of the model's weights.

        Args:
            model (nn.Module): The network that is trained.
        """
        device_type = next(model.parameters()).device.type
        half = usable_dtype(
            torch.bfloat16, device_type) == torch.bfloat16
        with super().optim_context(model), torch.autocast(
                device_type, dtype=torch.bfloat16, enabled=half):
            yield
