"""Modulated deformable convolution (DCNv2) with interchangeable operators.

Reference:
    X. Zhu, H. Hu, S. Lin, J. Dai, "Deformable ConvNets v2: More Deformable,
    Better Results", CVPR 2019, equation 1.
"""
from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_STRIP_BYTES = 8 << 20
"""Columns and grid of one strip, all images together.

4 to 16 MiB measured alike; below, the per-strip overhead shows, above, the
columns leave the cache.
"""

# Letters: N batch, C input channels, O output channels, K kernel points,
# H x W input pixels, P x Q output positions.


def deform_conv2d_torch(x: Tensor,
                        offset: Tensor,
                        mask: Tensor,
                        weight: Tensor,
                        bias: Tensor | None = None,
                        stride: int = 1,
                        padding: int = 0,
                        dilation: int = 1) -> Tensor:
    """Modulated deformable convolution in plain PyTorch operators.

    One ``grid_sample`` reads all K taps, one matrix product applies the
    weight, so it runs, differentiates, traces and exports wherever PyTorch
    does. Samples outside the map are zero.

    Args:
        x (Tensor): Input of shape (N, C, H, W).
        offset (Tensor): Offsets in pixels of shape (N, 2K, P, Q); channels
            2k and 2k + 1 are dy and dx of kernel point k (row-major).
        mask (Tensor): Modulation of shape (N, K, P, Q).
        weight (Tensor): Kernel of shape (O, C, kh, kw) with kh * kw = K.
        bias (Tensor, optional): Bias of shape (O, ). Defaults to None.
        stride (int): Stride in pixels. Defaults to 1.
        padding (int): Zero padding in pixels. Defaults to 0.
        dilation (int): Distance of kernel points in pixels. Defaults to 1.

    Returns:
        Tensor: Output of shape (N, O, P, Q).

    Examples:
        >>> import torch
        >>> x, weight = torch.rand(1, 2, 5, 5), torch.rand(3, 2, 3, 3)
        >>> offset, mask = torch.zeros(1, 18, 5, 5), torch.ones(1, 9, 5, 5)
        >>> out = deform_conv2d_torch(x, offset, mask, weight, padding=1)
        >>> same = torch.nn.functional.conv2d(x, weight, padding=1)
        >>> torch.allclose(out, same, atol=1e-5)
        True
    """
    n, out_channels = x.shape[0], weight.shape[0]
    rows, cols = offset.shape[-2:]
    grid = _sampling_grid(offset, x.shape[-2:], weight.shape[-2:], 0, stride,
                          padding, dilation)
    taps = _modulated_taps(x, grid, mask)
    out = weight.view(out_channels, -1) @ taps.flatten(1, 2).flatten(2)
    out = out.view(n, out_channels, rows, cols)
    return out if bias is None else out + bias.view(-1, 1, 1)


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
        stride (int): Stride in pixels.
        padding (int): Zero padding in pixels.
        dilation (int): Distance of kernel points in pixels.

    Returns:
        Tensor: Sampling positions of shape (N, K, P, Q, 2), x before y.
    """
    n, _, rows, cols = offset.shape
    (height, width), (kh, kw) = size, kernel

    def positions(first: int, count: int, taps: int, extent: int) -> Tensor:
        """Normalised undeformed positions, shape (taps, count)."""
        like = dict(device=offset.device, dtype=offset.dtype)
        start = torch.arange(first, first + count, **like) * stride - padding
        step = torch.arange(taps, **like) * dilation
        return (2 * (start + step[:, None]) + 1) / extent - 1

    # align_corners=False has no singular case at H = 1 or W = 1, and reads
    # the same pixels: grid_sample inverts exactly this normalisation.
    offset = offset.view(n, kh, kw, 2, rows, cols)
    x = positions(0, cols, kw, width)[:, None, :]
    y = positions(first_row, rows, kh, height)[:, None, :, None]
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


def deform_conv2d_strips(x: Tensor,
                         offset: Tensor,
                         mask: Tensor,
                         weight: Tensor,
                         bias: Tensor | None = None,
                         stride: int = 1,
                         padding: int = 0,
                         dilation: int = 1) -> Tensor:
    """Same as :func:`deform_conv2d_torch`, strip by strip.

    An autograd function over strips of output rows: less memory and, on CPUs,
    less time; it is differentiable once and cannot be traced.
    """
    return _StripDeformConv2d.apply(x, offset, mask, weight, bias, stride,
                                    padding, dilation)


def deform_conv2d_mmcv(x: Tensor,
                       offset: Tensor,
                       mask: Tensor,
                       weight: Tensor,
                       bias: Tensor | None = None,
                       stride: int = 1,
                       padding: int = 0,
                       dilation: int = 1) -> Tensor:
    """Same as :func:`deform_conv2d_torch` by mmcv's compiled operator."""
    operator = importlib.import_module('mmcv.ops').modulated_deform_conv2d
    return operator(x, offset, mask, weight, bias, stride, padding, dilation,
                    1, 1)


