"""SCTransNet: spatial-channel cross transformer network.

Reference:
    S. Yuan, H. Qin, X. Yan, N. Akhtar, A. Mian, "SCTransNet: Spatial-Channel
    Cross Transformer Network for Infrared Small Target Detection", IEEE TGRS
    62, 2024. The authors' release (no licence stated) is followed; its
    position embeddings and scalars that are never used do not exist here.
    DSTransNet's neck and decoder are built on it, so their parts are shared.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..decode_heads.csce_head import DecoderStage
from ..layers import CrossScaleAttention
from ..necks.rdsf_neck import RDSFNeck, Reconstruction
from ..weight_init import DSTransNetInit
from .blocks import (
    RESIDUAL_KEYS,
    Outputs,
    ResidualBlock,
    check_images,
    resize,
)
from .dstransnet_keys import NECK_KEYS
from .registry import register_network


class SCTransNeck(RDSFNeck):
    """The neck of DSTransNet with one attention instead of two.

    Args:
        in_channels (Sequence[int]): Channels of the four scales.
        mode (str): Up-sampling, ``'bilinear'`` or ``'nearest'``.

    Shape:
        Input and output: the maps of the scales; shapes stay the same.
    """

    def __init__(self, in_channels: Sequence[int], num_blocks: int,
                 mode: str) -> None:
        super().__init__(in_channels, num_blocks=num_blocks)
        for block in self.blocks:
            block.attention = CrossScaleAttention(in_channels)
        for reconstruction in cast(Iterable[Reconstruction],
                                   self.reconstructions):
            reconstruction.mode = mode


class ChannelCrossGate(nn.Module):
    """Gate the channels of a skip map by the means of it and the deeper map.

    ``ReLU(skip * sigmoid((Linear(avg(skip)) + Linear(avg(up))) / 2))``; the
    mean does not change if it is taken before the nearest up-sampling.

    Shape:
        Input: skip (N, C, H, W), deeper (N, C, H / 2, W / 2). Output
        (N, C, H, W).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.skip_linear = nn.Linear(channels, channels)
        self.up_linear = nn.Linear(channels, channels)

    def forward(self, skip: Tensor, deeper: Tensor) -> Tensor:
        """Return the gated skip map, in the shape of ``skip``."""
        both = (
            self.skip_linear(skip.mean(dim=(2, 3))) +
            self.up_linear(deeper.mean(dim=(2, 3))))
        return F.relu(skip * (both / 2).sigmoid()[:, :, None, None])


class SCTransStage(DecoderStage):
    """The decoder stage of DSTransNet with a channel gate alone.

    Args:
        channels (int): Channels of the skip map and the deeper one.
    """

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__(channels, channels, out_channels, 1, dict(type='BN'))
        self.gate = ChannelCrossGate(channels)


class SCTransNet(nn.Module):
    """SCTransNet.

    Args:
        out_channels (int): Channels of the logits. Defaults to 1.
        base_channels (int): Width B of the first scale; those of the others
            are 2B, 4B, 8B, 8B. Defaults to 32.
        num_blocks (int): Blocks of the neck. Defaults to 4.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16. Output: logits
        (N, out_channels, H, W); side outputs ``gt5`` .. ``gt2`` of the
        deepest map and the stages above it, and ``d0``, their fusion, all of
        the same shape.
    """

    upsampling = 'bilinear'

    def __init__(self,
                 in_channels: int = 1,
                 out_channels: int = 1,
                 base_channels: int = 32,
                 num_blocks: int = 4) -> None:
        super().__init__()
        self.in_channels = in_channels
        widths = [base_channels * m for m in (1, 2, 4, 8, 8)]
        self.encoders = nn.ModuleList(
            ResidualBlock(first, last, bias=True, negative_slope=0.01)
            for first, last in zip([in_channels, *widths], widths))
        self.neck = SCTransNeck(widths[:4], num_blocks, self.upsampling)
        skips, outs = widths[3::-1], [*widths[2::-1], widths[0]]
        self.stages = nn.ModuleList(map(SCTransStage, skips, outs))
        self.head = nn.Conv2d(base_channels, out_channels, 1)
        self.side_convs = nn.ModuleList(
            nn.Conv2d(channels, out_channels, 1) for channels in skips)
        self.fuse_conv = nn.Conv2d(5 * out_channels, out_channels, 1)
        DSTransNetInit()(self)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits, with ``sides`` also the side outputs."""
        check_images(x, self.in_channels, 16)
        features: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(F.max_pool2d(x, 2) if features else x)
            features.append(x)
        *features, deepest = features
        # The neck has added the features once already.
        skips = [a + b for a, b in zip(self.neck(features), features)]
        decoded = [deepest]
        for stage, skip in zip(self.stages, reversed(skips)):
            decoded.append(stage(decoded[-1], skip))
        logits = self.head(decoded.pop())
        if not sides:
            return logits
        return logits, self._sides(
            [conv(each) for conv, each in zip(self.side_convs, decoded)],
            logits)

    def _sides(self, maps: Sequence[Tensor],
               logits: Tensor) -> dict[str, Tensor]:
        """Return the side outputs of maps of logits, coarsest first."""
        gt5, gt4, gt3, gt2 = (
            resize(each, logits.shape[-2:], align_corners=True)
            for each in maps)
        d0 = self.fuse_conv(torch.cat((gt2, gt3, gt4, gt5, logits), dim=1))
        return dict(gt5=gt5, gt4=gt4, gt3=gt3, gt2=gt2, d0=d0)


SCTRANSNET_KEYS = (
    (r'channel_attn\.mhead([kv])\.', r'channel_attn.mhead\1_C.'),
    (r'channel_attn\.([kv])\.', r'channel_attn.\1_C.'),
    *NECK_KEYS,
    *RESIDUAL_KEYS,
    (r'^(inc|input_head)\.(0\.)?', 'encoders.0.'),
    (r'^down_encoder(\d)\.(0\.)?', r'encoders.\1.'),
    (r'^up_decoder(\d)\.', 'stages.~1.'),
    (r'\.coatt\.mlp_x\.1\.', '.gate.skip_linear.'),
    (r'\.coatt\.mlp_g\.1\.', '.gate.up_linear.'),
    (r'\.nConvs\.(\d)\.conv\.', r'.convs.\1.conv.'),
    (r'\.nConvs\.(\d)\.norm\.', r'.convs.\1.bn.'),
)
"""The releases' names of the weights of SCTransNet and LW-DSTransNet."""

SCTRANSNET_DROPPED = (
    r'mtc\.embeddings_\d\.position_embeddings',
    r'mtc\.encoder\.layer\.\d\.channel_attn\.q\d_attn\d',
)
"""Their keys that reach no output."""

register_network(
    'sctransnet',
    SCTransNet,
    parameters=11_202_995,
    macs=9_407_567_488,
    reference='S. Yuan et al., "SCTransNet: Spatial-Channel Cross Transformer '
    'Network for Infrared Small Target Detection", IEEE TGRS 62, 2024',
    license='none stated',
    renamed=(
        *SCTRANSNET_KEYS,
        (r'^outc\.', 'head.'),
        (r'^outconv\.', 'fuse_conv.'),
        *((rf'^gt_conv{k}\.0\.', f'side_convs.{5 - k}.')
          for k in range(2, 6)),
    ),
    dropped=SCTRANSNET_DROPPED)
