"""SeRankDet: attention between the strongest responses of every channel.

Reference:
    Y. Dai, P. Pan, Y. Qian, Y. Li, X. Li, J. Yang, H. Wang, "Pick of the
    Bunch: Detecting Infrared Small Targets Beyond Hit-Miss Trade-Offs via
    Selective Rank-Aware Attention", IEEE TGRS 62, 2024. The authors' release
    (Apache-2.0) is followed; its tables of positions are constants here.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import CentralDifferenceConv2d, to_float32
from .blocks import Outputs, check_images, conv_norm_relu, resize
from .registry import register_network


def convs(*channels: int, dilations: Sequence[int]) -> nn.Sequential:
    """Return Conv3x3 - BN - ReLU for every pair of neighbouring widths."""
    return nn.Sequential(*(
        nn.Sequential(*conv_norm_relu(first, last, dilation=dilation))
        for first, last, dilation in zip(channels, channels[1:], dilations)))


def difference_conv(in_channels: int,
                    out_channels: int) -> tuple[nn.Module, ...]:
    """Return a central difference convolution - BN - ReLU."""
    return (CentralDifferenceConv2d(in_channels, out_channels),
            nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True))


class DilatedDifferenceBlock(nn.Module):
    """Plain, central difference and dilated convolutions, fused.

    Args:
        out_channels (int): Channels of each branch and the output.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        widths = (in_channels, in_channels, out_channels, out_channels)
        self.plain = convs(*widths, dilations=(1, 1, 1))
        self.difference = nn.Sequential(
            *difference_conv(in_channels, out_channels))
        self.dilated = convs(*widths, dilations=(2, 4, 2))
        self.fuse = nn.Sequential(
            *conv_norm_relu(3 * out_channels, out_channels))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        branches = self.plain(x), self.difference(x), self.dilated(x)
        return self.fuse(torch.cat(branches, dim=1))


def position_table(size: int) -> Tensor:
    """Return sines and cosines of a row's number, one frequency a column pair.

    Args:
        size (int): Rows and columns K, even.

    Returns:
        Tensor: Shape (K, K).

    Examples:
        >>> position_table(2)[1]  # sin(1), cos(1)
        tensor([0.8415, 0.5403])
    """
    rows = torch.arange(size).unsqueeze(1)
    steps = torch.arange(0, size, 2)
    angles = rows * torch.exp(steps * (-math.log(1e4) / size))
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)


