"""MSHNet: a U-Net with a head at every scale.

Reference:
    Q. Liu, R. Liu, B. Zheng, H. Wang, Y. Fu, "Infrared Small Target Detection
    with Scale and Location Sensitivity", CVPR 2024. The authors' release (no
    licence stated) is followed.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import Outputs, check_images, resize
from .cbam import CBAM_KEYS, cbam_stage
from .registry import register_network


class MSHNet(nn.Module):
    """MSHNet.

    Args:
        channels (Sequence[int]): Width of each scale, finest first. Defaults
            to (16, 32, 64, 128, 256).
        blocks (int): Blocks of a stage; those of the finest scale have one.
            Defaults to 2.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 2^(S - 1) for S
        scales. Output: logits (N, 1, H, W); side outputs ``mask0`` ..
        ``mask3`` of the decoder's stages, finest first, each at the size of
        its scale.
    """

    def __init__(self,
                 in_channels: int = 3,
                 channels: Sequence[int] = (16, 32, 64, 128, 256),
                 blocks: int = 2) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.divisor = 2**(len(channels) - 1)
        self.conv_init = nn.Conv2d(in_channels, channels[0], 1)
        self.encoders = nn.ModuleList(
            cbam_stage(first, last, blocks if number else 1)
            for number, (first, last) in enumerate(
                zip((channels[0], *channels), channels)))
        self.decoders = nn.ModuleList(
            cbam_stage(skip + deeper, skip, blocks if number else 1)
            for number, (skip, deeper) in enumerate(
                zip(channels, channels[1:])))
        self.heads = nn.ModuleList(
            nn.Conv2d(width, 1, 1) for width in channels[:-1])
        self.final = nn.Conv2d(len(channels) - 1, 1, 3, padding=1)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the side outputs."""
        check_images(x, self.in_channels, self.divisor)
        size = x.shape[-2:]
        x = self.conv_init(x)
        skips: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(F.max_pool2d(x, 2) if skips else x)
            skips.append(x)
        masks: list[Tensor] = []
        for decoder, head, skip in zip(
                reversed(self.decoders), reversed(self.heads), skips[-2::-1]):
            up = resize(x, skip.shape[-2:], align_corners=True)
            x = decoder(torch.cat((skip, up), dim=1))
            masks.insert(0, head(x))
        logits = self.final(torch.cat(
            [resize(mask, size, align_corners=True) for mask in masks], dim=1))
        if not sides:
            return logits
        return logits, {f'mask{i}': mask for i, mask in enumerate(masks)}


register_network(
    'mshnet',
    MSHNet,
    parameters=4_065_513,
    macs=6_001_539_200,
    reference='Q. Liu et al., "Infrared Small Target Detection with Scale and '
    'Location Sensitivity", CVPR 2024',
    license='none stated',
    renamed=(
        *CBAM_KEYS,
        (r'^encoder_(\d)\.', r'encoders.\1.'),
        (r'^middle_layer\.', 'encoders.4.'),
        (r'^decoder_(\d)\.', r'decoders.\1.'),
        (r'^output_(\d)\.', r'heads.\1.'),
    ))
