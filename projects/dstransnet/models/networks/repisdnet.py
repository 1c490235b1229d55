"""RepISD-Net: a network that is trained with more branches than it deploys.

Reference:
    S. Wu, C. Xiao, L. Wang, Y. Wang, J. Yang, W. An, "Learning an Efficient
    Infrared Small Target Detection Network via Structural
    Re-parameterization", IEEE TGRS, 2023. The authors' release (no licence
    stated) is followed. Deviation: the fold keeps the bias of the point
    branch, which the release leaves out.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from ..layers import CentralDifferenceConv2d
from .blocks import (
    Outputs,
    check_images,
    conv_norm,
    conv_norm_relu,
    resize,
    xavier_convs,
)
from .registry import register_network


class EdgeCompensationConv(nn.Module):
    """Sum of a 3 x 3, a central difference and a 1 x 1 convolution.

    Each has a batch norm; where the width stays, that of the input is added.
    All are linear, so one 3 x 3 convolution computes the same.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.dense = nn.Sequential(
            *conv_norm(in_channels, out_channels, bias=False))
        self.difference = nn.Sequential(
            CentralDifferenceConv2d(
                in_channels, out_channels, theta=1., bias=False),
            nn.BatchNorm2d(out_channels))
        self.point = nn.Sequential(*conv_norm(in_channels, out_channels, 1))
        self.identity = (
            nn.BatchNorm2d(in_channels)
            if in_channels == out_channels else None)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        out = self.dense(x) + self.difference(x) + self.point(x)
        return out if self.identity is None else out + self.identity(x)

    def _branches(self) -> list[tuple[Tensor, Tensor | None, Any]]:
        """Return kernel (C_out, C_in, 3, 3), bias and norm of each branch."""
        dense = cast(nn.Conv2d, self.dense[0])
        difference = cast(CentralDifferenceConv2d, self.difference[0])
        point = cast(nn.Conv2d, self.point[0])
        branches: list[tuple[Tensor, Tensor | None, Any]] = [
            (dense.weight, None, self.dense[1]),
            (difference.folded()[0], None, self.difference[1]),
            (F.pad(point.weight, [1] * 4), point.bias, self.point[1]),
        ]
        if self.identity is not None:
            eye = torch.eye(point.in_channels).to(point.weight)
            branches.append(
                (F.pad(eye[:, :, None, None], [1] * 4), None, self.identity))
        return branches

    @torch.no_grad()
    def folded(self) -> nn.Conv2d:
        """Return the one convolution that computes the same at inference."""
        folds = [
            fuse_conv_bn_weights(weight, bias, norm.running_mean,
                                 norm.running_var, norm.eps, norm.weight,
                                 norm.bias)
            for weight, bias, norm in self._branches()
        ]
        weight, bias = (sum(parts) for parts in zip(*folds))
        conv = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1)
        conv.load_state_dict(dict(weight=weight, bias=bias), assign=True)
        return conv


class PyramidPooling(nn.Module):
    """Add means over grids of cells to a map, brought back to its size.

    Args:
        bins (Sequence[int]): Cells along each side of the grids.

    Shape:
        Input (N, C, H, W), output (N, 2C, H, W).
    """

    def __init__(self, channels: int, bins: Sequence[int]) -> None:
        super().__init__()
        hidden = channels // len(bins)
        self.features = nn.ModuleList(
            nn.Sequential(
                nn.AdaptiveAvgPool2d(cells),
                *conv_norm_relu(channels, hidden, 1, bias=False))
            for cells in bins)

    def forward(self, x: Tensor) -> Tensor:
        """Return the map and its pooled forms side by side."""
        size = x.shape[-2:]
        pooled = (resize(each(x), size, align_corners=True)
                  for each in self.features)
        return torch.cat((x, *pooled), dim=1)


