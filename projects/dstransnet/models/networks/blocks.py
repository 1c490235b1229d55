"""Blocks that several networks share."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

Outputs = Tensor | tuple[Tensor, dict[str, Tensor]]
"""Logits, and the named side outputs where they were asked for."""

RESIDUAL_KEYS = (
    (r'\bconv1\.', 'body.0.'),
    (r'\bbn1\.', 'body.1.'),
    (r'\bconv2\.', 'body.3.'),
    (r'\bbn2\.', 'body.4.'),
    (r'\bdownsample\.', 'shortcut.'),
)
"""The releases' names of the layers of a :class:`ResidualBlock`."""


def conv_norm(in_channels: int,
              out_channels: int,
              kernel_size: int = 3,
              stride: int = 1,
              dilation: int = 1,
              groups: int = 1,
              bias: bool = True) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """Return a convolution that keeps the size at stride 1, and its norm.

    Args:
        kernel_size (int): Side of the kernel, odd. Defaults to 3.
        bias (bool): Whether the convolution has a bias. Defaults to True.
    """
    return nn.Conv2d(
        in_channels,
        out_channels,
        kernel_size,
        stride,
        padding=dilation * (kernel_size // 2),
        dilation=dilation,
        groups=groups,
        bias=bias), nn.BatchNorm2d(out_channels)


def conv_norm_relu(*args: Any, **kwargs: Any) -> tuple[nn.Module, ...]:
    """Return the layers of :func:`conv_norm` and a ReLU."""
    return *conv_norm(*args, **kwargs), nn.ReLU(inplace=True)


def gate_layers(channels: int, reduction: int = 4) -> tuple[nn.Module, ...]:
    """Return Conv1x1 - BN - ReLU - Conv1x1 - BN - sigmoid.

    Args:
        channels (int): Channels of input and output.
        reduction (int): Channels over hidden channels. Defaults to 4.
    """
    hidden = channels // reduction
    return (*conv_norm_relu(channels, hidden, 1),
            *conv_norm(hidden, channels, 1), nn.Sigmoid())


def segmentation_head(in_channels: int, hidden: int, dropout: float = 0.1,
                      bias: bool = False) -> nn.Sequential:
    """Return Conv3x3 - BN - ReLU - dropout - Conv1x1 to one logit.

    Args:
        hidden (int): Channels in between.
        dropout (float): Probability. Defaults to 0.1.
        bias (bool): Whether the first convolution has a bias. Defaults to
            False.
    """
    return nn.Sequential(*conv_norm_relu(in_channels, hidden, bias=bias),
                         nn.Dropout(dropout), nn.Conv2d(hidden, 1, 1))


def resize(x: Tensor, size: Sequence[int],
           align_corners: bool = False) -> Tensor:
    """Resize maps (N, C, h, w) to ``size`` (H, W) by bilinear interpolation.
    """
    return F.interpolate(
        x, tuple(size), mode='bilinear', align_corners=align_corners)


def check_images(images: Tensor, channels: int, divisor: int = 1,
                 smallest: int = 1) -> None:
    """Raise unless a network can take these images.

    Args:
        images (Tensor): Shape (N, C, H, W).
        channels (int): Channels C that it takes.
        divisor (int): What height and width are multiples of, in pixels.
            Defaults to 1.
        smallest (int): Smallest height and width in pixels. Defaults to 1.

    Raises:
        ValueError: If it cannot.
    """
    if images.dim() != 4 or images.shape[1] != channels:
        raise ValueError(f'images: expected shape (N, {channels}, H, W), got '
                         f'{tuple(images.shape)}')
    height, width = images.shape[-2:]
    if height % divisor or width % divisor:
        raise ValueError(  # int, as sizes are tensors in a trace
            f'images: expected height and width as multiples of {divisor}, '
            f'got {int(height)} x {int(width)}; SegDataPreProcessor pads when '
            f'it is given test_cfg=dict(size_divisor={divisor})')
    if height < smallest or width < smallest:
        raise ValueError(f'images: expected at least {smallest} x {smallest} '
                         f'pixels, got {int(height)} x {int(width)}')


class ResidualBlock(nn.Module):
    """Conv3x3 - BN - act - Conv3x3 - BN plus the shortcut, then act.

    The shortcut is Conv1x1 - BN where the stride or the width changes, else
    the identity.

    Args:
        stride (int): Of the first convolution. Defaults to 1.
        bias (bool): Whether the convolutions have a bias. Defaults to False.
        negative_slope (float): Of the activations; 0 is ReLU. Defaults to 0.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H / stride, W / stride).
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 stride: int = 1,
                 bias: bool = False,
                 negative_slope: float = 0.) -> None:
        super().__init__()
        self.act = nn.LeakyReLU(negative_slope, inplace=True)
        self.body = nn.Sequential(
            *conv_norm(in_channels, out_channels, stride=stride, bias=bias),
            self.act, *conv_norm(out_channels, out_channels, bias=bias))
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                *conv_norm(in_channels, out_channels, 1, stride, bias=bias))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H / stride, W / stride)."""
        return self.act(self.body(x) + self.shortcut(x))


def residual_stage(in_channels: int, out_channels: int, blocks: int,
                   stride: int = 1) -> nn.Sequential:
    """Return residual blocks in turn; the first changes stride and width."""
    return nn.Sequential(
        ResidualBlock(in_channels, out_channels, stride),
        *(ResidualBlock(out_channels, out_channels)
          for _ in range(blocks - 1)))


def xavier_convs(network: nn.Module) -> None:
    """Draw the weights of all convolutions from Xavier's normal distribution.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.xavier_normal_(module.weight)
