"""DSTransNet as one module, its narrow form, and its residual form."""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from ..backbones.dstransnet_backbone import DSTransNetBackbone
from ..backbones.residual_backbone import ResidualBackbone
from ..decode_heads.csce_head import CSCEHead
from ..necks.rdsf_neck import RDSFNeck
from ..weight_init import DSTransNetInit
from .blocks import Outputs, check_images
from .dstransnet_keys import DROPPED, RENAMED
from .registry import register_network


class _Assembled(nn.Module):
    """A backbone, and the neck and the head of DSTransNet for its widths."""

    def __init__(self, backbone: nn.Module, in_channels: int,
                 widths: Sequence[int], num_blocks: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.backbone = backbone
        self.neck = RDSFNeck(widths[:-1], num_blocks=num_blocks)
        self.decode_head = CSCEHead(widths, (*widths[-3::-1], widths[0]))
        DSTransNetInit()(self)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also the side outputs."""
        check_images(x, self.in_channels, 16)
        features = self.neck(self.backbone(x))
        if not sides:
            return self.decode_head(features)
        others = self.decode_head.forward_all(features)
        return others.pop('out'), others


class DSTransNet(_Assembled):
    """Backbone, neck and decode head of DSTransNet in turn.

    The names of its weights are those of mmseg's ``EncoderDecoder``.

    Args:
        in_channels (int): Channels of the image. Defaults to 3; the teacher
            of LW-DSTransNet's distillation takes 1.
        base_channels (int): Width of the first scale. Defaults to 32.
        width_multipliers (Sequence[int]): Width of each of the five scales in
            units of it. Defaults to (1, 2, 4, 8, 8).
        num_blocks (int): Blocks of the neck. Defaults to 4.
        **backbone: Further arguments of :class:`DSTransNetBackbone`.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16. Output: logits
        (N, 1, H, W); side outputs are those of :meth:`CSCEHead.forward_all`.
    """

    def __init__(self,
                 in_channels: int = 3,
                 base_channels: int = 32,
                 width_multipliers: Sequence[int] = (1, 2, 4, 8, 8),
                 num_blocks: int = 4,
                 **backbone: Any) -> None:
        super().__init__(
            DSTransNetBackbone(in_channels, base_channels, width_multipliers,
                               **backbone), in_channels,
            [base_channels * m for m in width_multipliers], num_blocks)


class DSTransNetR(_Assembled):
    """DSTransNet-R: neck and head of DSTransNet on a residual backbone.

    Args:
        channels (Sequence[int]): Width of each scale, finest first. Defaults
            to (16, 32, 64, 128, 128).
        num_blocks (int): Blocks of the neck. Defaults to 1.

    Shape:
        That of :class:`DSTransNet`.
    """

    def __init__(self,
                 in_channels: int = 3,
                 channels: Sequence[int] = (16, 32, 64, 128, 128),
                 num_blocks: int = 1) -> None:
        super().__init__(
            ResidualBackbone(in_channels, channels), in_channels, channels,
            num_blocks)


_FACTS: dict[str, Any] = dict(
    reference='R. Huang et al., "DSTransNet: Dynamic Feature Selection '
    'Network With Feature Enhancement and Multiattention for Infrared Small '
    'Target Detection", IEEE TGRS 63, 2025',
    license='Apache-2.0',
    renamed=RENAMED,
    dropped=DROPPED)

register_network(
    'dstransnet',
    DSTransNet,
    parameters=18_825_924,
    macs=20_801_700_592,
    **_FACTS)
register_network(
    'dstransnet-s',
    partial(DSTransNet, base_channels=8),
    parameters=1_445_204,
    macs=2_076_059_664,
    **_FACTS)
# No network of the paper: it has the same reference, licence and names of
# weights, but no release to convert from.
register_network(
    'dstransnet-r',
    DSTransNetR,
    parameters=2_326_537,
    macs=2_715_721_424,
    reference=_FACTS['reference'] + ' (neck and head); K. He et al., "Deep '
    'Residual Learning for Image Recognition", CVPR 2016 (backbone)',
    license=_FACTS['license'])