def deform_conv2d_torchvision(x: Tensor,
                              offset: Tensor,
                              mask: Tensor,
                              weight: Tensor,
                              bias: Tensor | None = None,
                              stride: int = 1,
                              padding: int = 0,
                              dilation: int = 1) -> Tensor:
    """Same as :func:`deform_conv2d_torch` by torchvision's operator."""
    operator = importlib.import_module('torchvision.ops').deform_conv2d
    return operator(x, offset, weight, bias, stride, padding, dilation, mask)


DEFORM_CONV_IMPLS: dict[str, Callable[..., Tensor]] = {
    'torch': deform_conv2d_torch,
    'strips': deform_conv2d_strips,
    'mmcv': deform_conv2d_mmcv,
    'torchvision': deform_conv2d_torchvision,
}
"""Implementations of modulated deformable convolution by name."""

_REQUIRED_MODULES = {'mmcv': 'mmcv.ops', 'torchvision': 'torchvision.ops'}

# On CPUs the vectorised form wins (mmcv's CPU operator is a scalar loop); on
# accelerators a compiled operator avoids writing C x K columns at full size.
_PREFERENCE = {'cpu': ('strips', ), 'cuda': ('torchvision', 'mmcv', 'torch')}


@functools.cache
def deform_conv_available(impl: str) -> bool:
    """Tell whether an implementation can run on this installation.

    Args:
        impl (str): One of :data:`DEFORM_CONV_IMPLS`.

    Raises:
        ValueError: If there is no implementation of that name.
    """
    if impl not in DEFORM_CONV_IMPLS:
        raise ValueError(f"impl must be 'auto' or one of "
                         f'{sorted(DEFORM_CONV_IMPLS)}, got {impl!r}')
    if impl not in _REQUIRED_MODULES:
        return True
    try:
        importlib.import_module(_REQUIRED_MODULES[impl])
    except (ImportError, OSError, RuntimeError):
        # A wheel for another torch build fails with any of the three.
        return False
    return True


@functools.cache
def fastest_deform_conv(device_type: str) -> str:
    """Return the name of the implementation that ``'auto'`` stands for.

    The choice is written to the log once per device type.

    Args:
        device_type (str): ``torch.device.type``, such as ``'cuda'``.
    """
    order = _PREFERENCE.get(device_type, ('torch', ))
    impl = next(name for name in order if deform_conv_available(name))
    print_log(
        f'ModulatedDeformConv2d: impl={impl!r} on {device_type}',
        logger='current')
    return impl


class ModulatedDeformConv2d(nn.Module):
    """Modulated deformable convolution that predicts its own offsets.

    An ordinary convolution of the same geometry predicts 3K maps: the first
    2K are offsets (dy before dx per kernel point), the last K pass a sigmoid
    and become the modulation mask.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
        kernel_size (int): Side of the square kernel. Defaults to 5.
        stride (int): Stride in pixels. Defaults to 1.
        padding (int): Zero padding in pixels. Defaults to 2.
        dilation (int): Distance of kernel points. Defaults to 1.
        bias (bool): Whether to add a bias. Defaults to True.
        impl (str): ``'auto'`` (fastest one available for the input's device),
            ``'torch'``, ``'mmcv'`` or ``'torchvision'``. Tracing and export
            always use ``'torch'`` under ``'auto'``. Defaults to ``'auto'``.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H', W') as for an ordinary
        convolution.

    Raises:
        ValueError: If ``impl`` is not a known name.
        ImportError: If ``impl`` names an operator that is not installed.

    Reference:
        Zhu et al., "Deformable ConvNets v2: More Deformable, Better Results",
        CVPR 2019.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 kernel_size: int = 5,
                 stride: int = 1,
                 padding: int = 2,
                 dilation: int = 1,
                 bias: bool = True,
                 impl: str = 'auto') -> None:
        super().__init__()
        if impl != 'auto' and not deform_conv_available(impl):
            raise ImportError(
                f'impl={impl!r} needs {_REQUIRED_MODULES[impl]}, which cannot '
                "be imported here; use impl='auto' or impl='torch'")
        self.impl = impl
        self.points = kernel_size**2
        self.geometry: dict[str, Any] = dict(
            stride=stride, padding=padding, dilation=dilation)
        self.conv_offset_mask = nn.Conv2d(in_channels, 3 * self.points,
                                          kernel_size, **self.geometry)
        self.weight = nn.Parameter(
            torch.empty(out_channels, in_channels, kernel_size, kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias uniformly within 1 / sqrt(fan_in)."""
        bound = self.weight[0].numel()**-0.5
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def _operator(self, x: Tensor) -> Callable[..., Tensor]:
        impl = self.impl
        if impl == 'auto':
            exporting = (
                torch.jit.is_tracing() or torch.compiler.is_compiling())
            impl = ('torch' if exporting else fastest_deform_conv(
                x.device.type))
        return DEFORM_CONV_IMPLS[impl]

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H', W')."""
        maps = self.conv_offset_mask(x)
        offset, mask = maps.split((2 * self.points, self.points), dim=1)
        return self._operator(x)(x, offset.contiguous(), mask.sigmoid(),
                                 self.weight, self.bias, **self.geometry)

    def extra_repr(self) -> str:
        out_channels, in_channels, kernel_size, _ = self.weight.shape
        return (f'{in_channels}, {out_channels}, kernel_size={kernel_size}, '
                f'impl={self.impl!r}')
