"""Multiply-accumulate operations of a network."""
from __future__ import annotations

from collections.abc import Iterable

import torch
from mmengine.config import Config
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ..models.build import build_segmentor
from ..models.layers import ModulatedDeformConv2d
from ..utils.errors import InputError
from .network_inputs import input_channels

Size = tuple[int, int]

TRAINING_FACTOR = 3
"""MACs of a training step over those of a forward pass.

The usual convention: the backward pass has two products for each of the
forward pass, one for the gradient of the input and one for the weight's.
``FlopCounterMode`` itself is no help there: to the weight's gradient of a
depth-wise convolution it counts all pairs of channels.
"""


def count_macs(model: nn.Module, images: torch.Tensor) -> int:
    """Count the multiply-accumulate operations of a forward pass.

    What PyTorch's ``FlopCounterMode`` knows counts: convolutions and matrix
    products, those inside attention included. A modulated deformable
    convolution of this project counts as the matrix product that it ends in,
    K C O H W for K kernel points, C channels in and O out. Not counted are
    the bilinear sampling before it, wavelet transforms (sums and
    differences), norms, activations, interpolation and compiled operators of
    other libraries. Nothing is computed: shapes are enough, so the network
    is moved to the ``meta`` device and is of use for counting alone.

    Args:
        model (nn.Module): A segmentor; its weights are lost.
        images (Tensor): Shape (N, C, H, W).

    Returns:
        int: Operations, one multiplication and one addition each, for all N
        images.

    Raises:
        NotImplementedError: If the network looks at values, which no shape
            tells.
    """
    for module in model.modules():
        if isinstance(module, ModulatedDeformConv2d):
            # The operators that others compiled cannot be counted.
            module.impl = 'torch'
    model.to('meta').eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(images.to('meta'), None, mode='tensor')
    return counter.get_total_flops() // 2


def macs_by_size(cfg: Config, sizes: Iterable[Size]) -> dict[Size, int | None]:
    """Count the operations of a config's plain network on one image.

    Args:
        cfg (Config): Config with a segmentor.
        sizes (Iterable[tuple[int, int]]): Heights and widths of the image.

    Returns:
        dict: For each size, as of :func:`count_macs`; None where a network
        cannot be run without values.

    Raises:
        InputError: If a size does not fit the network.
    """
    model, channels = build_segmentor(cfg), input_channels(cfg)
    found: dict[Size, int | None] = {}
    for size in sizes:
        try:
            found[size] = count_macs(
                model, torch.empty(1, channels, *size, device='meta'))
        except ValueError as error:  # what networks raise on a size
            raise InputError(
                f'--shape {size[0]} {size[1]}: {error}') from error
        except (NotImplementedError, RuntimeError):
            # What operators raise on the meta device; of many networks.
            found[size] = None
    return found
