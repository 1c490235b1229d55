"""Central difference convolution.

Reference:
    Z. Yu et al., "Searching Central Difference Convolutional Networks for
    Face Anti-Spoofing", CVPR 2020, equation 4.
"""
from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class CentralDifferenceConv2d(nn.Conv2d):
    """Convolution blended with its central difference.

    With ``y = w * x + b`` and ``d = sum(w) x + b`` (a 1 x 1 convolution at
    the centre tap) the output is ``y - theta d``. Both terms are linear in
    ``x``, so they are computed as ONE convolution whose centre tap is
    ``w_c - theta sum(w)`` and whose bias is ``(1 - theta) b``. Gradients of
    ``weight`` and ``bias`` flow through that fold.

    Args:
        kernel_size (int): Odd kernel size; the padding must be
            ``kernel_size // 2`` so that both terms have one size.
        theta (float): Weight of the difference term; 0 is an ordinary
            convolution. Defaults to 0.7.
        **kwargs: Passed on to :class:`torch.nn.Conv2d`.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W) at stride 1.

    Raises:
        ValueError: If the kernel size is even, or the padding is not half of
            it.

    Reference:
        Yu et al., "Searching Central Difference Convolutional Networks for
        Face Anti-Spoofing", CVPR 2020.
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 kernel_size: int = 3,
                 padding: int = 1,
                 theta: float = 0.7,
                 **kwargs: Any) -> None:
        if kernel_size % 2 == 0 or padding != kernel_size // 2:
            raise ValueError(
                'CentralDifferenceConv2d expects an odd kernel_size and '
                f'padding = kernel_size // 2, got kernel_size={kernel_size}, '
                f'padding={padding}')
        super().__init__(
            in_channels, out_channels, kernel_size, padding=padding, **kwargs)
        self.theta = theta

    def folded(self) -> tuple[Tensor, Tensor | None]:
        """Return weight and bias of the equal ordinary convolution."""
        centre = self.weight.sum(dim=(2, 3), keepdim=True) * self.theta
        half = (self.kernel_size[0] // 2, ) * 4
        weight = self.weight - F.pad(centre, half)
        bias = self.bias
        if bias is not None:
            bias = bias * (1 - self.theta)
        return weight, bias

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        weight, bias = self.folded()
        return self._conv_forward(x, weight, bias)

    def extra_repr(self) -> str:
        """Describe the arguments in ``repr``."""
        return f'{super().extra_repr()}, theta={self.theta}'
