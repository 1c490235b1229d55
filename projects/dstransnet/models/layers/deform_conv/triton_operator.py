"""Modulated deformable convolution by fused Triton kernels.

The first call imports the kernels, so importing this module needs no Triton.
Both passes are operators of ``torch.library``, at which ``torch.compile`` does
not break the graph.
"""
from __future__ import annotations

import importlib.util
import os
import warnings
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from ....utils.errors import InputError
from ..tensors import at_least_float32
from .operators import deform_conv2d_torch

_DTYPES = (torch.float32, torch.float16, torch.bfloat16)

_INT32_LIMIT = 2**31
"""Maps of this many elements need 64-bit indices, which cost registers."""

_PROGRAMS = 1024
"""Programs to spread the gradient of the weight over: a few a processor."""

_FORWARD = 'dstransnet::modulated_deform_conv2d'
_BACKWARD = 'dstransnet::modulated_deform_conv2d_backward'
_GEOMETRY = 'int stride, int padding, int dilation'

# Letters: N batch, C input channels, O output channels, K kernel points,
# H x W input pixels, P x Q output positions.


def deform_conv2d_triton(x: Tensor, offset: Tensor, mask: Tensor,
                         weight: Tensor, bias: Tensor | None,
                         *geometry: int) -> Tensor:
    """Compute it in fused kernels.

    Samples, modulation and matrix product meet in registers, in the backward
    pass again: no columns in memory. ``x`` may be float32, float16 or
    bfloat16, and ``weight`` follows it; positions, mask, bias and all sums
    are float32. Products of float32 use TF32 where
    ``torch.backends.cuda.matmul.allow_tf32`` says so. It is differentiable
    once.

    The kernels read ``x`` channels-last, offset and mask contiguous; other
    layouts are copied in each pass. The output has the layout of ``x``. A NaN
    position makes its outputs NaN; an infinite one lies outside the map.

    The first call with a new number of channels or order of size compiles the
    kernels and tunes their blocks, which takes seconds.

    The gradient of ``x`` is summed by atomic additions, so its last bits
    change from run to run. ``torch.use_deterministic_algorithms(True)`` makes
    that an error, or a warning with ``warn_only=True``.

    float64, and tensors outside of a GPU where the kernels are compiled for
    one, take the plain form.

    Returns:
        Tensor: Output of shape (N, O, P, Q) in the dtype of ``x``.

    Raises:
        InputError: If shapes or devices do not fit.
    """
    fused = x.dtype in _DTYPES and (x.is_cuda or _kernels().INTERPRETED)
    maps = at_least_float32(x.dtype)
    features = x.dtype if fused else maps
    operator = _forward if fused else deform_conv2d_torch
    if fused:
        _check(x, offset, mask, weight, bias)
    out = operator(
        x.to(features), offset.to(maps), mask.to(maps), weight.to(features),
        bias if bias is None else bias.to(maps), *geometry)
    return out.to(x.dtype)


def triton_can_run() -> bool:
    """Tell whether the Triton kernels can run here.

    They need Triton and a GPU or, with the environment variable
    ``TRITON_INTERPRET=1``, Triton's slow interpreter.
    """
    if importlib.util.find_spec('triton') is None:
        return False
    if torch.cuda.is_available():
        return True
    if os.environ.get('TRITON_INTERPRET', '0') in ('', '0'):
        return False
    try:
        return _kernels().INTERPRETED
    except (ImportError, OSError, RuntimeError):
        # A wheel for another system fails with any of the three.
        return False


_loaded: dict[str, ModuleType] = {}


def _kernels() -> ModuleType:
    """Import the kernels once.

    A dictionary, because compilers look into one and not into a cache.
    """
    name = 'triton_kernels'
    if name not in _loaded:
        _loaded[name] = importlib.import_module(f'.{name}', __package__)
    return _loaded[name]


def _check(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor,
           bias: Tensor | None) -> None:
    """Raise for shapes that make a kernel read outside of a tensor."""
    if x.dim() != 4 or weight.dim() != 4 or weight.shape[1] != x.shape[1]:
        raise InputError(
            'x and weight: expected shapes (N, C, H, W) and (O, C, kh, kw), '
            f'got {tuple(x.shape)} and {tuple(weight.shape)}')
    points = weight.shape[2] * weight.shape[3]
    for name, value, channels in (('offset', offset, 2 * points),
                                  ('mask', mask, points)):
        expected = (x.shape[0], channels, *offset.shape[2:])
        if value.dim() != 4 or value.shape != expected:
            raise InputError(
                f'{name}: expected shape (N, {channels}, P, Q) with N = '
                f'{x.shape[0]} and P x Q as offset has, got '
                f'{tuple(value.shape)}')
    if bias is not None and bias.shape != weight.shape[:1]:
        raise InputError(f'bias: expected shape {tuple(weight.shape[:1])}, '
                         f'got {tuple(bias.shape)}')
    for name, other in (('offset', offset), ('mask', mask),
                        ('weight', weight), ('bias', bias)):
        if other is not None and other.device != x.device:
            raise InputError(
                f'{name}: expected device {x.device}, got {other.device}')


