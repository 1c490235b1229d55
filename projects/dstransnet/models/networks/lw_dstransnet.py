"""LW-DSTransNet: SCTransNet made narrow, in three sizes.

Reference:
    R. Huang, J. Huang, Y. Ma, F. Fan, Y. Zhu, "Toward Extremely Efficient
    Infrared Small Target Detection Via Universal U-Net-based Knowledge
    Distillation", 2026. The authors' release (Apache-2.0) is followed. Its
    adapters to the widths of a teacher belong to the distillation and are no
    part of the network here.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from .registry import register_network
from .sctransnet import SCTRANSNET_DROPPED, SCTRANSNET_KEYS, SCTransNet


class LWDSTransNet(SCTransNet):
    """LW-DSTransNet: one block in the neck, nearest up-sampling, two classes.

    Args:
        base_channels (int): Width B of the first scale: 4, 8 or 16. Defaults
            to 4.
        num_blocks (int): Blocks of the neck. Defaults to 1.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16. Output: logits
        (N, 2, H, W) of background and target, for a softmax; side outputs
        ``gt4`` .. ``gt1`` of the deepest map and the stages above it, and
        ``gt0``, their fusion, all of the same shape.
    """

    upsampling = 'nearest'

    def __init__(self,
                 in_channels: int = 1,
                 base_channels: int = 4,
                 num_blocks: int = 1) -> None:
        super().__init__(in_channels, 2, base_channels, num_blocks)

    def _sides(self, maps: Sequence[Tensor],
               logits: Tensor) -> dict[str, Tensor]:
        """Return the side outputs of maps of logits, coarsest first."""
        size = tuple(logits.shape[-2:])
        full = [F.interpolate(each, size) for each in maps]
        fused = self.fuse_conv(torch.cat((*full, logits), dim=1))
        names = ('gt4', 'gt3', 'gt2', 'gt1', 'gt0')
        return dict(zip(names, (*full, fused)))


for size, width, parameters, macs in (
    ('nano', 4, 107_236, 126_478_164),
    ('tiny', 8, 410_112, 495_822_824),
    ('small', 16, 1_602_486, 1_963_001_552),
):
    register_network(
        f'lw_dstransnet_{size}',
        partial(LWDSTransNet, base_channels=width),
        parameters=parameters,
        macs=macs,
        reference='R. Huang et al., "Toward Extremely Efficient Infrared '
        'Small Target Detection Via Universal U-Net-based Knowledge '
        'Distillation", 2026',
        license='Apache-2.0',
        activation='softmax',
        renamed=(
            *SCTRANSNET_KEYS,
            (r'^output_head\.', 'head.'),
            (r'^gt_conv0\.0\.', 'fuse_conv.'),
            (r'^gt_conv([1-4])\.0\.', 'side_convs.~1.'),
        ),
        dropped=(*SCTRANSNET_DROPPED,
                 r'(x\d|skip_x\d|d\d)_conv\.(weight|bias)'))
