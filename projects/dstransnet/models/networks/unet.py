"""U-Net with padded convolutions, batch norms and nearest up-sampling.

Reference:
    O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for
    Biomedical Image Segmentation", MICCAI 2015. The form of BasicIRSTD (no
    licence stated) is followed.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import Outputs, check_images, conv_norm_relu
from .registry import register_network


def double_conv(in_channels: int, out_channels: int) -> nn.Sequential:
    """Return two times Conv3x3 - BN - ReLU."""
    return nn.Sequential(*conv_norm_relu(in_channels, out_channels),
                         *conv_norm_relu(out_channels, out_channels))


def up_conv(in_channels: int, out_channels: int) -> nn.Sequential:
    """Return nearest up-sampling by 2 - Conv3x3 - BN - ReLU."""
    return nn.Sequential(
        nn.Upsample(scale_factor=2),
        *conv_norm_relu(in_channels, out_channels))


class UNet(nn.Module):
    """U-Net.

    Args:
        channels (Sequence[int]): Width of each scale, finest first. Defaults
            to (64, 128, 256, 512, 1024).

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 2^(S - 1) for S
        scales. Output: logits (N, 1, H, W); no side outputs.
    """

    def __init__(self,
                 in_channels: int = 1,
                 channels: Sequence[int] = (64, 128, 256, 512, 1024)) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.divisor = 2**(len(channels) - 1)
        self.encoders = nn.ModuleList(
            map(double_conv, (in_channels, *channels[:-1]), channels))
        deep_first = channels[::-1]
        self.ups = nn.ModuleList(map(up_conv, deep_first, deep_first[1:]))
        self.decoders = nn.ModuleList(
            map(double_conv, deep_first, deep_first[1:]))
        self.head = nn.Conv2d(channels[0], 1, 1)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also an empty dict."""
        check_images(x, self.in_channels, self.divisor)
        skips: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        for up, decoder, skip in zip(self.ups, self.decoders, skips[-2::-1]):
            x = decoder(torch.cat((skip, up(x)), dim=1))
        logits = self.head(x)
        return (logits, {}) if sides else logits


register_network(
    'unet',
    UNet,
    parameters=34_525_889,
    macs=65_271_758_848,
    reference='O. Ronneberger et al., "U-Net: Convolutional Networks for '
    'Biomedical Image Segmentation", MICCAI 2015',
    license='none stated',
    renamed=(
        (r'^Conv(\d)\.(conv\.)?', 'encoders.#1.'),
        *((rf'^Up{k}\.(up\.)?', f'ups.{5 - k}.') for k in range(2, 6)),
        *((rf'^Up_conv{k}\.(conv\.)?', f'decoders.{5 - k}.')
          for k in range(2, 6)),
        (r'^Conv\.', 'head.'),
    ))
