"""UIU-Net: a U-Net whose stages are U-Nets.

Reference:
    X. Wu, D. Hong, J. Chanussot, "UIU-Net: U-Net in U-Net for Infrared Small
    Object Detection", IEEE TIP 32, 2023. The form of BasicIRSTD (no licence
    stated) is followed.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import (
    Outputs,
    check_images,
    conv_norm_relu,
    gate_layers,
    resize,
)
from .registry import register_network


def unit(in_channels: int, out_channels: int,
         dilation: int = 1) -> nn.Sequential:
    """Return Conv3x3 - BN - ReLU."""
    return nn.Sequential(
        *conv_norm_relu(in_channels, out_channels, dilation=dilation))


def halve(x: Tensor) -> Tensor:
    """Max-pool 2 x 2; odd sizes are rounded up."""
    return F.max_pool2d(x, 2, ceil_mode=True)


class InnerU(nn.Module):
    """A U-Net as a residual block.

    Args:
        dilations (Sequence[int]): Dilation of each convolution on the way
            down.
        up_dilations (Sequence[int]): Dilation of each on the way up, finest
            first, one fewer.
        pool (bool): Whether all but the first and the last convolution on the
            way down have max-pooling in front.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self, in_channels: int, hidden: int, out_channels: int,
                 dilations: Sequence[int], up_dilations: Sequence[int],
                 pool: bool) -> None:
        super().__init__()
        self.first = unit(in_channels, out_channels)
        self.downs = nn.ModuleList(
            unit(hidden if number else out_channels, hidden, dilation)
            for number, dilation in enumerate(dilations))
        self.ups = nn.ModuleList(
            unit(2 * hidden, hidden if number else out_channels, dilation)
            for number, dilation in enumerate(up_dilations))
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        first = x = self.first(x)
        maps: list[Tensor] = []
        for down in self.downs:
            if self.pool and 0 < len(maps) < len(self.ups):
                x = halve(x)
            x = down(x)
            maps.append(x)
        maps.pop()
        for up, skip in zip(reversed(self.ups), reversed(maps)):
            x = up(torch.cat((resize(x, skip.shape[-2:]), skip), dim=1))
        return x + first


def deep_u(depth: int, in_channels: int, hidden: int,
           out_channels: int) -> InnerU:
    """Return a block of ``depth`` convolutions with pooling in between."""
    ones = [1] * (depth - 1)
    return InnerU(in_channels, hidden, out_channels, [*ones, 2], ones, True)


def flat_u(in_channels: int, hidden: int, out_channels: int) -> InnerU:
    """Return a block of dilated convolutions at one size."""
    return InnerU(in_channels, hidden, out_channels, (1, 2, 4, 8), (1, 2, 4),
                  False)


class InteractiveCrossAttention(nn.Module):
    """Gate a shallow map by channels, and a deep one by positions of it.

    Shape:
        Input: high and low, both (N, C, H, W). Output: the gated low and the
        gated high map, both (N, C, H, W).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.feature_high = nn.Sequential(
            *conv_norm_relu(channels, channels, 1))
        self.topdown = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), *gate_layers(channels))
        self.bottomup = nn.Sequential(
            *conv_norm_relu(channels, channels // 4, 1))
        self.spatial = nn.Conv2d(2, 1, 3, padding=1, bias=False)
        self.post = nn.Sequential(*conv_norm_relu(channels, channels))

    def forward(self, high: Tensor, low: Tensor) -> tuple[Tensor, Tensor]:
        """Return both gated maps."""
        high = self.feature_high(high)
        low = low * self.topdown(high)
        x = self.bottomup(low)
        pooled = (x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True))
        gate = self.spatial(torch.cat(pooled, dim=1)).sigmoid()
        return self.post(2 * low), self.post(2 * high * gate)


class UIUNet(nn.Module):
    """UIU-Net.

    Shape:
        Input (N, in_channels, H, W). Output: logits (N, 1, H, W); side
        outputs ``d1`` .. ``d6`` of the decoder's stages, finest first, and of
        the deepest map, of the same shape.
    """

    def __init__(self, in_channels: int = 1) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.encoders = nn.ModuleList((
            deep_u(7, in_channels, 32, 64), deep_u(6, 64, 32, 128),
            deep_u(5, 128, 64, 256), deep_u(4, 256, 128, 512),
            flat_u(512, 256, 512), flat_u(512, 256, 512)))
        self.fusions = nn.ModuleList(
            map(InteractiveCrossAttention, (512, 512, 256, 128)))
        self.decoders = nn.ModuleList((
            flat_u(1024, 256, 512), deep_u(4, 1024, 128, 256),
            deep_u(5, 512, 64, 128), deep_u(6, 256, 32, 64),
            deep_u(7, 128, 16, 64)))
        self.side_convs = nn.ModuleList(
            nn.Conv2d(channels, 1, 3, padding=1)
            for channels in (64, 64, 128, 256, 512, 512))
        self.fuse_conv = nn.Conv2d(6, 1, 1)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the side outputs."""
        check_images(x, self.in_channels)
        size = x.shape[-2:]
        skips: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(halve(x) if skips else x)
            skips.append(x)
        decoded = [skips.pop()]
        for number, decoder in enumerate(self.decoders):
            skip = skips.pop()
            pair = resize(decoded[0], skip.shape[-2:]), skip
            if number < len(self.fusions):  # the finest maps are not fused
                pair = self.fusions[number](*pair)
            decoded.insert(0, decoder(torch.cat(pair, dim=1)))
        maps = [
            resize(conv(each), size)
            for conv, each in zip(self.side_convs, decoded)
        ]
        logits = self.fuse_conv(torch.cat(maps, dim=1))
        if not sides:
            return logits
        return logits, {f'd{i}': each for i, each in enumerate(maps, 1)}


register_network(
    'uiunet',
    UIUNet,
    parameters=50_540_309,
    macs=54_222_068_224,
    reference='X. Wu et al., "UIU-Net: U-Net in U-Net for Infrared Small '
    'Object Detection", IEEE TIP 32, 2023',
    license='none stated',
    renamed=(
        (r'^stage(\d)\.', 'encoders.#1.'),
        *((rf'^stage{k}d\.', f'decoders.{5 - k}.') for k in range(1, 6)),
        *((rf'^fuse{k}\.', f'fusions.{5 - k}.') for k in range(2, 6)),
        (r'\.rebnconvin\.', '.first.'),
        (r'\.rebnconv(\d)\.', '.downs.#1.'),
        (r'\.rebnconv(\d)d\.', '.ups.#1.'),
        (r'\.conv_s1\.', '.0.'),
        (r'\.bn_s1\.', '.1.'),
        (r'\.bottomup\.3\.conv1\.', '.spatial.'),
        (r'^side(\d)\.', 'side_convs.#1.'),
        (r'^outconv\.', 'fuse_conv.'),
    ))
