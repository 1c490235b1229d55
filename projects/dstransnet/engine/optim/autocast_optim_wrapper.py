"""Mixed precision that needs neither a GPU nor a scaled loss."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from mmengine.optim import OptimWrapper
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """Compute losses in bfloat16, on CPUs as well.

    Weights, their gradients and what the optimiser keeps stay in float32.
    bfloat16 has the range of float32, so losses are not scaled as mmengine's
    ``AmpOptimWrapper`` does, which runs on accelerators alone. Checkpoints
    hold what those of ``OptimWrapper`` do: each resumes the other's runs.

    Args:
        **kwargs: Passed on to :class:`mmengine.optim.OptimWrapper`.
    """

    @contextlib.contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Enter the precision, on the device of the model's weights.

        Args:
            model (nn.Module): The network that is trained.
        """
        device_type = next(model.parameters()).device.type
        with super().optim_context(model), torch.autocast(
                device_type, dtype=torch.bfloat16):
            yield
