"""AGPCNet: attention-guided pyramid context network.

Reference:
    T. Zhang, L. Li, S. Cao, T. Pu, Z. Peng, "Attention-Guided Pyramid Context
    Networks for Detecting Infrared Small Target Under Complex Background",
    IEEE TAES, 2023. The variant ``agpcnet_1`` of the authors' release (MIT)
    is followed. Deviation: batch norms start from 0 and 1; the release takes
    their running statistics from ImageNet.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import (
    RESIDUAL_KEYS,
    Outputs,
    check_images,
    conv_norm,
    conv_norm_relu,
    gate_layers,
    residual_stage,
    resize,
    segmentation_head,
)
from .registry import register_network


class NonLocal(nn.Module):
    """Attention between all positions, added with a learned factor.

    Args:
        reduction (int): Channels over those of queries and keys. Defaults to
            1.

    Shape:
        Input and output (N, C, H, W).

    Reference:
        X. Wang et al., "Non-local Neural Networks", CVPR 2018.
    """

    def __init__(self, channels: int, reduction: int = 1) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // reduction, 1)
        self.key = nn.Conv2d(channels, channels // reduction, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        query, key, value = (
            conv(x).flatten(2) for conv in (self.query, self.key, self.value))
        weights = (query.transpose(1, 2) @ key).softmax(dim=-1)
        out = (value @ weights.transpose(1, 2)).unflatten(2, x.shape[-2:])
        return self.gamma * out + x


class AttentionGuidedBlock(nn.Module):
    """Attention inside each cell of a grid, weighed by one between cells.

    Args:
        grid (int): Cells G along each side.

    Shape:
        Input and output (N, C, H, W), H and W at least G.
    """

    def __init__(self, channels: int, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.guide = nn.Sequential(
            nn.AdaptiveMaxPool2d(grid), NonLocal(channels),
            *gate_layers(channels))
        self.non_local = NonLocal(channels, reduction=4)
        self.conv = nn.Sequential(*conv_norm(channels, channels))
        self.gamma = nn.Parameter(torch.zeros(1))

    def _attend(self, x: Tensor, guide: Tensor) -> Tensor:
        """Attend inside cells of equal size.

        Args:
            x (Tensor): Shape (N, C, R h, S w).
            guide (Tensor): Weights (N, C, R, S) of the R x S cells.
        """
        rows, columns = guide.shape[-2:]
        height, width = x.shape[-2] // rows, x.shape[-1] // columns
        cells = x.unflatten(3, (columns, width)).unflatten(2, (rows, height))
        cells = cells.permute(0, 2, 4, 1, 3, 5)  # (N, R, S, C, h, w)
        out = self.non_local(cells.flatten(0, 2)).view(cells.shape)
        out = out * guide.permute(0, 2, 3, 1)[..., None, None]
        return out.permute(0, 3, 1, 4, 2, 5).reshape(x.shape)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        height, width = map(int, x.shape[-2:])
        inner = self.grid - 1
        # The last row and column of cells take what remains.
        top, left = inner * (height // self.grid), inner * (width // self.grid)
        out = torch.cat([
            torch.cat([
                self._attend(part, weights) for part, weights in zip(
                    band.split((left, width - left), dim=3),
                    band_guide.split((inner, 1), dim=3))
            ], dim=3) for band, band_guide in zip(
                x.split((top, height - top), dim=2),
                self.guide(x).split((inner, 1), dim=2))
        ], dim=2)
        return F.relu(self.gamma * self.conv(out) + x)


class ContextPyramid(nn.Module):
    """Attention over several grids in parallel.

    Args:
        grids (Sequence[int]): Cells along each side of the grids.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self, channels: int, hidden: int,
                 grids: Sequence[int]) -> None:
        super().__init__()
        self.reduce = nn.Sequential(*conv_norm_relu(channels, hidden, 1))
        self.blocks = nn.ModuleList(
            AttentionGuidedBlock(hidden, grid) for grid in grids)
        self.expand = nn.Sequential(
            *conv_norm_relu((len(grids) + 1) * hidden, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        x = self.reduce(x)
        maps = (block(x) for block in self.blocks)
        return self.expand(torch.cat((x, *maps), dim=1))


class AsymmetricGatedFusion(nn.Module):
    """Sum a deep and a shallow map and gate it by both.

    Args:
        high_channels (int): Channels C_h of the deep map.
        low_channels (int): Channels C_l of the shallow map and the output.

    Shape:
        Input: high (N, C_h, H, W), low (N, C_l, H, W). Output (N, C_l, H, W).
    """

    def __init__(self, high_channels: int, low_channels: int) -> None:
        super().__init__()
        self.project = nn.Sequential(
            *conv_norm_relu(high_channels, low_channels, 1))
        self.position_gate = nn.Sequential(*gate_layers(low_channels))
        self.channel_gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), *gate_layers(low_channels))
        self.fuse = nn.Sequential(*conv_norm_relu(low_channels, low_channels))

    def forward(self, high: Tensor, low: Tensor) -> Tensor:
        """Return the fused map."""
        high = self.project(high)
        return (self.fuse(low + high) * self.channel_gate(high) *
                self.position_gate(low))


