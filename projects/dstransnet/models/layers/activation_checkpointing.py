"""Saving memory in training by computing a block's values twice."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


@contextlib.contextmanager
def _copied_buffers(module: nn.Module) -> Iterator[None]:
    """Let a module work on copies of its buffers for a while.

    They are exchanged, not written back: autograd may hold the originals.
    """
    originals = [(owner, name, buffer) for owner in module.modules()
                 for name, buffer in owner.named_buffers(recurse=False)]
    try:
        for owner, name, buffer in originals:
            setattr(owner, name, buffer.clone())
        yield
    finally:
        for owner, name, buffer in originals:
            setattr(owner, name, buffer)


def run_block(block: nn.Module, *inputs: Any, with_cp: bool) -> Any:
    """Call a block; keep nothing but its inputs for the backward pass.

    What the block computes in between is computed once more when gradients
    are due (gradient checkpointing), so a network holds the values of one
    block at a time. Losses and gradients stay what they are, and the second
    computation leaves running statistics of batch norms alone.

    Args:
        block (nn.Module): What to call. It must not draw random numbers.
        *inputs (Any): Its arguments, tensors or sequences of tensors.
        with_cp (bool): Whether to do so; False is an ordinary call, as is any
            call without gradients.

    Returns:
        Any: What the block returns.
    """
    if not (with_cp and torch.is_grad_enabled()):
        return block(*inputs)
    return checkpoint(
        block,
        *inputs,
        use_reentrant=False,
        preserve_rng_state=False,
        context_fn=lambda: (contextlib.nullcontext(), _copied_buffers(block)))