class RankAwareAttention(nn.Module):
    """Attention between channels, by the K largest values of each.

    The values keep the order of their positions, whose codes are added. As
    in the release, the product is standardised over the whole batch, so the
    result of an image depends on the others, and the code of a position is
    read at its row and column, which are below K therefore.

    Args:
        values (int): Values K of a channel.

    Shape:
        Input and output (N, C, H, W), with H W at least K, and H and W at
        most K.
    """

    positions: Tensor

    def __init__(self, values: int) -> None:
        super().__init__()
        self.values = values
        self.fc1 = nn.Linear(values, 2 * values, bias=False)
        self.fc2 = nn.Linear(values, 2 * values, bias=False)
        self.register_buffer(
            'positions', position_table(values), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        width = x.shape[-1]
        flat = x.flatten(2)
        places = flat.topk(self.values, dim=2).indices.sort(dim=2).values
        row = torch.div(places, width, rounding_mode='floor')
        tokens = flat.gather(2, places) + self.positions[row, places % width]
        product = to_float32(
            self.fc1(tokens) @ self.fc2(tokens).transpose(1, 2))
        product = (product - product.mean()) / (product.std() + 1e-5)
        weights = product.softmax(dim=-1).to(x.dtype)
        return (weights @ flat).view_as(x) + x


class LargeSelectiveFusion(nn.Module):
    """Weigh a skip map and a deeper one by a large neighbourhood of both.

    Shape:
        Input: skip and deeper, both (N, C, H, W). Output (N, 2C, H, W).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_squeeze = nn.Conv2d(2, 2, 7, padding=3)
        self.conv = nn.Conv2d(channels, 2 * channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, skip: Tensor, deeper: Tensor) -> Tensor:
        """Return both maps side by side, weighed."""
        x = torch.cat((skip, deeper), dim=1)
        pooled = (x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True))
        gates = self.conv_squeeze(torch.cat(pooled, dim=1)).sigmoid()
        weights = self.conv(skip * gates[:, :1] + deeper * gates[:, 1:])
        return self.gamma * (x * weights) + x


class SeRankDet(nn.Module):
    """SeRankDet.

    Args:
        channels (Sequence[int]): Width of each scale, finest first. Defaults
            to (64, 128, 256, 512, 1024).
        values (Sequence[int]): Largest values of a channel at each scale.
            Defaults to (512, 256, 128, 64, 32).

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16 and at most 512,
        at least 96 x 96 pixels. Output: logits (N, 1, H, W); side outputs
        ``d_s1`` .. ``d_s5`` of the scales, finest first, of the same shape.
    """

    def __init__(
        self,
        in_channels: int = 3,
        channels: Sequence[int] = (64, 128, 256, 512, 1024),
        values: Sequence[int] = (512, 256, 128, 64, 32)
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.values = tuple(values)
        self.divisor = 2**(len(channels) - 1)
        self.encoders = nn.ModuleList(
            map(DilatedDifferenceBlock, (in_channels, *channels), channels))
        self.attentions = nn.ModuleList(map(RankAwareAttention, values))
        widths = channels[-2::-1]
        self.ups = nn.ModuleList(
            nn.Sequential(
                nn.Upsample(scale_factor=2, mode='bilinear'),
                *conv_norm_relu(2 * width, width)) for width in widths)
        self.fusions = nn.ModuleList(map(LargeSelectiveFusion, widths))
        self.decoders = nn.ModuleList(
            nn.Sequential(
                *conv_norm_relu(2 * width, width),
                *difference_conv(width, width),
                *conv_norm_relu(width, width)) for width in widths)
        self.head = nn.Conv2d(channels[0], 1, 1)
        self.side_convs = nn.ModuleList(
            nn.Conv2d(width, 1, 3, padding=1) for width in channels)

    def _check_size(self, height: int, width: int) -> None:
        """Raise ValueError unless every scale has positions for its values,
        and the table of positions rows for its sides."""
        sizes = [(height >> scale, width >> scale)
                 for scale in range(len(self.values))]
        if all(rows * columns >= values >= max(rows, columns)
               for (rows, columns), values in zip(sizes, self.values)):
            return
        limits = [2**scale * values for scale, values in
                  enumerate(self.values)]
        steps = max(2**scale * math.sqrt(values) / self.divisor
                    for scale, values in enumerate(self.values))
        raise ValueError(
            f'images: expected {math.ceil(steps) * self.divisor} to '
            f'{min(limits)} pixels in height and width, got {height} x '
            f'{width}; SeRankDet takes the {self.values[-1]} largest values '
            'of its coarsest maps')

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the side outputs."""
        check_images(x, self.in_channels, self.divisor)
        size = x.shape[-2:]
        self._check_size(*map(int, size))
        skips: list[Tensor] = []
        for encoder, attention in zip(self.encoders, self.attentions):
            x = attention(encoder(F.max_pool2d(x, 2) if skips else x))
            skips.append(x)
        decoded = [skips.pop()]
        for up, fusion, decoder in zip(self.ups, self.fusions, self.decoders):
            fused = fusion(skips.pop(), up(decoded[0]))
            decoded.insert(0, decoder(fused))
        logits = self.head(decoded[0])
        if not sides:
            return logits
        return logits, {
            f'd_s{i}': resize(conv(each), size) for i, (conv, each)
            in enumerate(zip(self.side_convs, decoded), 1)
        }


register_network(
    'serankdet',
    SeRankDet,
    parameters=108_893_334,
    macs=141_828_706_304,
    reference='Y. Dai et al., "Pick of the Bunch: Detecting Infrared Small '
    'Targets Beyond Hit-Miss Trade-Offs via Selective Rank-Aware Attention", '
    'IEEE TGRS 62, 2024',
    license='Apache-2.0',
    renamed=(
        (r'^Conv(\d)\.', 'encoders.#1.'),
        (r'\.conv_layer\.', '.plain.'),
        (r'\.cdc_layer\.0\.conv\.', '.difference.0.'),
        (r'\.cdc_layer\.', '.difference.'),
        (r'\.dconv_layer\.', '.dilated.'),
        (r'\.final_layer\.', '.fuse.'),
        (r'^max_channel(\d)\.', 'attentions.#1.'),
        *((rf'^neck{k}\.', f'fusions.{5 - k}.') for k in range(2, 6)),
        *((rf'^Up{k}\.(up\.)?', f'ups.{5 - k}.') for k in range(2, 6)),
        *((rf'^Up_conv{k}\.(conv\.)?', f'decoders.{5 - k}.')
          for k in range(2, 6)),
        (r'^(decoders\.\d\.3)\.conv\.', r'\1.'),
        (r'^Conv\.', 'head.'),
        (r'^conv(\d)\.', 'side_convs.#1.'),
    ),
    dropped=(r'max_channel\d\.pos_enc\.pos_enc', ))