class RepISDNet(nn.Module):
    """RepISD-Net in its deployed or its training form.

    Args:
        channels (int): Width of the first scale. Defaults to 32.
        bins (Sequence[int]): Grids of the pyramid pooling. Defaults to
            (1, 2, 3, 6).
        dropout (float): Probability in the head. Defaults to 0.1.
        deploy (bool): Whether blocks are single convolutions. Defaults to
            True.

    Shape:
        Input (N, in_channels, H, W). Output: logits (N, 2, H, W), each for a
        sigmoid of its own; the second is the target's, the first is not
        trained. No side outputs.
    """

    def __init__(self,
                 in_channels: int = 3,
                 channels: int = 32,
                 bins: Sequence[int] = (1, 2, 3, 6),
                 dropout: float = 0.1,
                 deploy: bool = True) -> None:
        super().__init__()
        self.in_channels = in_channels

        def two(first: int, hidden: int, last: int) -> nn.Sequential:
            conv: Any = (
                partial(nn.Conv2d, kernel_size=3, padding=1)
                if deploy else EdgeCompensationConv)
            return nn.Sequential(
                conv(first, hidden), nn.ReLU(inplace=True),
                conv(hidden, last), nn.ReLU(inplace=True))

        wide = 2 * channels
        self.inc = nn.Sequential(
            *conv_norm_relu(in_channels, channels, bias=False),
            *conv_norm_relu(channels, channels, bias=False))
        self.down1 = two(channels, wide, wide)
        self.down2 = two(wide, wide, wide)
        self.up3 = two(2 * wide, wide, channels)
        self.up4 = two(wide, channels, channels)
        self.ppm = PyramidPooling(channels, bins)
        self.cls = nn.Sequential(
            *conv_norm_relu(wide, channels, bias=False),
            nn.Dropout2d(dropout), nn.Conv2d(channels, 2, 1))
        xavier_convs(self)

    @staticmethod
    def _join(deep: Tensor, skip: Tensor) -> Tensor:
        """Return the skip map and the doubled deep one side by side."""
        deep = F.interpolate(
            deep, scale_factor=2, mode='bilinear', align_corners=True)
        down = int(skip.shape[-2]) - int(deep.shape[-2])
        right = int(skip.shape[-1]) - int(deep.shape[-1])
        deep = F.pad(deep, (right // 2, right - right // 2, down // 2,
                            down - down // 2))
        return torch.cat((skip, deep), dim=1)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 2, H, W), with ``sides`` also an empty dict."""
        check_images(x, self.in_channels)
        x1 = self.inc(x)
        x2 = self.down1(F.max_pool2d(x1, 2))
        x3 = self.down2(F.max_pool2d(x2, 2))
        up = self.up4(self._join(self.up3(self._join(x3, x2)), x1))
        logits = self.cls(self.ppm(up))
        return (logits, {}) if sides else logits


_FACTS: dict[str, Any] = dict(
    reference='S. Wu et al., "Learning an Efficient Infrared Small Target '
    'Detection Network via Structural Re-parameterization", IEEE TGRS, 2023',
    license='none stated',
    renamed=(
        (r'^backbone\.', ''),
        (r'\.maxpool_conv\.1\.', '.'),
        (r'^(up\d)\.conv\.', r'\1.'),
        (r'^(down\d|up\d)\.double_conv\.0\.', r'\1.0.'),
        (r'^(down\d|up\d)\.double_conv\.1\.', r'\1.2.'),
        (r'^inc\.double_conv\.', 'inc.'),
        (r'\.rbr_reparam\.', '.'),
        (r'\.rbr_dense\.conv\.', '.dense.0.'),
        (r'\.rbr_dense\.bn\.', '.dense.1.'),
        (r'\.rbr_identity\.', '.identity.'),
        # The release's code says cdc, its training checkpoint pdc.
        (r'\.rbr_[cp]dc\.conv_[cp]dc\.conv1\.', '.difference.0.'),
        (r'\.rbr_[cp]dc\.conv_[cp]dc\.bn1\.', '.difference.1.'),
        (r'\.rbr_[cp]dc\.conv_[cp]dc\.conv2\.', '.point.0.'),
        (r'\.rbr_[cp]dc\.conv_[cp]dc\.bn2\.', '.point.1.'),
    ))

register_network(
    'repisdnet',
    RepISDNet,
    parameters=279_106,
    macs=6_402_617_856,
    **_FACTS)
register_network(
    'repisdnet_train',
    partial(RepISDNet, deploy=False),
    parameters=558_530,
    macs=11_435_782_656,
    **_FACTS)