def _is_channels_last(x: Tensor) -> bool:
    return (x.is_contiguous(memory_format=torch.channels_last)
            and not x.is_contiguous())


def _new_output(x: Tensor, offset: Tensor, weight: Tensor) -> Tensor:
    """Return an empty output in the layout of the input."""
    n, _, rows, cols = offset.shape
    if _is_channels_last(x):
        return x.new_empty((n, rows, cols, weight.shape[0])).movedim(-1, 1)
    return x.new_empty((n, weight.shape[0], rows, cols))


def _pixels(x: Tensor) -> Tensor:
    """Return (N, C, H, W) as (N, H, W, C) in memory."""
    return x.movedim(1, -1).contiguous()


def _blocks(count: int, size: int) -> int:
    """Return how many blocks of a size hold ``count`` elements."""
    return -(-count // size)


def _settings(x: Tensor, offset: Tensor, weight: Tensor,
              geometry: tuple[int, int, int],
              largest: int) -> dict[str, Any]:
    """Return the arguments that all kernels share.

    Args:
        x (Tensor): Input of shape (N, C, H, W).
        offset (Tensor): Offsets of shape (N, 2K, P, Q).
        weight (Tensor): Kernel of shape (O, C, kh, kw).
        geometry (tuple[int, int, int]): Stride, padding, dilation.
        largest (int): Number of elements of the largest tensor that the
            kernel indexes.
    """
    language = importlib.import_module('triton.language')
    n, points, rows, cols = offset.shape
    positions = n * rows * cols
    stride, padding, dilation = geometry
    factor = str(x.dtype).removeprefix('torch.')
    if _kernels().INTERPRETED:
        factor = 'float32'  # it cannot multiply bfloat16
    tf32 = (x.is_cuda and x.dtype == torch.float32
            and torch.backends.cuda.matmul.allow_tf32)
    return dict(
        M=positions,
        area=rows * cols,
        height=x.shape[2],
        width=x.shape[3],
        cols=cols,
        # Tuned again for every fourfold of positions, not for every size.
        size_class=positions.bit_length() // 2,
        C=weight.shape[1],
        C_OUT=weight.shape[0],
        K=points // 2,
        KERNEL_WIDTH=weight.shape[3],
        STRIDE=stride,
        PADDING=padding,
        DILATION=dilation,
        PRECISION='tf32' if tf32 else 'ieee',
        FACTOR=getattr(language, factor),
        INDEX=language.int64 if largest >= _INT32_LIMIT else language.int32)


@torch.library.custom_op(
    _FORWARD,
    mutates_args=(),
    schema='(Tensor x, Tensor offset, Tensor mask, Tensor weight, '
    f'Tensor? bias, {_GEOMETRY}) -> Tensor')
def _forward(x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor,
             bias: Tensor | None, stride: int, padding: int,
             dilation: int) -> Tensor:
    out = _new_output(x, offset, weight)
    if out.numel() == 0:
        return out
    largest = max(t.numel() for t in (x, offset, out, weight))
    settings = _settings(x, offset, weight, (stride, padding, dilation),
                         largest)

    def grid(meta: dict[str, Any]) -> tuple[int, int]:
        return (_blocks(settings['M'], meta['BLOCK_M']),
                _blocks(settings['C_OUT'], meta['BLOCK_O']))

    with torch.cuda.device_of(x):
        _kernels().forward_kernel[grid](
            _pixels(x),
            offset.contiguous(),
            mask.contiguous(),
            weight.flatten(2).permute(2, 1, 0).contiguous(),
            x if bias is None else bias.contiguous(),
            out,
            HAS_BIAS=bias is not None,
            CHANNELS_LAST=_is_channels_last(x),
            **settings)
    return out


@torch.library.custom_op(
    _BACKWARD,
    mutates_args=(),
    schema='(Tensor grad_out, Tensor x, Tensor offset, Tensor mask, '
    f'Tensor weight, {_GEOMETRY}, bool need_x, bool need_maps, '
    'bool need_weight) -> (Tensor, Tensor, Tensor, Tensor)')
def _backward(grad_out: Tensor, x: Tensor, offset: Tensor, mask: Tensor,
              weight: Tensor, stride: int, padding: int, dilation: int,
              need_x: bool, need_maps: bool,
              need_weight: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    if need_x:
        _alert_not_deterministic()
    channels_last = _is_channels_last(grad_out)
    if not channels_last:
        grad_out = grad_out.contiguous()
    shares = _weight_shares(offset, weight)
    largest = max(x.numel(), offset.numel(), grad_out.numel(),
                  shares * weight.numel())
    common: dict[str, Any] = dict(CHANNELS_LAST=channels_last)
    pixels, offset, mask = _pixels(x), offset.contiguous(), mask.contiguous()
    grad_pixels = torch.zeros_like(
        pixels if need_x else pixels.new_empty(0), dtype=torch.float32)
    grad_offset, grad_mask = torch.zeros_like(offset), torch.zeros_like(mask)
    grad_weight = torch.zeros_like(weight, dtype=torch.float32)
    if grad_out.numel() and x.numel():
        common |= _settings(x, offset, weight, (stride, padding, dilation),
                            largest)
        with torch.cuda.device_of(x):
            if need_x or need_maps:
                _launch_sample_gradient(pixels, offset, mask, weight, grad_out,
                                        grad_pixels, grad_offset, grad_mask,
                                        common)
            if need_weight:
                grad_weight = _launch_weight_gradient(pixels, offset, mask,
                                                      weight, grad_out, shares,
                                                      common)
    grad_x = grad_pixels.to(x.dtype)
    return (grad_x.movedim(-1, 1) if need_x else grad_x, grad_offset,
            grad_mask, grad_weight.to(weight.dtype).contiguous())


def _launch_sample_gradient(pixels: Tensor, offset: Tensor, mask: Tensor,
                            weight: Tensor, grad_out: Tensor,
                            grad_pixels: Tensor, grad_offset: Tensor,
                            grad_mask: Tensor, common: dict[str,
                                                            Any]) -> None:
    """Write the gradients of input, offset and mask."""

    def grid(meta: dict[str, Any]) -> tuple[int, int]:
        return _blocks(common['M'], meta['BLOCK_M']), common['K']

    _kernels().sample_gradient_kernel[grid](
        pixels,
        offset,
        mask,
        weight.flatten(2).permute(2, 0, 1).contiguous(),
        grad_out,
        grad_pixels,
        grad_offset,
        grad_mask,
        NEED_X=grad_pixels.numel() > 0,
        **common)


def _weight_shares(offset: Tensor, weight: Tensor) -> int:
    """Return into how many shares of positions to split the weight's sum."""
    out_channels, channels, kh, kw = weight.shape
    tiles = kh * kw * _blocks(channels, 64) * _blocks(out_channels, 64)
    positions = offset.shape[0] * offset.shape[2] * offset.shape[3]
    return max(1, min(_PROGRAMS // max(tiles, 1), positions // 256))


def _launch_weight_gradient(pixels: Tensor, offset: Tensor, mask: Tensor,
                            weight: Tensor, grad_out: Tensor, shares: int,
                            common: dict[str, Any]) -> Tensor:
    """Return the gradient of the weight in float32, (O, C, kh, kw).

    Shares of the positions are summed in a fixed order, without atomics.
    """
    partial = torch.empty((shares, common['K'], common['C'], common['C_OUT']),
                          dtype=torch.float32,
                          device=weight.device)

    def grid(meta: dict[str, Any]) -> tuple[int, int]:
        return (common['K'] * _blocks(common['C'], meta['BLOCK_C']) *
                _blocks(common['C_OUT'], meta['BLOCK_O']), shares)

    _kernels().weight_gradient_kernel[grid](pixels, offset, mask, grad_out,
                                            partial, **common)
    return partial.sum(dim=0).permute(2, 1, 0).reshape(weight.shape)


def _alert_not_deterministic() -> None:
    """Raise or warn as PyTorch's own operators do."""
    if not torch.are_deterministic_algorithms_enabled():
        return
    message = (
        'The gradient of the input of deform_conv2d_triton does not have a '
        'deterministic implementation: it sums by atomic additions')
    if not torch.is_deterministic_algorithms_warn_only_enabled():
        raise RuntimeError(
            f'{message}. torch.use_deterministic_algorithms(True, '
            'warn_only=True) makes this a warning')
    warnings.warn(message, stacklevel=2)


@_forward.register_fake
def _(x, offset, mask, weight, bias, stride, padding, dilation):
    return _new_output(x, offset, weight)


@_backward.register_fake
def _(grad_out, x, offset, mask, weight, stride, padding, dilation, need_x,
      need_maps, need_weight):
    grad_x = (torch.empty_like(_pixels(x)).movedim(-1, 1) if need_x else
              x.new_empty(0))
    return (grad_x, torch.empty_like(offset.contiguous()),
            torch.empty_like(mask.contiguous()),
            torch.empty_like(weight.contiguous()))


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, offset, mask, weight, bias, *geometry = inputs
    ctx.save_for_backward(x, offset, mask, weight)
    ctx.geometry = geometry
    ctx.has_bias = bias is not None


def _differentiate(ctx: Any, grad_out: Tensor) -> tuple[Tensor | None, ...]:
    need_x, need_offset, need_mask, need_weight, need_bias = (
        ctx.needs_input_grad[:5])
    grads = _backward(grad_out, *ctx.saved_tensors, *ctx.geometry, need_x,
                      need_offset or need_mask, need_weight)
    needs = (need_x, need_offset, need_mask, need_weight)
    grad_bias = None
    if ctx.has_bias and need_bias:
        grad_bias = grad_out.sum(dim=(0, 2, 3), dtype=torch.float32)
    return (*(grad if need else None for grad, need in zip(grads, needs)),
            grad_bias, None, None, None)


_forward.register_autograd(_differentiate, setup_context=_setup_context)
