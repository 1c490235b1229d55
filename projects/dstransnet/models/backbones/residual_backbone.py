"""Residual backbone: plain 3 x 3 convolutions in place of the ESR blocks."""
from __future__ import annotations

from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from mmseg.models.backbones.resnet import BasicBlock
from mmseg.models.utils import ResLayer
from mmseg.registry import MODELS
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import check_image_size, grey_channel


@MODELS.register_module()
class ResidualBackbone(BaseModule):
    """Scales of residual blocks with max-pooling between them.

    It gives the neck and the head of DSTransNet the maps that they take, and
    works at full resolution from the first layer on, where targets are a few
    pixels. For CPUs its convolutions are cheap: no sampling, no wavelets.

    Args:
        channels (Sequence[int]): Width of each scale, finest first. Defaults
            to (16, 32, 64, 128, 128).
        num_blocks (Sequence[int]): Residual blocks of each scale. Defaults to
            (1, 1, 2, 2, 2).
        norm_cfg (dict): Config of the norm layers. Defaults to
            ``dict(type='BN')``.
        init_cfg (dict, optional): Defaults to the initialisation of the
            release of DSTransNet.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 2^(S - 1) for S
        scales. Output: S maps; map i is (N, channels[i], H / 2^i, W / 2^i).

    Raises:
        InputError: If ``channels`` and ``num_blocks`` differ in length, or an
            image has another size.

    Reference:
        K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image
        Recognition", CVPR 2016.
    """

    def __init__(self,
                 in_channels: int = 3,
                 channels: Sequence[int] = (16, 32, 64, 128, 128),
                 num_blocks: Sequence[int] = (1, 1, 2, 2, 2),
                 norm_cfg: dict = dict(type='BN'),
                 init_cfg: dict | list[dict]
                 | None = dict(type='DSTransNetInit')) -> None:
        super().__init__(init_cfg)
        if len(channels) != len(num_blocks):
            raise InputError(
                'num_blocks must have one entry for each of channels, got '
                f'{len(num_blocks)} and {len(channels)}')
        self.in_channels = in_channels
        self.divisor = 2**(len(channels) - 1)
        self.pool = nn.MaxPool2d(2)
        self.stages = nn.ModuleList(
            ResLayer(BasicBlock, before, width, blocks, norm_cfg=norm_cfg)
            for before, width, blocks in zip(
                (in_channels, *channels), channels, num_blocks))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return one map per scale, finest first."""
        check_image_size(x, self.divisor, self.training)
        x = grey_channel(x, self.in_channels)
        # Every map after it keeps this format.
        x = x.contiguous(memory_format=torch.channels_last)
        features: list[Tensor] = []
        for stage in self.stages:
            x = stage(self.pool(x) if features else x)
            features.append(x)
        return tuple(features)
