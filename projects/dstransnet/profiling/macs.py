"""Multiply-accumulate operations (MACs) of a network."""
from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from mmengine.config import Config
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ..models.build import build_segmentor
from ..models.layers import ModulatedDeformConv2d
from ..utils.config import input_size
from ..utils.errors import InputError
from .timed_steps import input_channels, parameter_count

Size = tuple[int, int]

TRAINING_FACTOR = 3
"""MACs of a training step over those of a forward pass.

By convention, the backward pass takes two products for each of the forward
pass: one for the gradient of the input and one for that of the weight.
``FlopCounterMode`` overcounts the weight gradient of a depth-wise
convolution, since it counts all pairs of channels.
"""


def count_macs(model: nn.Module, images: torch.Tensor) -> int:
    """Count the multiply-accumulate operations of a forward pass.

    PyTorch's ``FlopCounterMode`` counts convolutions and matrix products,
    also those inside attention. A modulated deformable convolution of this
    project counts as its final matrix product: K C O H W for K kernel points,
    C input and O output channels. Bilinear sampling, wavelet transforms,
    norms, activations, interpolation and compiled operators of other
    libraries do not count. The segmentor is moved to the ``meta`` device,
    where nothing is computed; its weights are lost.

    Args:
        model (nn.Module): A segmentor.
        images (Tensor): Shape (N, C, H, W).

    Returns:
        int: Multiplications, each with an addition, for all N images.

    Raises:
        NotImplementedError: If the network depends on the values of tensors.
    """
    for module in model.modules():
        if isinstance(module, ModulatedDeformConv2d):
            # Compiled operators cannot be counted.
            module.impl = 'torch'
    model.to('meta').eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(images.to('meta'), None, mode='tensor')
    return counter.get_total_flops() // 2


def macs_by_size(cfg: Config, sizes: Iterable[Size]) -> dict[Size, int | None]:
    """Count the operations of a config's plain network on one image.

    ``sizes`` are heights and widths in pixels. The count is None for a
    network that depends on the values of tensors.

    Raises:
        InputError: If a size does not fit the network.
    """
    model, channels = build_segmentor(cfg), input_channels(cfg)
    found: dict[Size, int | None] = {}
    for size in sizes:
        try:
            found[size] = count_macs(
                model, torch.empty(1, channels, *size, device='meta'))
        except ValueError as error:  # how networks reject a size
            raise InputError(
                f'--shape {size[0]} {size[1]}: {error}') from error
        except (NotImplementedError, RuntimeError):
            # Errors of operators without a meta implementation.
            found[size] = None
    return found


def network_cost(cfg: Config, tta: bool = False) -> tuple[float, float]:
    """Return 1e9 operations and 1e6 parameters of a config's network.

    Operations are those on one image of the config's size, 0 if they cannot
    be counted; both are 0 for a classical detector.

    Args:
        cfg (Config): The config.
        tta (bool): Count all views of its ``tta_pipeline``. Defaults to
            False.
    """
    parameters = parameter_count(build_segmentor(cfg))
    if not parameters:
        return 0, 0
    size = input_size(cfg)
    macs: float = macs_by_size(cfg, [size])[size] or 0
    if tta:
        macs *= relative_cost(cfg.tta_pipeline[-1].transforms)
    return macs / 1e9, parameters / 1e6


def relative_cost(transforms: Sequence[Iterable[Mapping[str, Any]]]) -> float:
    """Return the operations of all views over those of the plain image.

    They are taken as proportional to the pixels of a view.

    Args:
        transforms (Sequence[Iterable[dict]]): Those of ``TestTimeAug``: the
            steps of a view are one of each. A ``scale_factor`` is a number,
            and not that of a step in a step.

    Examples:
        >>> flips = [dict(type='RandomFlip', prob=prob) for prob in (0., 1.)]
        >>> sizes = [dict(type='PillowResize', scale_factor=factor)
        ...          for factor in (1., 0.5)]
        >>> relative_cost([flips, [dict(type='PackSegInputs')]])
        2.0
        >>> relative_cost([flips, sizes])
        2.5
    """
    return sum(
        math.prod(step.get('scale_factor', 1.)**2 for step in view)
        for view in itertools.product(*transforms))
