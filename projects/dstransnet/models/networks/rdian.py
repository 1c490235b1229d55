"""RDIAN: receptive-field and direction induced attention network.

Reference:
    H. Sun, J. Bai, F. Yang, X. Bai, "Receptive-Field and Direction Induced
    Attention Network for Infrared Dim Small Target Detection With a
    Large-Scale Dataset IRDST", IEEE TGRS 61, 2023. The authors' release (MIT)
    is followed; its eight fixed 5 x 5 filters are differences of shifted
    images here.
"""
from __future__ import annotations

from functools import reduce
from operator import add

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import (
    Outputs,
    check_images,
    conv_norm,
    resize,
    segmentation_head,
)
from .registry import register_network


def direction_map(image: Tensor, distance: int = 2) -> Tensor:
    """Return how much a pixel differs from its surroundings on both sides.

    The sum over four directions of the products of the differences to the
    two opposite neighbours, outside the image 0, through a sigmoid.

    Args:
        image (Tensor): Shape (N, C, H, W).
        distance (int): To the neighbours in pixels. Defaults to 2.

    Returns:
        Tensor: Shape (N, C, H, W), in 0..1.

    Examples:
        >>> image = torch.zeros(1, 1, 7, 7)
        >>> image[0, 0, 3, 3] = 1
        >>> round(direction_map(image)[0, 0, 3, 3].item(), 3)  # sigmoid(4)
        0.982
    """
    height, width = map(int, image.shape[-2:])
    padded = F.pad(image, [distance] * 4)

    def difference(down: int, right: int) -> Tensor:
        top, left = distance * (1 + down), distance * (1 + right)
        return image - padded[..., top:top + height, left:left + width]

    products = [
        difference(down, right) * difference(-down, -right)
        for down, right in ((-1, -1), (-1, 0), (-1, 1), (0, 1))
    ]
    return reduce(add, products).sigmoid()


def unit(in_channels: int, out_channels: int, kernel_size: int = 3,
         stride: int = 1) -> nn.Sequential:
    """Return convolution - BN - LeakyReLU."""
    return nn.Sequential(
        *conv_norm(in_channels, out_channels, kernel_size, stride, bias=False),
        nn.LeakyReLU(0.01, inplace=True))


class Bottleneck(nn.Module):
    """Two units that halve and restore the channels, plus the input.

    Args:
        kernel_size (int): Side of both kernels, odd.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self, channels: int, kernel_size: int) -> None:
        super().__init__()
        self.layer1 = unit(channels, channels // 2, kernel_size)
        self.layer2 = unit(channels // 2, channels, kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        return x + self.layer2(self.layer1(x))


class ChannelGate(nn.Module):
    """Gate of the channels by their mean and maximum over the positions.

    Args:
        reduction (int): Channels over hidden channels. Defaults to 32.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self, channels: int, reduction: int = 32) -> None:
        super().__init__()
        hidden = channels // reduction
        self.mlp = nn.Sequential(
            nn.Flatten(), nn.Linear(channels, hidden), nn.ReLU(inplace=True),
            nn.Linear(hidden, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Gate ``x``; the shape stays the same."""
        mean = self.mlp(x.mean(dim=(2, 3)))
        peak = self.mlp(x.amax(dim=(2, 3)))
        return x * (mean + peak).sigmoid()[:, :, None, None]


class SpatialGate(nn.Module):
    """Gate of the positions by maximum and mean over the channels.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self) -> None:
        super().__init__()
        conv, norm = conv_norm(2, 1, 7, bias=False)
        norm.momentum = 0.01
        self.spatial = nn.Sequential(conv, norm)

    def forward(self, x: Tensor) -> Tensor:
        """Gate ``x``; the shape stays the same."""
        pooled = (x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True))
        return x * self.spatial(torch.cat(pooled, dim=1)).sigmoid()


class RDIAN(nn.Module):
    """RDIAN.

    Args:
        channels (int): Width C of the branches; half of it at full size.
            Defaults to 32.

    Shape:
        Input (N, in_channels, H, W). Output: logits (N, 1, H, W); no side
        outputs.
    """

    def __init__(self, in_channels: int = 1, channels: int = 32) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.conv1 = unit(in_channels, channels // 2)
        self.conv2 = unit(channels // 2, channels, stride=2)
        self.branches = nn.ModuleList(
            nn.Sequential(*(Bottleneck(channels, size) for _ in range(blocks)))
            for size, blocks in ((1, 1), (3, 2), (5, 2), (7, 2)))
        self.conv_cat = unit(4 * channels, channels)
        self.cbam = nn.Sequential(ChannelGate(channels), SpatialGate())
        self.conv_res = unit(channels // 2, channels, 1)
        self.head = segmentation_head(channels, channels // 4)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also an empty dict."""
        check_images(x, self.in_channels)
        shallow = self.conv1(x)
        deep = self.conv2(
            shallow + shallow * direction_map(x).mean(dim=1, keepdim=True))
        fields = torch.cat([branch(deep) for branch in self.branches], dim=1)
        deep = resize(self.cbam(self.conv_cat(fields)), x.shape[-2:])
        logits = self.head(F.relu(deep + self.conv_res(shallow)))
        return (logits, {}) if sides else logits


register_network(
    'rdian',
    RDIAN,
    parameters=216_558,
    macs=3_677_388_928,
    reference='H. Sun et al., "Receptive-Field and Direction Induced '
    'Attention Network for Infrared Dim Small Target Detection With a '
    'Large-Scale Dataset IRDST", IEEE TGRS 61, 2023',
    license='MIT',
    renamed=(
        (r'^residual_block(\d)\.', r'branches.\1.'),
        (r'^cbam\.ChannelGate\.', 'cbam.0.'),
        (r'^cbam\.SpatialGate\.', 'cbam.1.'),
        (r'\bspatial\.conv\.', 'spatial.0.'),
        (r'\bspatial\.bn\.', 'spatial.1.'),
        (r'^head\.block\.', 'head.'),
    ),
    dropped=(r'd1[1-8]\.weight', ))
