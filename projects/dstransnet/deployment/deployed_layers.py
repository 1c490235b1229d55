"""Layers of the deployed network, with their weights folded beforehand.

Each replaces a layer of the trained network and has its inputs and outputs.
"""
from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..models.decode_heads.csce_head import JoiningConvModule
from ..models.layers import (
    ModulatedDeformConv2d,
    WTConv2d,
    add_convolved,
    filter_wavelets,
    sampling_positions,
    split_kernel,
    to_float32,
)
from .weight_folding import conv_of, frozen

STRIP_BYTES = 16 * 2**20
"""Size of the columns of one strip of an exported deformable convolution."""

MOST_STRIPS = 8
"""Largest number of strips, each of which is compiled."""


class FoldedWTConv2d(nn.Module):
    """:class:`WTConv2d` with its scales folded into its filters.

    Args:
        wavelet (WTConv2d): The trained layer.
    """

    def __init__(self, wavelet: WTConv2d) -> None:
        super().__init__()
        weight, bias = wavelet.base_scale.fold(wavelet.base_conv)
        padding = wavelet.base_conv.padding[0]
        self.base_conv = conv_of(weight, bias, padding, weight.shape[0])
        self.filters = nn.ModuleList(
            conv_of(weight, None, padding, len(weight))
            for weight in wavelet.band_filters())

    def forward(self, x: Tensor) -> Tensor:
        """Filter ``x`` of shape (N, C, H, W); the shape stays the same."""
        return filter_wavelets(x, self.filters, self.base_conv(x))


class FoldedDecoderConv(nn.Module):
    """:class:`JoiningConvModule` with its kernel split beforehand.

    Args:
        join (JoiningConvModule): The trained layer, its norm folded.
        skip_channels (int): Channels C_s of the skip map.
    """

    def __init__(self, join: JoiningConvModule, skip_channels: int) -> None:
        super().__init__()
        of_skip, of_deeper = split_kernel(join.conv.weight, skip_channels)
        self.of_skip, self.of_deeper = frozen(of_skip), frozen(of_deeper)
        self.bias = frozen(join.conv.bias)
        self.activate = join.activate

    def forward(self, skip: Tensor, deeper: Tensor) -> Tensor:
        """Map (N, C_s, 2H, 2W) and (N, C_d, H, W) to (N, C_out, 2H, 2W)."""
        return self.activate(add_convolved(
            skip, deeper, self.of_skip, self.of_deeper, self.bias))


class ExportedDeformConv2d(nn.Module):
    """:class:`ModulatedDeformConv2d` in operators that suit runtimes.

    The predictor's channels come as (kernel point, x before y), so its
    channels-last output is the sampling grid but for one transposition and
    the units; nothing is split into 25 maps, flipped and stacked again. Rows
    are computed in strips, whose columns share memory.

    Args:
        conv (ModulatedDeformConv2d): The trained layer, whose output has the
            size of its input.
        strips (bool): Whether to compute in strips, which a trace fixes to
            the size of its image. Defaults to True.
    """

    def __init__(self, conv: ModulatedDeformConv2d,
                 strips: bool = True) -> None:
        super().__init__()
        self.strips = strips
        predictor, points = conv.conv_offset_mask, conv.points
        self.points, self.side = points, round(points**0.5)
        self.geometry = conv.geometry
        # (dy, dx) of every kernel point to (dx, dy); the mask stays.
        pairs = torch.arange(2 * points).view(points, 2).flip(1).flatten()
        order = torch.cat((pairs, torch.arange(2 * points, 3 * points)))
        assert predictor.bias is not None
        self.predictor = conv_of(predictor.weight[order],
                                 predictor.bias[order],
                                 predictor.padding,
                                 dilation=predictor.dilation)
        self.matrix = frozen(conv.weight.flatten(1))
        self.bias = None if conv.bias is None else frozen(conv.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        # Positions need single precision: half has 0.5 pixels at width 256.
        x = to_float32(x)
        n, channels, height, width = x.shape
        side, points = self.side, self.points
        maps = self.predictor(x)
        xs = sampling_positions(width, side, width, x, **self.geometry)
        ys = sampling_positions(height, side, height, x, **self.geometry)
        xs, ys = xs[None, :, None, :], ys[:, None, :, None]
        xs = F.pad(xs.expand(side, side, 1, width).reshape(
            1, points, 1, width, 1), (0, 1))
        ys = F.pad(ys.expand(side, side, height, 1).reshape(
            1, points, height, 1, 1), (1, 0))
        if self.strips:
            row_bytes = x.element_size() * n * channels * points * width
            rows = max(STRIP_BYTES // int(row_bytes),
                       math.ceil(int(height) / MOST_STRIPS))
            strips = (slice(top, top + rows)
                      for top in range(0, int(height), rows))
            out = torch.cat([
                self._sample(x, maps[:, :, strip], xs, ys[:, :, strip])
                for strip in strips
            ], dim=2)
        else:
            out = self._sample(x, maps, xs, ys)
        return out if self.bias is None else out + self.bias.view(-1, 1, 1)

    def _sample(self, x: Tensor, maps: Tensor, xs: Tensor,
                ys: Tensor) -> Tensor:
        """Return rows of the output, without the bias.

        Args:
            x (Tensor): Shape (N, C_in, H, W).
            maps (Tensor): Offsets and mask, of shape (N, 3K, R, W).
            xs (Tensor): Undeformed positions, of shape (1, K, 1, W, 2).
            ys (Tensor): Of shape (1, K, R, 1, 2).
        """
        n, channels, height, width = x.shape
        points, rows = self.points, maps.shape[2]
        two = x.new_full((1, ), 2)
        units = torch.cat((two / width, two / height))  # of a pixel
        offset = maps[:, :2 * points].permute(0, 2, 3, 1)
        offset = offset.reshape(n, rows * width, points, 2).transpose(1, 2)
        offset = offset.reshape(n, points, rows, width, 2)
        grid = offset * units + xs + ys
        grid = grid.reshape(n, points * rows, width, 2)
        taps = F.grid_sample(x, grid, align_corners=False)
        mask = maps[:, 2 * points:].sigmoid()
        taps = taps.reshape(n, channels, -1) * mask.reshape(n, 1, -1)
        out = self.matrix @ taps.reshape(n, channels * points, -1)
        return out.reshape(n, -1, rows, width)
