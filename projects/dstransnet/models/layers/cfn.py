"""Feed-forward network of the RDSF neck and its channel gate.

Reference:
    Q. Wang et al., "ECA-Net: Efficient Channel Attention for Deep
    Convolutional Neural Networks", CVPR 2020 (the gate).
"""
from __future__ import annotations

import torch
from torch import Tensor, nn

from .depthwise_conv import DepthwiseConv2d


class EfficientChannelAttention(nn.Module):
    """ECA gate: each channel is weighted by its neighbours' global means.

    Args:
        kernel_size (int): Channels that a weight looks at. Defaults to 3.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self, kernel_size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv1d(
            1, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Weight the channels of ``x``; the shape stays the same."""
        mean = x.mean(dim=(2, 3)).unsqueeze(1)
        gate = self.conv(mean).sigmoid().squeeze(1)
        return x * gate[:, :, None, None]


class CFN(nn.Module):
    """Convolutional feed-forward network with 3 x 3 and 5 x 5 paths.

    Conv1x1 to twice the hidden width; one half goes through a depth-wise
    3 x 3, the other through a depth-wise 5 x 5 convolution, each with ReLU;
    Conv1x1 back and an ECA gate. No biases.

    Args:
        expansion (float): Hidden width is ``int(expansion * C)``. Defaults to
            2.66.
        eca_kernel_size (int): Kernel of the ECA gate. Defaults to 3.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self,
                 channels: int,
                 expansion: float = 2.66,
                 eca_kernel_size: int = 3) -> None:
        super().__init__()
        hidden = int(expansion * channels)
        self.project_in = nn.Conv2d(channels, 2 * hidden, 1, bias=False)
        self.conv3x3 = nn.Conv2d(
            hidden, hidden, 3, padding=1, groups=hidden, bias=False)
        self.conv5x5 = DepthwiseConv2d(hidden, 5)
        self.relu = nn.ReLU(inplace=True)
        self.project_out = nn.Conv2d(2 * hidden, channels, 1, bias=False)
        self.eca = EfficientChannelAttention(eca_kernel_size)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``x``; the shape stays the same."""
        near, far = self.project_in(x).chunk(2, dim=1)
        near = self.relu(self.conv3x3(near))
        far = self.relu(self.conv5x5(far))
        return self.eca(self.project_out(torch.cat((near, far), dim=1)))
