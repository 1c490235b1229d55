"""Depth-wise convolution with a fast gradient of its weight on CPUs.

The gradients of a 5 x 5 convolution take two to five times as long in PyTorch
(docs/design/speed.md): here a compiled kernel gives that of the weight, and a
convolution with the flipped weight that of the input. Kernels of 3 x 3 are as
fast in PyTorch.
"""
from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from .numba_threads import (
    bordered,
    kernel_threads,
    run_kernel,
    whole_vectors,
)

_PARTS = 16
"""Parts that threads share. A fixed number: results do not depend on them."""

_SMALLEST = 1 << 14
"""Values of a map from which on the kernel is the faster one."""


def _convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve by PyTorch; the size stays the same."""
    return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2,
                    groups=len(weight))


def _weight_gradient(x: Tensor, grad: Tensor) -> Tensor:
    """Return the gradient of the weight, float32 of shape (C, 1, 5, 5)."""
    _, channels, height, width = x.shape
    whole = 8 if 4 < channels <= 8 else whole_vectors(channels)
    sums = torch.empty(_PARTS, 25 * whole)
    run_kernel('correlate', kernel_threads(),
               bordered(x, 2, whole).view(-1).numpy(),
               bordered(grad, 0, whole).view(-1).numpy(), sums.numpy(),
               (height, width, whole))
    total = sums.sum(dim=0).view(5, 5, 1, whole)
    return total[..., :channels].permute(3, 2, 0, 1)


class _DepthwiseConv2d(torch.autograd.Function):
    """Forward by PyTorch, backward as the module says."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor,
                bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.has_bias = bias is not None
        return _convolve(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        grad_x = None
        if ctx.needs_input_grad[0]:
            flipped = weight.flip(2, 3).to(grad.dtype)
            grad_x = _convolve(grad, flipped).to(x.dtype)
        grad_bias = grad.sum(dim=(0, 2, 3)) if ctx.has_bias else None
        return grad_x, _weight_gradient(x, grad), grad_bias


def _has_fast_gradient(x: Tensor, weight: Tensor) -> bool:
    """Tell whether the compiled kernel takes these, outside of any trace."""
    return (x.device.type == 'cpu' and weight.dtype == torch.float32
            and x.dtype in (torch.float32, torch.bfloat16)
            and tuple(weight.shape[2:]) == (5, 5)
            and x.numel() >= _SMALLEST
            and weight.requires_grad and torch.is_grad_enabled()
            and not torch.jit.is_tracing()
            and not torch.compiler.is_compiling()
            and not torch._C._are_functorch_transforms_active())


def depthwise_conv2d(x: Tensor, weight: Tensor,
                     bias: Tensor | None = None) -> Tensor:
    """Convolve each channel by its own kernel; the size stays the same.

    Values are PyTorch's. So are gradients within rounding; that of the
    weight is summed in float32 under autocast too, and does not depend on
    the number of threads. On CPUs 5 x 5 kernels are differentiable once.

    Args:
        x (Tensor): Maps of shape (N, C, H, W).
        weight (Tensor): Shape (C, 1, K, K), K odd.
        bias (Tensor, optional): Shape (C, ).

    Returns:
        Tensor: Shape (N, C, H, W).

    Examples:
        >>> import torch
        >>> depthwise_conv2d(torch.ones(1, 2, 3, 3), torch.ones(2, 1, 3, 3))[
        ...     0, 0].tolist()
        [[4.0, 6.0, 4.0], [6.0, 9.0, 6.0], [4.0, 6.0, 4.0]]
    """
    if _has_fast_gradient(x, weight):
        return _DepthwiseConv2d.apply(x, weight, bias)
    return _convolve(x, weight, bias)


class DepthwiseConv2d(nn.Conv2d):
    """Module of :func:`depthwise_conv2d`; its weights are ``nn.Conv2d``'s.

    Args:
        bias (bool): Whether there is a bias. Defaults to False.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self, channels: int, kernel_size: int,
                 bias: bool = False) -> None:
        super().__init__(
            channels,
            channels,
            kernel_size,
            padding=kernel_size // 2,
            groups=channels,
            bias=bias)

    def _conv_forward(self, x: Tensor, weight: Tensor,
                      bias: Tensor | None) -> Tensor:
        return depthwise_conv2d(x, weight, bias)
