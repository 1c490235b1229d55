"""Operators of modulated deformable convolution (DCNv2).

All take the arguments of :func:`deform_conv2d`, by position, and agree on
values and gradients.

Reference:
    X. Zhu, H. Hu, S. Lin, J. Dai, "Deformable ConvNets v2: More Deformable,
    Better Results", CVPR 2019, equation 1.
"""
from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

_STRIP_BYTES = 8 << 20
"""Columns and grid of one strip, all images together.

4 to 16 MiB measured alike; below, the per-strip overhead shows, above, the
columns leave the cache.
"""

# Letters: N batch, C input channels, O output channels, K kernel points,
# H x W input pixels, P x Q output positions.


def deform_conv2d_torch(x: Tensor, offset: Tensor, mask: Tensor,
                        weight: Tensor, bias: Tensor | None,
                        *geometry: int) -> Tensor:
    """Compute it in plain PyTorch operators.

    One ``grid_sample`` reads all K taps, one matrix product applies the
    weight, so it runs, differentiates, traces and exports wherever PyTorch
    does.
    """
    n, out_channels = x.shape[0], weight.shape[0]
    rows, cols = offset.shape[-2:]
    grid = _sampling_grid(offset, x.shape[-2:], weight.shape[-2:], 0,
                          *geometry)
    taps = _modulated_taps(x, grid, mask)
    out = weight.flatten(1) @ taps.flatten(1, 2).flatten(2)
    out = out.view(n, out_channels, rows, cols)
    return out if bias is None else out + bias.view(-1, 1, 1)


def sampling_positions(count: int,
                       taps: int,
                       extent: int,
                       like: Tensor,
                       first: int = 0,
                       stride: int = 1,
                       padding: int = 0,
                       dilation: int = 1) -> Tensor:
    """Return where kernel points lie along one axis, without offsets.

    Args:
        count (int): Number of output positions.
        taps (int): Number of kernel points T along the axis.
        extent (int): Pixels of the input along the axis.
        like (Tensor): Gives dtype and device.
        first (int): The first output position. Defaults to 0.
        stride (int): Stride in pixels. Defaults to 1.
        padding (int): Zero padding in pixels. Defaults to 0.
        dilation (int): Distance of kernel points in pixels. Defaults to 1.

    Returns:
        Tensor: Positions from -1 to 1 as ``grid_sample`` takes them with
        ``align_corners=False``, of shape (T, count).
    """
    pixels = torch.arange(count, device=like.device, dtype=like.dtype)
    steps = torch.arange(taps, device=like.device, dtype=like.dtype)
    pixels = (pixels + first) * stride - padding
    # Has no singular case at one pixel, and reads the same pixels:
    # grid_sample inverts exactly this normalisation.
    return (2 * (pixels + steps[:, None] * dilation) + 1) / extent - 1


def _sampling_grid(offset: Tensor, size: Sequence[int], kernel: Sequence[int],
                   first_row: int, stride: int, padding: int,
                   dilation: int) -> Tensor:
    """Turn offsets into the grid that ``grid_sample`` reads.

    Args:
        offset (Tensor): Offsets of the output rows from ``first_row`` on,
            in pixels, (N, 2K, P, Q).
        size (Sequence[int]): Height H and width W of the input.
        kernel (Sequence[int]): Height and width of the kernel.
        first_row (int): Output row of the first offset.

    Returns:
        Tensor: Sampling positions of shape (N, K, P, Q, 2), x before y.
    """
    n, _, rows, cols = offset.shape
    (height, width), (kh, kw) = size, kernel
    offset = offset.view(n, kh, kw, 2, rows, cols)
    geometry = (stride, padding, dilation)
    x = sampling_positions(cols, kw, width, offset, 0, *geometry)
    y = sampling_positions(rows, kh, height, offset, first_row, *geometry)
    x, y = x[:, None, :], y[:, None, :, None]
    grid = torch.stack(
        (torch.add(x, offset[:, :, :, 1], alpha=2 / width),
         torch.add(y, offset[:, :, :, 0], alpha=2 / height)), dim=-1)
    return grid.view(n, kh * kw, rows, cols, 2)


def _modulated_taps(x: Tensor, grid: Tensor, mask: Tensor) -> Tensor:
    """Sample ``x`` at every kernel point and weigh by the mask.

    Returns:
        Tensor: Shape (N, C, K, P, Q).
    """
    taps = F.grid_sample(
        x,
        grid.flatten(1, 2),
        mode='bilinear',
        padding_mode='zeros',
        align_corners=False)
    return taps.unflatten(2, grid.shape[1:3]) * mask.unsqueeze(1)


