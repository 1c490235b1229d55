"""Folding one linear operation into the weights of another.

Every function is pure: it returns a weight and a bias, or a layer that holds
them, and changes nothing. Results differ from the unfolded form by rounding.
"""
from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ..utils.errors import InputError


def foldable(norm: nn.Module) -> bool:
    """Tell whether a norm is the same linear map for every input."""
    return (isinstance(norm, _BatchNorm) and norm.running_mean is not None
            and norm.running_var is not None)


def fold_norm(weight: Tensor, bias: Tensor | None,
              norm: nn.Module) -> tuple[Tensor, Tensor]:
    """Fold a batch norm into the convolution before it.

    Args:
        weight (Tensor): Kernel of shape (O, ...).
        bias (Tensor, optional): Shape (O, ).
        norm (nn.Module): The batch norm of O channels that follows.

    Returns:
        tuple[Tensor, Tensor]: Kernel and bias of the convolution that equals
        both.

    Raises:
        InputError: If it is another norm, or one without running statistics.
    """
    if not foldable(norm):
        raise InputError('norm: expected a batch norm with running '
                         f'statistics, got {norm}; its statistics change '
                         'with the input, so it cannot be folded')
    assert isinstance(norm, _BatchNorm)
    assert norm.running_mean is not None and norm.running_var is not None
    return fuse_conv_bn_weights(weight, bias, norm.running_mean,
                                norm.running_var, norm.eps, norm.weight,
                                norm.bias)


def conv_of(weight: Tensor, bias: Tensor | None, padding: Any = 0,
            groups: int = 1, **geometry: Any) -> nn.Conv2d:
    """Return a convolution layer that holds copies of weight and bias.

    Args:
        weight (Tensor): Kernel of shape (O, C / groups, kh, kw).
        bias (Tensor, optional): Shape (O, ).
        padding (int | tuple[int, int]): In pixels. Defaults to 0.
        groups (int): Defaults to 1.
        **geometry: Passed on to :class:`torch.nn.Conv2d`.
    """
    out_channels, in_channels, *kernel = weight.shape
    conv = nn.Conv2d(
        in_channels * groups,
        out_channels, (kernel[0], kernel[1]),
        padding=padding,
        groups=groups,
        bias=bias is not None,
        device='meta',
        **geometry)
    conv.weight = frozen(weight)
    if bias is not None:
        conv.bias = frozen(bias)
    return conv


def frozen(value: Tensor) -> nn.Parameter:
    """Return a copy as a parameter that is not trained."""
    value = value.detach().clone(memory_format=torch.contiguous_format)
    return nn.Parameter(value, requires_grad=False)
