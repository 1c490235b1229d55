"""ACM: U-Net with asymmetric contextual modulation; ALCNet beside it.

Reference:
    Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Asymmetric Contextual Modulation for
    Infrared Small Target Detection", WACV 2021. The PyTorch version of
    BasicIRSTD (no licence stated) is followed; the authors' own is in MXNet.
    Deviation: the momentum of all batch norms is PyTorch's 0.1; BasicIRSTD
    has 0.9 in some, which in MXNet means the same.
"""
from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from .blocks import (
    RESIDUAL_KEYS,
    Outputs,
    check_images,
    conv_norm_relu,
    gate_layers,
    residual_stage,
    resize,
    segmentation_head,
)
from .registry import register_network


class AsymmetricFusion(nn.Module):
    """Fuse a deep and a shallow map by gates that each takes from the other.

    ``post(2 * low * topdown(high) + 2 * high * bottomup(low))``: the deep map
    gates the channels of the shallow one, which gates the deep one at every
    position.

    Args:
        reduction (int): Channels over hidden channels of the gates. Defaults
            to 4.

    Shape:
        Input: high and low, both (N, C, H, W). Output (N, C, H, W).
    """

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.topdown = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), *gate_layers(channels, reduction))
        self.bottomup = nn.Sequential(*gate_layers(channels, reduction))
        self.post = nn.Sequential(*conv_norm_relu(channels, channels))

    def forward(self, high: Tensor, low: Tensor) -> Tensor:
        """Return the fused map."""
        return self.post(2 * low * self.topdown(high) +
                         2 * high * self.bottomup(low))


class ACMEncoder(nn.Module):
    """Stem to stride 4 and three stages of residual blocks.

    Args:
        channels (Sequence[int]): Channels of the stem and the three stages.
        blocks (int): Residual blocks of a stage.

    Shape:
        Input (N, in_channels, H, W). Output: three maps at strides 4, 8, 16.
    """

    def __init__(self, in_channels: int, channels: Sequence[int],
                 blocks: int) -> None:
        super().__init__()
        stem, c1, c2, c3 = channels
        self.stem = nn.Sequential(
            nn.BatchNorm2d(in_channels),
            *conv_norm_relu(in_channels, stem, stride=2, bias=False),
            *conv_norm_relu(stem, stem, bias=False),
            *conv_norm_relu(stem, c1, bias=False),
            nn.MaxPool2d(3, 2, padding=1))
        self.layer1 = residual_stage(c1, c1, blocks)
        self.layer2 = residual_stage(c1, c2, blocks, stride=2)
        self.layer3 = residual_stage(c2, c3, blocks, stride=2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the maps of the stages, finest first."""
        c1 = self.layer1(self.stem(x))
        c2 = self.layer2(c1)
        return c1, c2, self.layer3(c2)


def upsample(in_channels: int, out_channels: int) -> nn.ConvTranspose2d:
    """Return the transposed convolution that doubles the size."""
    return nn.ConvTranspose2d(in_channels, out_channels, 4, 2, padding=1)


class ACM(nn.Module):
    """ACM-U-Net.

    Args:
        channels (Sequence[int]): Channels of the stem and the three stages.
            Defaults to (8, 16, 32, 64).
        blocks (int): Residual blocks of a stage. Defaults to 3.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16. Output: logits
        (N, 1, H, W); no side outputs.
    """

    def __init__(self,
                 in_channels: int = 1,
                 channels: Sequence[int] = (8, 16, 32, 64),
                 blocks: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        _, c1, c2, c3 = channels
        self.encoder = ACMEncoder(in_channels, channels, blocks)
        self.deconv2 = upsample(c3, c2)
        self.fuse2 = AsymmetricFusion(c2)
        self.uplayer2 = residual_stage(c2, c2, blocks)
        self.deconv1 = upsample(c2, c1)
        self.fuse1 = AsymmetricFusion(c1)
        self.uplayer1 = residual_stage(c1, c1, blocks)
        self.head = segmentation_head(c1, c1 // 4)

    def forward(self, x: Tensor, sides: bool = False) -> Outputs:
        """Return logits (N, 1, H, W), with ``sides`` also an empty dict."""
        check_images(x, self.in_channels, 16)
        c1, c2, c3 = self.encoder(x)
        up2 = self.uplayer2(self.fuse2(self.deconv2(c3), c2))
        up1 = self.uplayer1(self.fuse1(self.deconv1(up2), c1))
        logits = resize(self.head(up1), x.shape[-2:])
        return (logits, {}) if sides else logits


ENCODER_KEYS = (
    *RESIDUAL_KEYS,
    (r'^(stem|layer\d)\.', r'encoder.\1.'),
    (r'^head\.block\.', 'head.'),
)
"""The release's names of the layers of the encoder and the head."""

register_network(
    'acm',
    ACM,
    parameters=397_823,
    macs=343_294_592,
    reference='Y. Dai et al., "Asymmetric Contextual Modulation for Infrared '
    'Small Target Detection", WACV 2021',
    license='none stated',
    renamed=ENCODER_KEYS)


class ALCNet(nn.Module):
    """ALCNet as BasicIRSTD builds it: ACM's modulation in a feature pyramid.

    The numbers of BasicIRSTD's version are the published ones of the
    benchmark. It lacks the paper's own idea, the parameter-free local contrast
    between a pixel and its eight neighbours. Its decoder blocks that are never
    called do not exist here.

    Args:
        channels (Sequence[int]): Channels of the stem and the three stages.
            Defaults to (8, 16, 32, 64).
        blocks (int): Residual blocks of a stage. Defaults to 4.

    Shape:
        Input (N, in_channels, H, W), H and W multiples of 16. Output: logits
        (N, 1, H, W); no side outputs.

    Reference:
        Y. Dai, Y. Wu, F. Zhou, K. Barnard, "Attentional Local Contrast
        Networks for Infrared Small Target Detection", IEEE TGRS 59, 2021.
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