class _StripDeformConv2d(torch.autograd.Function):
    """The plain form over strips of output rows that fit the cache.

    The C x K columns exist for one strip at a time, in the backward pass
    again, so neither pass writes them to memory at full size.
    """

    @staticmethod
    def _strips(x: Tensor, offset: Tensor) -> Iterator[slice]:
        points, (rows, cols) = offset.shape[1] // 2, offset.shape[-2:]
        row_bytes = (
            x.shape[0] * (x.shape[1] + 2) * points * cols * x.element_size())
        step = max(1, _STRIP_BYTES // row_bytes)
        for first in range(0, rows, step):
            yield slice(first, min(first + step, rows))

    @staticmethod
    def forward(ctx: Any, x: Tensor, offset: Tensor, mask: Tensor,
                weight: Tensor, bias: Tensor | None, stride: int, padding: int,
                dilation: int) -> Tensor:
        ctx.save_for_backward(x, offset, mask, weight)
        ctx.geometry = (stride, padding, dilation)
        ctx.has_bias = bias is not None
        out = x.new_empty(
            (x.shape[0], weight.shape[0], *offset.shape[-2:]))
        matrix = weight.flatten(1).expand(x.shape[0], -1, -1)
        for rows in _StripDeformConv2d._strips(x, offset):
            grid = _sampling_grid(offset[:, :, rows], x.shape[-2:],
                                  weight.shape[-2:], rows.start, *ctx.geometry)
            taps = _modulated_taps(x, grid, mask[:, :, rows])
            strip = torch.bmm(matrix, taps.flatten(1, 2).flatten(2))
            if bias is not None:
                strip += bias.view(-1, 1)
            out[:, :, rows] = strip.unflatten(2, out[:, :, rows].shape[2:])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
        x, offset, mask, weight = ctx.saved_tensors
        need_x = ctx.needs_input_grad[0]
        height, width = x.shape[-2:]
        points = mask.shape[1]
        matrix = weight.flatten(1).t().expand(x.shape[0], -1, -1)
        grad_x = torch.zeros_like(x) if need_x else None
        grad_offset = torch.empty_like(offset)
        grad_mask = torch.empty_like(mask)
        grad_matrix = torch.zeros_like(weight).flatten(1)
        to_pixels = offset.new_tensor((2 / width, 2 / height))
        for rows in _StripDeformConv2d._strips(x, offset):
            grid = _sampling_grid(offset[:, :, rows], (height, width),
                                  weight.shape[-2:], rows.start,
                                  *ctx.geometry).flatten(1, 2)
            strip_mask = mask[:, None, :, rows]
            taps = F.grid_sample(x, grid, align_corners=False).unflatten(
                2, (points, -1))
            grad_strip = grad_out[:, :, rows].flatten(2)
            columns = (taps * strip_mask).flatten(1, 2).flatten(2)
            grad_matrix += torch.bmm(
                grad_strip, columns.transpose(1, 2)).sum(dim=0)
            grad_taps = torch.bmm(matrix, grad_strip).view_as(taps)
            torch.sum(
                taps.mul_(grad_taps), dim=1, out=grad_mask[:, :, rows])
            grad_input, grad_grid = torch.ops.aten.grid_sampler_2d_backward(
                grad_taps.mul_(strip_mask).flatten(2, 3), x, grid, 0, 0, False,
                (need_x, True))
            if grad_x is not None:
                grad_x += grad_input
            # (N, K P, Q, xy) -> (N, K, yx, P, Q) in pixels
            grad_grid = (grad_grid * to_pixels).unflatten(1, (points, -1))
            grad_offset[:, :, rows] = grad_grid.flip(-1).movedim(
                -1, 2).flatten(1, 2)
        grad_bias = grad_out.sum(dim=(0, 2, 3)) if ctx.has_bias else None
        return (grad_x, grad_offset, grad_mask, grad_matrix.view_as(weight),
                grad_bias, None, None, None)


def deform_conv2d_strips(*arguments: Any) -> Tensor:
    """Compute it in plain PyTorch operators, strip by strip.

    An autograd function over strips of output rows: less memory and, on CPUs,
    less time; it is differentiable once and cannot be traced.
    """
    return _StripDeformConv2d.apply(*arguments)


def deform_conv2d_mmcv(*arguments: Any) -> Tensor:
    """Call mmcv's compiled operator."""
    operator = importlib.import_module('mmcv.ops').modulated_deform_conv2d
    return operator(*arguments, 1, 1)


def deform_conv2d_torchvision(x: Tensor, offset: Tensor, mask: Tensor,
                              weight: Tensor, bias: Tensor | None,
                              *geometry: int) -> Tensor:
    """Call torchvision's compiled operator."""
    operator = importlib.import_module('torchvision.ops').deform_conv2d
    return operator(x, offset, weight, bias, *geometry, mask)