class Trunk(nn.Module):
    """ResNet-18 whose stem keeps the size.

    Args:
        channels (Sequence[int]): Channels of the four stages.

    Shape:
        Input (N, in_channels, H, W). Output: the maps of stages 2, 3, 4, at
        strides 2, 4, 8.
    """

    def __init__(self, in_channels: int, channels: Sequence[int]) -> None:
        super().__init__()
        c0, c1, c2, c3 = channels
        self.stem = nn.Sequential(
            *conv_norm_relu(in_channels, c0, 7, bias=False))
        self.layer1 = residual_stage(c0, c0, 2)
        self.layer2 = residual_stage(c0, c1, 2, stride=2)
        self.layer3 = residual_stage(c1, c2, 2, stride=2)
        self.layer4 = residual_stage(c2, c3, 2, stride=2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return three maps, finest first."""
        c1 = self.layer2(self.layer1(self.stem(x)))
        c2 = self.layer3(c1)
        return c1, c2, self.layer4(c2)


class AGPCNet(nn.Module):
    """AGPCNet.

    Args:
        channels (Sequence[int]): Channels of the trunk's stages. Defaults to
            (64, 128, 256, 512).
        grids (Sequence[int]): Grids of the context pyramid; the release's
            ``agpcnet_2`` has (10, 6, 5, 4). Defaults to (10, 6, 5, 3).
        reduction (int): Channels of the trunk over those inside the pyramid.
            Defaults to 16.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 4 and at least 76,
        so that stride 8 has a position for each cell. Output: logits
        (N, 1, H, W); side output ``head``, the same logits at half the size.
    """

    def __init__(self,
                 in_channels: int = 3,
                 channels: Sequence[int] = (64, 128, 256, 512),
                 grids: Sequence[int] = (10, 6, 5, 3),
                 reduction: int = 16) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.smallest = 8 * (max(grids) - 1) + 4
        _, c1, c2, c3 = channels
        self.backbone = Trunk(in_channels, channels)
        self.context = ContextPyramid(c3, c3 // reduction, grids)
        self.fuse23 = AsymmetricGatedFusion(c3, c2)
        self.fuse12 = AsymmetricGatedFusion(c2, c1)
        self.head = segmentation_head(c1, c1 // 4, bias=True)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(
                    module.weight, mode='fan_out', nonlinearity='relu')

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the side output."""
        check_images(x, self.in_channels, 4, self.smallest)
        c1, c2, c3 = self.backbone(x)
        out = resize(self.context(c3), c2.shape[-2:], align_corners=True)
        out = self.fuse23(out, c2)
        out = resize(out, c1.shape[-2:], align_corners=True)
        half = self.head(self.fuse12(out, c1))
        logits = resize(half, x.shape[-2:], align_corners=True)
        return (logits, dict(head=half)) if sides else logits


register_network(
    'agpcnet',
    AGPCNet,
    parameters=12_360_461,
    macs=42_982_808_768,
    reference='T. Zhang et al., "Attention-Guided Pyramid Context Networks '
    'for Detecting Infrared Small Target Under Complex Background", IEEE '
    'TAES, 2023',
    license='MIT',
    renamed=(
        (r'^backbone\.conv1\.', 'backbone.stem.0.'),
        (r'^backbone\.bn1\.', 'backbone.stem.1.'),
        (r'^context\.conv1\.', 'context.reduce.'),
        (r'^context\.conv2\.', 'context.expand.'),
        (r'\.scale_list\.', '.blocks.'),
        (r'\.attention\.non_local_att\.', '.guide.1.'),
        *((rf'\.attention\.conv_att\.{k}\.', f'.guide.{k + 2}.')
          for k in range(5)),
        (r'\.(query|key|value)_conv\.', r'.\1.'),
        (r'\.plus_conv\.', '.project.'),
        (r'\.pa\.', '.position_gate.'),
        (r'\.ca\.', '.channel_gate.'),
        (r'\.end_conv\.', '.fuse.'),
        (r'^head\.block\.', 'head.'),
        *RESIDUAL_KEYS,
    ))
