"""Layer normalisation over the channel axis of feature maps."""
from __future__ import annotations

from torch import Tensor, nn


class LayerNorm2d(nn.LayerNorm):
    """LayerNorm over C at every position of (N, C, H, W) maps.

    Args:
        eps (float): Added to the variance. Defaults to 1e-5.

    Shape:
        Input and output (N, C, H, W).
    """

    def __init__(self, num_channels: int, eps: float = 1e-5) -> None:
        super().__init__(num_channels, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``x``; the shape stays the same."""
        normed = super().forward(x.permute(0, 2, 3, 1))
        return normed.permute(0, 3, 1, 2)
