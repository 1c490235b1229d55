"""Modulated deformable convolution by compiled CPU kernels.

The columns of a strip of output rows are sampled by a kernel that numba
compiled (channels-last, so a tap is a few whole vectors), and multiplied by
the weight while they are in the cache; the backward pass builds them again.
Threads share the rows of a strip. For the gradient of the input, of which
each thread would need a copy, they share its images.
"""
from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..numba_threads import (
    bordered,
    kernel_threads,
    run_kernel,
    whole_vectors,
)

_STRIP_BYTES = 2 << 20
"""Columns of one strip for each thread; about the cache of one core."""

_MOST_PARTS = 8
"""Most copies of the input's gradient that threads of one image add to."""

_LARGEST_SIDE = 1 << 24
"""Longest side of a map whose positions float32 tells apart, in pixels."""


def _steps(images: int, rows: int, bytes_of_row: int, budget: int,
           together: int) -> Iterator[tuple[slice, slice]]:
    """Cut a batch into strips: images and their output rows.

    Args:
        images (int): Number of images.
        rows (int): Output rows of an image.
        bytes_of_row (int): Bytes of the columns of one output row.
        budget (int): Bytes of a strip.
        together (int): Least number of images a strip.
    """
    fit = max(1, budget // bytes_of_row)
    if fit >= rows * together:
        together, height = fit // rows, rows
    else:
        height = max(1, fit // together)
    for image in range(0, images, together):
        for row in range(0, rows, height):
            yield (slice(image, min(image + together, images)),
                   slice(row, min(row + height, rows)))


def _matrix(weight: Tensor) -> Tensor:
    """View the weight as (O, K * padded C), channels fastest."""
    channels = weight.shape[1]
    weight = weight.permute(0, 2, 3, 1)
    missing = whole_vectors(channels) - channels
    return F.pad(weight, (0, missing)).flatten(1)


class _Columns:
    """Memory for the columns of a strip, kept from one strip to the next."""

    def __init__(self, like: Tensor) -> None:
        self.memory = like.new_empty(0)

    def __call__(self, size: tuple[int, ...]) -> Tensor:
        """Return memory of a shape, not initialised."""
        if self.memory.numel() < math.prod(size):
            self.memory = self.memory.new_empty(math.prod(size))
        return self.memory[:math.prod(size)].view(size)


def _products(columns: Tensor, maps: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Match columns (G, R, Q, KC) with maps (G, R, Q, O) as few matrices."""
    if maps.is_contiguous():
        yield columns.flatten(0, 2), maps.flatten(0, 2)
    else:
        for image, of_image in zip(columns, maps):
            yield image.flatten(0, 1), of_image.flatten(0, 1)


class _NumbaDeformConv2d(torch.autograd.Function):
    """Strips of columns by compiled kernels, products by the BLAS."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, offset: Tensor, mask: Tensor,
                weight: Tensor, bias: Tensor | None, stride: int, padding: int,
                dilation: int) -> Tensor:
        ctx.save_for_backward(x, offset, mask, weight)
        ctx.geometry = (weight.shape[-1], stride, padding, dilation)
        ctx.has_bias = bias is not None
        threads = kernel_threads()
        n, points, rows, cols = mask.shape
        images = bordered(x, 1, whole_vectors(x.shape[1]))
        shape = (*x.shape[2:], images.shape[-1])
        matrix = _matrix(weight).t()
        out = x.new_empty((n, rows, cols, len(weight)))
        width = points * images.shape[-1]
        budget = _STRIP_BYTES * threads
        memory = _Columns(x)
        for group, strip in _steps(n, rows, cols * width * 4, budget, 1):
            result = out[group, strip]
            columns = memory((*result.shape[:3], width))
            run_kernel('sample', threads,
                       images.view(-1).numpy(), shape, offset.numpy(),
                       mask.numpy(), columns.view(-1).numpy(), group.start,
                       strip.start, len(result), result.shape[1],
                       ctx.geometry)
            for taps, values in _products(columns, result):
                if bias is None:
                    torch.mm(taps, matrix, out=values)
                else:
                    torch.addmm(bias, taps, matrix, out=values)
        return out.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
        x, offset, mask, weight = ctx.saved_tensors
        threads = kernel_threads()
        n, points, rows, cols = mask.shape
        together = max(1, min(n, threads))
        parts = min(threads // together, _MOST_PARTS)
        images = bordered(x, 1, whole_vectors(x.shape[1]))
        shape = (*x.shape[2:], images.shape[-1])
        matrix = _matrix(weight)
        grad_out = grad_out.permute(0, 2, 3, 1).contiguous()
        grad_x = x.new_zeros(
            (parts if ctx.needs_input_grad[0] else 0, *images.shape))
        grad_offset = torch.empty_like(offset)
        grad_mask = torch.empty_like(mask)
        grad_matrix = torch.zeros_like(matrix)
        width = matrix.shape[1]
        budget = _STRIP_BYTES * threads
        memory = _Columns(x)
        for group, strip in _steps(n, rows, cols * width * 4, budget,
                                   together):
            grad = grad_out[group, strip]
            columns = memory((*grad.shape[:3], width))
            for taps, values in _products(columns, grad):
                torch.mm(values, matrix, out=taps)
            run_kernel('differentiate', threads,
                       images.view(-1).numpy(), shape, offset.numpy(),
                       mask.numpy(), columns.view(-1).numpy(),
                       grad_x.view(-1).numpy(), parts, grad_offset.numpy(),
                       grad_mask.numpy(), group.start, strip.start, len(grad),
                       grad.shape[1], ctx.geometry)
            for taps, values in _products(columns, grad):
                grad_matrix.addmm_(values.t(), taps)
        channels = x.shape[1]
        grad_weight = grad_matrix.view(len(weight), *weight.shape[2:],
                                       -1)[..., :channels]
        grad_bias = grad_out.sum(dim=(0, 1, 2)) if ctx.has_bias else None
        grad_input = None
        if ctx.needs_input_grad[0]:
            grad_input = grad_x[:, :, 1:-1, 1:-1, :channels]
            grad_input = (grad_input[0] if parts == 1 else
                          grad_input.sum(dim=0)).permute(0, 3, 1, 2)
        return (grad_input, grad_offset, grad_mask,
                grad_weight.permute(0, 3, 1, 2), grad_bias, None, None, None)


def deform_conv2d_numba(x: Tensor, offset: Tensor, mask: Tensor,
                        weight: Tensor, bias: Tensor | None,
                        *geometry: int) -> Tensor:
    """Compute it by compiled CPU kernels.

    Float32 only; differentiable once; cannot be traced. The output is
    channels-last in memory, inputs may lie in any way. The first call on a
    machine compiles for some ten seconds, forward and backward together.
    Gradients depend on the number of threads within rounding. It runs in as
    many threads as both torch and numba allow.

    Raises:
        TypeError: If an input is not float32 on the CPU.
        ValueError: If a side of the input is longer than 2^24 pixels.
    """
    for name, value in (('x', x), ('offset', offset), ('mask', mask),
                        ('weight', weight), ('bias', bias)):
        if value is not None and (value.dtype != torch.float32
                                  or value.device.type != 'cpu'):
            raise TypeError(f"impl='numba': {name} must be float32 on the "
                            f'CPU, got {value.dtype} on {value.device}')
    if max(x.shape[2:]) > _LARGEST_SIDE:
        raise ValueError(f"impl='numba': sides of x must be at most "
                         f'{_LARGEST_SIDE} pixels, got {tuple(x.shape[2:])}')
    return _NumbaDeformConv2d.apply(x, offset, mask, weight, bias, *geometry)
