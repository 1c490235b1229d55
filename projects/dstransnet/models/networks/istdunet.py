"""ISTDU-Net: split attention, external attention and a plain decoder.

Reference:
    Q. Hou, L. Zhang, F. Tan, Y. Xi, H. Zheng, N. Li, "ISTDU-Net: Infrared
    Small-Target Detection U-Net", IEEE GRSL 19, 2022. The form of BasicIRSTD
    (no licence stated) is followed, which has the authors' layers without
    their second output.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from .blocks import (
    Outputs,
    check_images,
    conv_norm,
    conv_norm_relu,
    resize,
)
from .registry import register_network


class SplitAttention(nn.Module):
    """Two maps of grouped convolutions, weighed against each other.

    Args:
        cardinality (int): Groups of channels. Defaults to 4.

    Shape:
        Input and output (N, C, H, W).

    Reference:
        H. Zhang et al., "ResNeSt: Split-Attention Networks", CVPRW 2022.
    """

    def __init__(self, channels: int, cardinality: int = 4) -> None:
        super().__init__()
        self.cardinality = cardinality
        hidden = max(channels // 2, 32)
        self.body = nn.Sequential(
            *conv_norm_relu(
                channels, 2 * channels, groups=2 * cardinality, bias=False))
        self.gate = nn.Sequential(
            *conv_norm_relu(channels, hidden, 1, groups=cardinality),
            nn.Conv2d(hidden, 2 * channels, 1, groups=cardinality))

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        first, second = self.body(x).chunk(2, dim=1)
        weights = self.gate((first + second).mean(dim=(2, 3), keepdim=True))
        # The gate's channels come as (group, map, channel of the group).
        weights = weights.unflatten(1, (self.cardinality, 2, -1)).softmax(2)
        of_first, of_second = weights.unbind(2)
        return (of_first.flatten(1, 2) * first +
                of_second.flatten(1, 2) * second)


class Bottleneck(nn.Module):
    """Conv1x1, split attention and Conv1x1, plus the shortcut, then ReLU.

    Args:
        planes (int): Channels P inside; the output has 4P.
        stride (int): 2 halves the size. Defaults to 1.

    Shape:
        Input (N, C_in, H, W), output (N, 4P, H / stride, W / stride).
    """

    def __init__(self, in_channels: int, planes: int, stride: int = 1) -> None:
        super().__init__()
        out_channels = 4 * planes
        self.body = nn.Sequential(
            *conv_norm_relu(in_channels, planes, 1, bias=False),
            SplitAttention(planes),
            nn.AvgPool2d(3, stride, 1) if stride > 1 else nn.Identity(),
            *conv_norm(planes, out_channels, 1, bias=False))
        self.shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(
                    stride, ceil_mode=True, count_include_pad=False),
                *conv_norm(in_channels, out_channels, 1, bias=False))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, 4P, H / stride, W / stride)."""
        return self.relu(self.body(x) + self.shortcut(x))


