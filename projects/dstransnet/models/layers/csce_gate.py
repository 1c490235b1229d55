"""Channel and spatial gate of the decoder's skip connections (CSCE)."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CSCEGate(nn.Module):
    """Gate a skip map by channels and positions, guided by the deeper map.

    ``ReLU(skip * sigmoid(Linear(avg(up)) + Linear(avg(skip)))
    * sigmoid(Conv7x7([max(up), max(skip)])))``, where avg is the mean over
    positions, max the maximum over channels, and up the deeper map after
    nearest up-sampling. Neither changes if it is taken before up-sampling.

    Args:
        skip_channels (int): Channels C_s of the skip map.
        up_channels (int): Channels C_u of the deeper map.
        kernel_size (int): Kernel of the spatial gate, odd. Defaults to 7.

    Shape:
        Input: skip (N, C_s, H, W), deeper (N, C_u, H / f, W / f) for a whole
        number f.
        Output: (N, C_s, H, W).

    Reference:
        R. Huang et al., "DSTransNet", IEEE TGRS 63, 2025.
    """

    def __init__(self,
                 skip_channels: int,
                 up_channels: int,
                 kernel_size: int = 7) -> None:
        super().__init__()
        self.up_linear = nn.Linear(up_channels, skip_channels)
        self.skip_linear = nn.Linear(skip_channels, skip_channels)
        self.spatial_conv = nn.Conv2d(
            2, 1, kernel_size, padding=kernel_size // 2, bias=False)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, skip: Tensor, deeper: Tensor) -> Tensor:
        """Return the gated skip map, (N, C_s, H, W)."""
        channel = (
            self.up_linear(deeper.mean(dim=(2, 3))) +
            self.skip_linear(skip.mean(dim=(2, 3)))).sigmoid()
        up_peak = F.interpolate(
            deeper.amax(dim=1, keepdim=True), size=skip.shape[-2:])
        peaks = torch.cat((up_peak, skip.amax(dim=1, keepdim=True)), dim=1)
        # In the other format its gradient takes ten times as long on CPUs.
        peaks = peaks.contiguous(memory_format=torch.channels_last)
        spatial = self.spatial_conv(peaks).sigmoid()
        return self.relu(skip * channel[:, :, None, None] * spatial)
