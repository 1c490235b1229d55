"""Modulated deformable convolution (DCNv2) with interchangeable operators.

Reference:
    X. Zhu, H. Hu, S. Lin, J. Dai, "Deformable ConvNets v2: More Deformable,
    Better Results", CVPR 2019, equation 1.
"""
from __future__ import annotations

import contextlib
import functools
import importlib
import logging
from collections.abc import Callable
from typing import Any

import torch
from mmengine.logging import MMLogger
from torch import Tensor, nn

from ..tensors import at_least_float32
from .numba_operator import deform_conv2d_numba
from .operators import (
    deform_conv2d_mmcv,
    deform_conv2d_strips,
    deform_conv2d_torch,
    deform_conv2d_torchvision,
)
from .triton_operator import deform_conv2d_triton, triton_can_run

DEFORM_CONV_IMPLS: dict[str, Callable[..., Tensor]] = {
    'torch': deform_conv2d_torch,
    'strips': deform_conv2d_strips,
    'numba': deform_conv2d_numba,
    'mmcv': deform_conv2d_mmcv,
    'torchvision': deform_conv2d_torchvision,
    'triton': deform_conv2d_triton,
}
"""Implementations by name, with the arguments of :func:`deform_conv2d`."""

_REQUIRED_MODULES = {
    'numba': 'numba',
    'mmcv': 'mmcv.ops',
    'torchvision': 'torchvision.ops',
    'triton': 'triton'
}

HALF_PRECISION_IMPLS = ('triton', )
"""Implementations that take half-precision input and weight.

Their positions and mask stay in single precision.
"""

SINGLE_PRECISION_IMPLS = ('numba', )
"""Implementations that refuse double precision."""

# Fastest first. On CPUs strips that fit the cache win, compiled ones most
# (mmcv's CPU operator is a scalar loop). On GPUs a compiled operator saves the
# grid and one copy of the columns.
_PREFERENCE = {
    'cpu': ('numba', 'strips'),
    'cuda': ('torchvision', 'mmcv', 'torch')
}


def deform_conv2d(x: Tensor,
                  offset: Tensor,
                  mask: Tensor,
                  weight: Tensor,
                  bias: Tensor | None = None,
                  stride: int = 1,
                  padding: int = 0,
                  dilation: int = 1,
                  impl: str = 'torch') -> Tensor:
    """Modulated deformable convolution; samples outside the map are zero.

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
        impl (str): One of :data:`DEFORM_CONV_IMPLS`. Defaults to ``'torch'``.

    Returns:
        Tensor: Output of shape (N, O, P, Q).

    Examples:
        >>> import torch
        >>> x, weight = torch.rand(1, 2, 5, 5), torch.rand(3, 2, 3, 3)
        >>> offset, mask = torch.zeros(1, 18, 5, 5), torch.ones(1, 9, 5, 5)
        >>> out = deform_conv2d(x, offset, mask, weight, padding=1)
        >>> same = torch.nn.functional.conv2d(x, weight, padding=1)
        >>> torch.allclose(out, same, atol=1e-5)
        True
    """
    return DEFORM_CONV_IMPLS[impl](x, offset, mask, weight, bias, stride,
                                   padding, dilation)


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
    if impl == 'triton' and not triton_can_run():
        return False
    try:
        importlib.import_module(_REQUIRED_MODULES[impl])
    except (ImportError, OSError, RuntimeError):
        # A wheel for another torch build fails with any of the three.
        return False
    return True


@functools.cache
def fastest_deform_conv(device_type: str,
                        dtype: torch.dtype = torch.float32) -> str:
    """Return the name of the implementation that ``'auto'`` stands for.

    The choice is written to a run's log file once per device type and dtype.

    Args:
        device_type (str): ``torch.device.type``, such as ``'cuda'``.
        dtype (torch.dtype): Of the positions, single or double precision.
            Defaults to ``torch.float32``.
    """
    order = _PREFERENCE.get(device_type, ('torch', ))
    impl = next(name for name in order if deform_conv_available(name) and not (
        dtype == torch.float64 and name in SINGLE_PRECISION_IMPLS))
    logger = MMLogger.get_current_instance()
    if any(isinstance(handler, logging.FileHandler)
           for handler in logger.handlers):  # no news for a console alone
        logger.info('ModulatedDeformConv2d: impl=%r on %s', impl, device_type)
    return impl


def _autocast_enabled(device_type: str) -> bool:
    return device_type in ('cpu', 'cuda') and torch.is_autocast_enabled(
        device_type)


def _autocast_disabled(device_type: str) -> contextlib.AbstractContextManager:
    """Return a context without mixed precision on a device."""
    if _autocast_enabled(device_type):
        return torch.autocast(device_type, enabled=False)
    return contextlib.nullcontext()


def _feature_dtype(x: Tensor, impl: str) -> torch.dtype:
    """Return the dtype of input and weight for an implementation."""
    device_type = x.device.type
    if impl not in HALF_PRECISION_IMPLS:
        return at_least_float32(x.dtype)
    if x.dtype != torch.float64 and _autocast_enabled(device_type):
        return torch.get_autocast_dtype(device_type)
    return x.dtype


class ModulatedDeformConv2d(nn.Module):
    """Modulated deformable convolution that predicts its own offsets.

    An ordinary convolution of the same geometry predicts 3K maps: the first
    2K are offsets (dy before dx per kernel point), the last K pass a sigmoid
    and become the modulation mask.

    Args:
        kernel_size (int): Side of the square kernel. Defaults to 5.
        stride (int): Stride in pixels. Defaults to 1.
        padding (int): Zero padding in pixels. Defaults to 2.
        dilation (int): Distance of kernel points. Defaults to 1.
        bias (bool): Whether to add a bias. Defaults to True.
        impl (str): ``'auto'`` (fastest one available for the input's device),
            ``'torch'``, ``'strips'``, ``'numba'`` (CPU, single precision),
            ``'mmcv'``, ``'torchvision'`` or ``'triton'``, which keeps
            half-precision features as they are.
            Tracing and export always use ``'torch'`` under ``'auto'``.
            Defaults to ``'auto'``.

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
                "be imported or used here; use impl='auto' or impl='torch'")
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

    def _chosen(self, x: Tensor, dtype: torch.dtype) -> str:
        if self.impl != 'auto':
            return self.impl
        exporting = torch.jit.is_tracing() or torch.compiler.is_compiling()
        return 'torch' if exporting else fastest_deform_conv(
            x.device.type, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H', W')."""
        maps = self.conv_offset_mask(x)
        offset, mask = maps.split((2 * self.points, self.points), dim=1)
        # Positions need single precision: half has 0.25 pixels at column 256.
        dtype = at_least_float32(x.dtype)
        impl = self._chosen(x, dtype)
        features = _feature_dtype(x, impl)
        with _autocast_disabled(x.device.type):
            out = deform_conv2d(
                x.to(features),
                offset.to(dtype),
                mask.sigmoid().to(dtype),
                self.weight.to(features),
                self.bias if self.bias is None else self.bias.to(dtype),
                **self.geometry,
                impl=impl)
        out = out.to(x.dtype)
        if x.is_contiguous(memory_format=torch.channels_last):
            out = out.contiguous(memory_format=torch.channels_last)
        return out

    def extra_repr(self) -> str:
        """Describe the arguments in ``repr``."""
        out_channels, in_channels, kernel_size, _ = self.weight.shape
        return (f'{in_channels}, {out_channels}, kernel_size={kernel_size}, '
                f'impl={self.impl!r}')
