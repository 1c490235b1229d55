"""Activation checkpointing: less memory in training for more time."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


@contextlib.contextmanager
def _copied_buffers(module: nn.Module) -> Iterator[None]:
    """Give a module copies of its buffers while the context is open.

    The copies are dropped afterwards, as autograd may hold the originals.
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


def activation_checkpoint(block: nn.Module, *inputs: Any,
                          with_cp: bool) -> Any:
    """Call a block and keep only its inputs for the backward pass.

    The backward pass computes the block's activations again, so a network
    holds the activations of one block at a time. Losses and gradients do not
    change; the second computation leaves the running statistics of batch
    norms alone.

    Args:
        block (nn.Module): The block. It must not draw random numbers.
        *inputs (Any): Its arguments, tensors or sequences of tensors.
        with_cp (bool): Whether to checkpoint. False is an ordinary call, and
            so is any call without gradients.

    Returns:
        Any: The output of the block.
    """
    if not (with_cp and torch.is_grad_enabled()):
        return block(*inputs)
    return checkpoint(
        block,
        *inputs,
        use_reentrant=False,
        preserve_rng_state=False,
        context_fn=lambda: (contextlib.nullcontext(), _copied_buffers(block)))
