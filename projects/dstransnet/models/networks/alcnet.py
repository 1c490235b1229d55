"""ALCNet as BasicIRSTD builds it: ACM's modulation in a feature pyramid.

Reference:
    Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Attentional Local Contrast Networks
    for Infrared Small Target Detection", IEEE TGRS 59, 2021. The PyTorch
    version of BasicIRSTD (no licence stated) is followed, whose numbers are
    the published ones of the benchmark. It lacks the paper's own idea, the
    parameter-free local contrast between a pixel and its eight neighbours.
    Its decoder blocks that are never called do not exist here; momenta are as
    in :mod:`.acm`.
"""
from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from .acm import ENCODER_KEYS, ACMEncoder, AsymmetricFusion, upsample
from .blocks import Outputs, check_images, resize, segmentation_head
from .registry import register_network


class ALCNet(nn.Module):
    """ALCNet without its local contrast.

    Args:
        in_channels (int): Channels of the image. Defaults to 1.
        channels (Sequence[int]): Channels of the stem and the three stages.
            Defaults to (8, 16, 32, 64).
        blocks (int): Residual blocks of a stage. Defaults to 4.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16. Output: logits
        (N, 1, H, W); no side outputs.
    """

    def __init__(self,
                 in_channels: int = 1,
                 channels: Sequence[int] = (8, 16, 32, 64),
                 blocks: int = 4) -> None:
        super().__init__()
        self.in_channels = in_channels
        c0, c1, c2, c3 = channels
        self.encoder = ACMEncoder(in_channels, channels, blocks)
        self.deconv2 = upsample(c3, c2)
        self.fuse23 = AsymmetricFusion(c2)
        self.deconv1 = upsample(c2, c1)
        self.fuse12 = AsymmetricFusion(c1)
        self.deconv0 = upsample(c1, c0)
        self.head = segmentation_head(c0, c0 // 4)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also an empty dict."""
        check_images(x, self.in_channels, 16)
        c1, c2, c3 = self.encoder(x)
        up2 = self.fuse23(self.deconv2(c3), c2)
        up1 = self.fuse12(self.deconv1(up2), c1)
        logits = resize(self.head(self.deconv0(up1)), x.shape[-2:])
        return (logits, {}) if sides else logits


register_network(
    'alcnet',
    ALCNet,
    parameters=426_961,
    macs=295_076_480,
    reference='Y. Dai et al., "Attentional Local Contrast Networks for '
    'Infrared Small Target Detection", IEEE TGRS 59, 2021',
    license='none stated',
    renamed=ENCODER_KEYS,
    dropped=(r'uplayer[12]\..*', ))
