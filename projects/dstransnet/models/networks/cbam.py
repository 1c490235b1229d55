"""Residual block with channel and spatial gates.

Reference:
    S. Woo et al., "CBAM: Convolutional Block Attention Module", ECCV 2018.
    DNA-Net and MSHNet have this form of it.
"""
from __future__ import annotations

import torch
from torch import Tensor, nn

from .blocks import RESIDUAL_KEYS, conv_norm, conv_norm_relu

CBAM_KEYS = (
    (r'\bsa\.conv1\.', 'spatial.'),
    (r'\bca\.fc1\.', 'channel.0.'),
    (r'\bca\.fc2\.', 'channel.2.'),
    *RESIDUAL_KEYS,
)
"""The releases' names of the layers of a :class:`CBAMBlock`."""


class CBAMBlock(nn.Module):
    """Conv3x3 - BN - ReLU - Conv3x3 - BN - gates, plus the shortcut, ReLU.

    The channel gate comes of the means and the maxima over the positions,
    the spatial gate of those over the gated channels. The shortcut is
    Conv1x1 - BN where the width changes, else the identity.

    Args:
        reduction (int): Channels over hidden channels of the channel gate.
            Defaults to 16.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int,
                 reduction: int = 16) -> None:
        super().__init__()
        self.body = nn.Sequential(*conv_norm_relu(in_channels, out_channels),
                                  *conv_norm(out_channels, out_channels))
        hidden = out_channels // reduction
        self.channel = nn.Sequential(
            nn.Conv2d(out_channels, hidden, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, out_channels, 1, bias=False))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.shortcut: nn.Module = nn.Identity()
        if in_channels != out_channels:
            self.shortcut = nn.Sequential(
                *conv_norm(in_channels, out_channels, 1))
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        out = self.body(x)
        mean = out.mean(dim=(2, 3), keepdim=True)
        peak = out.amax(dim=(2, 3), keepdim=True)
        out = out * (self.channel(mean) + self.channel(peak)).sigmoid()
        pooled = (out.mean(dim=1, keepdim=True), out.amax(dim=1, keepdim=True))
        out = out * self.spatial(torch.cat(pooled, dim=1)).sigmoid()
        return self.relu(out + self.shortcut(x))


def cbam_stage(in_channels: int, out_channels: int,
               blocks: int) -> nn.Sequential:
    """Return blocks in turn; the first changes the width."""
    return nn.Sequential(
        CBAMBlock(in_channels, out_channels),
        *(CBAMBlock(out_channels, out_channels) for _ in range(blocks - 1)))
