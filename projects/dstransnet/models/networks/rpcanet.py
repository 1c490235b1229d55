"""RPCANet: unrolled robust principal component analysis.

Reference:
    F. Wu, T. Zhang, L. Li, Y. Huang, Z. Peng, "RPCANet: Deep Unfolding RPCA
    Based Infrared Small Target Detection", WACV 2024. The authors' release
    (MIT) is followed.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from .blocks import Outputs, check_images, conv_norm_relu, xavier_convs
from .registry import register_network


def normed_convs(channels: int, layers: int) -> nn.Sequential:
    """Return Conv3x3s from one map over ``layers`` hidden layers to one."""
    return nn.Sequential(
        *conv_norm_relu(1, channels),
        *(module for _ in range(layers)
          for module in conv_norm_relu(channels, channels)),
        nn.Conv2d(channels, 1, 3, padding=1))


def plain_convs(channels: int, layers: int) -> nn.Sequential:
    """Return :func:`normed_convs` without their batch norms."""
    return nn.Sequential(
        *(module for number in range(layers + 1) for module in (
            nn.Conv2d(channels if number else 1, channels, 3, padding=1),
            nn.ReLU(inplace=True))),
        nn.Conv2d(channels, 1, 3, padding=1))


class LowRank(nn.Module):
    """Estimate the background: the image less the target, refined.

    Shape:
        Input: image and target (N, 1, H, W). Output (N, 1, H, W).
    """

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        self.convs = normed_convs(channels, layers)

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """Return the background."""
        x = image - target
        return x + self.convs(x)


class Sparse(nn.Module):
    """Estimate the target: what the background leaves, refined.

    Shape:
        Input: image, target and background (N, 1, H, W). Output
        (N, 1, H, W).
    """

    def __init__(self, channels: int, layers: int) -> None:
        super().__init__()
        self.convs = plain_convs(channels, layers)
        self.epsilon = nn.Parameter(torch.tensor([0.01]))

    def forward(self, image: Tensor, target: Tensor,
                background: Tensor) -> Tensor:
        """Return the new target."""
        x = target + image - background
        return x - self.epsilon * self.convs(x)


class RPCANet(nn.Module):
    """RPCANet.

    Every stage splits its image into background and target, and makes of
    their sum the image of the next one.

    Args:
        stages (int): Unrolled steps. Defaults to 6.
        channels (int): Hidden width. Defaults to 32.
        lowrank_layers (int): Hidden layers for the background. Defaults to 3.
        sparse_layers (int): Hidden layers for the target. Defaults to 6.
        merge_layers (int): Hidden layers for the image. Defaults to 3.

    Shape:
        Input: images (N, 1, H, W) in 0..1, without mean and deviation.
        Output: logits (N, 1, H, W), the target of the last stage; side output
        ``reconstruction``, its image, which training compares with the input.
    """

    in_channels = 1

    def __init__(self,
                 stages: int = 6,
                 channels: int = 32,
                 lowrank_layers: int = 3,
                 sparse_layers: int = 6,
                 merge_layers: int = 3) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.ModuleDict(
                dict(
                    lowrank=LowRank(channels, lowrank_layers),
                    sparse=Sparse(channels, sparse_layers),
                    merge=normed_convs(channels, merge_layers)))
            for _ in range(stages))
        xavier_convs(self)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the last image."""
        check_images(x, self.in_channels)
        target = torch.zeros_like(x)
        stages = cast(Iterable[nn.ModuleDict], self.stages)
        for number, stage in enumerate(stages, 1):
            background = stage['lowrank'](x, target)
            target = stage['sparse'](x, target, background)
            if sides or number < len(self.stages):
                x = stage['merge'](background + target)
        return (target, dict(reconstruction=x)) if sides else target


register_network(
    'rpcanet',
    RPCANet,
    parameters=679_896,
    macs=42_316_333_056,
    reference='F. Wu et al., "RPCANet: Deep Unfolding RPCA Based Infrared '
    'Small Target Detection", WACV 2024',
    license='MIT',
    renamed=((r'^decos\.', 'stages.'), (r'\.mapping\.', '.')))