class ExternalAttention(nn.Module):
    """Attention to a learned memory instead of to other positions.

    Args:
        entries (int): Entries of the memory. Defaults to 64.

    Shape:
        Input and output (N, C, H, W).

    Reference:
        M.-H. Guo et al., "Beyond Self-attention: External Attention using Two
        Linear Layers for Visual Tasks", IEEE TPAMI 45, 2023.
    """

    def __init__(self, channels: int, entries: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 1)
        self.linear_0 = nn.Conv1d(channels, entries, 1, bias=False)
        self.linear_1 = nn.Conv1d(entries, channels, 1, bias=False)
        self.conv2 = nn.Sequential(*conv_norm(channels, channels, 1,
                                              bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        weights = self.linear_0(self.conv1(x).flatten(2)).softmax(dim=-1)
        weights = weights / (1e-9 + weights.sum(dim=1, keepdim=True))
        out = self.linear_1(weights).unflatten(2, x.shape[-2:])
        return x + self.conv2(out)


class ISTDUDecoder(nn.Module):
    """Conv1x1, up-sampling and sum, from the coarsest map up.

    Args:
        channels (Sequence[int]): Channels of the maps, finest first.

    Shape:
        Input: maps (N, channels[i], H / 2^i, W / 2^i). Output
        (N, channels[0], H, W).
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        coarse_first = channels[::-1]
        self.ups = nn.ModuleList(
            nn.Sequential(*conv_norm_relu(first, last, 1, bias=False))
            for first, last in zip(coarse_first, coarse_first[1:]))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return the finest map with all coarser ones added."""
        *skips, x = maps
        for up, skip in zip(self.ups, reversed(skips)):
            x = skip + resize(up(x), skip.shape[-2:])
        return x


class ISTDUNet(nn.Module):
    """ISTDU-Net.

    Args:
        planes (Sequence[int]): Inner width of each scale. Defaults to
            (16, 32, 64, 128).
        blocks (Sequence[int]): Blocks of each scale. Defaults to
            (1, 2, 4, 8).

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 8. Output: logits
        (N, 1, H, W); no side outputs.
    """

    def __init__(self,
                 in_channels: int = 1,
                 planes: Sequence[int] = (16, 32, 64, 128),
                 blocks: Sequence[int] = (1, 2, 4, 8)) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.divisor = 2**(len(planes) - 1)
        channels = [4 * each for each in planes]
        self.stem = nn.Sequential(
            nn.BatchNorm2d(in_channels, affine=False),
            *conv_norm_relu(in_channels, planes[0], bias=False))
        self.layers = nn.ModuleList(
            nn.Sequential(
                Bottleneck(first, inner, 2 if number else 1),
                *(Bottleneck(4 * inner, inner) for _ in range(count - 1)))
            for number, (first, inner, count) in enumerate(
                zip((planes[0], *channels), planes, blocks)))
        self.attentions = nn.ModuleList(map(ExternalAttention, channels))
        self.decoder = ISTDUDecoder(channels)
        self.head = nn.Sequential(
            *conv_norm_relu(channels[0], channels[0] // 4, bias=False),
            nn.Conv2d(channels[0] // 4, 1, 1))
        self._init_weights()

    @torch.no_grad()
    def _init_weights(self) -> None:
        for part in (self.layers, self.attentions):
            for module in part.modules():
                if isinstance(module, (nn.Conv1d, nn.Conv2d)):
                    nn.init.kaiming_normal_(module.weight, mode='fan_out')
        for attention in cast(Iterable[ExternalAttention], self.attentions):
            attention.linear_0.weight.copy_(
                attention.linear_1.weight.transpose(0, 1))

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also an empty dict."""
        check_images(x, self.in_channels, self.divisor)
        x = self.stem(x)
        maps = []
        for layer, attention in zip(self.layers, self.attentions):
            x = layer(x)
            maps.append(attention(x))
        logits = self.head(self.decoder(maps))
        return (logits, {}) if sides else logits


register_network(
    'istdunet',
    ISTDUNet,
    parameters=2_751_873,
    macs=7_711_285_120,
    reference='Q. Hou et al., "ISTDU-Net: Infrared Small-Target Detection '
    'U-Net", IEEE GRSL 19, 2022',
    license='none stated',
    renamed=(
        (r'^down\.stem\.', 'stem.'),
        (r'^down\.down\.layer(\d)\.', 'layers.#1.'),
        (r'\.conv2\.conv\.', '.body.3.body.0.'),
        (r'\.conv2\.bn0\.', '.body.3.body.1.'),
        (r'\.conv2\.fc1\.', '.body.3.gate.0.'),
        (r'\.conv2\.bn1\.', '.body.3.gate.1.'),
        (r'\.conv2\.fc2\.', '.body.3.gate.3.'),
        (r'^(layers\.\d\.\d)\.conv1\.', r'\1.body.0.'),
        (r'^(layers\.\d\.\d)\.bn1\.', r'\1.body.1.'),
        (r'^(layers\.\d\.\d)\.conv3\.', r'\1.body.5.'),
        (r'^(layers\.\d\.\d)\.bn3\.', r'\1.body.6.'),
        (r'\.downsample\.', '.shortcut.'),
        (r'^DN\.X(\d)\.', 'attentions.#1.'),
        (r'^up\.up(\d)\.', 'decoder.ups.#1.'),
        (r'^up\.', 'decoder.'),
        (r'^headSeg\.(head\.)?', 'head.'),
    ),
    dropped=(r'headDet\..*', ))
