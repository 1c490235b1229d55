"""DNA-Net: dense nested attention network.

Reference:
    B. Li, C. Xiao, L. Wang, Y. Wang, Z. Lin, M. Li, W. An, Y. Guo, "Dense
    Nested Attention Network for Infrared Small Target Detection", IEEE TIP
    32, 2023. The form of BasicIRSTD (no licence stated) is followed, which
    has the authors' layers.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import Outputs, check_images, resize
from .cbam import CBAM_KEYS, CBAMBlock, cbam_stage
from .registry import register_network


class DNANet(nn.Module):
    """DNA-Net.

    Node (i, j) of the nested grid lies at scale i. It takes the nodes before
    it at its scale, the one below and, but for the finest scale, the one
    above.

    Args:
        channels (Sequence[int]): Width of each scale, finest first. Defaults
            to (16, 32, 64, 128, 256).
        blocks (int): Blocks of a node; those of the finest scale have one.
            Defaults to 2.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 2^(S - 1) for S
        scales. Output: logits (N, 1, H, W); side outputs ``final1`` ..
        ``final3`` of the nodes (0, 1) .. (0, 3), of the same shape.
    """

    def __init__(self,
                 in_channels: int = 1,
                 channels: Sequence[int] = (16, 32, 64, 128, 256),
                 blocks: int = 2) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.depth = len(channels)
        width = channels[0]
        self.nodes = nn.ModuleDict()
        for j in range(self.depth):
            for i in range(self.depth - j):
                inputs = channels[i - 1] if i else in_channels
                if j:
                    above = channels[i - 1] if i else 0
                    inputs = j * channels[i] + channels[i + 1] + above
                self.nodes[f'{i}_{j}'] = cbam_stage(
                    inputs, channels[i], blocks if i else 1)
        self.reduce = nn.ModuleList(
            nn.Conv2d(channels[i], width, 1)
            for i in range(self.depth - 1, 0, -1))
        self.fuse = CBAMBlock(self.depth * width, width)
        self.heads = nn.ModuleList(
            nn.Conv2d(width, 1, 1) for _ in range(self.depth - 1))

    def _grid(self, x: Tensor) -> dict[tuple[int, int], Tensor]:
        """Return the map of every node (i, j)."""
        grid: dict[tuple[int, int], Tensor] = {}
        for j in range(self.depth):
            for i in range(self.depth - j):
                if j:
                    size = grid[i, 0].shape[-2:]
                    others = [(i + 1, j - 1)] + [(i - 1, j)] * (i > 0)
                    x = torch.cat(
                        [grid[i, before] for before in range(j)] + [
                            resize(grid[node], size, align_corners=True)
                            for node in others
                        ], dim=1)
                elif i:
                    x = F.max_pool2d(grid[i - 1, 0], 2)
                grid[i, j] = self.nodes[f'{i}_{j}'](x)
        return grid

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the side outputs."""
        check_images(x, self.in_channels, 2**(self.depth - 1))
        grid = self._grid(x)
        last = self.depth - 1
        pyramid = [
            resize(conv(grid[i, last - i]), x.shape[-2:], align_corners=True)
            for conv, i in zip(self.reduce, range(last, 0, -1))
        ]
        fused = self.fuse(torch.cat((*pyramid, grid[0, last]), dim=1))
        *heads, head = self.heads
        if not sides:
            return head(fused)
        return head(fused), {
            f'final{j}': each(grid[0, j])
            for j, each in enumerate(heads, 1)
        }


register_network(
    'dnanet',
    DNANet,
    parameters=4_696_568,
    macs=13_905_986_944,
    reference='B. Li et al., "Dense Nested Attention Network for Infrared '
    'Small Target Detection", IEEE TIP 32, 2023',
    license='none stated',
    renamed=(
        *CBAM_KEYS,
        *((rf'^conv0_{k}_1x1\.', f'reduce.{4 - k}.') for k in range(1, 5)),
        (r'^conv0_4_final\.(0\.)?', 'fuse.'),
        (r'^conv(\d_\d)\.', r'nodes.\1.'),
        (r'^final(\d)\.', 'heads.#1.'),
    ))
