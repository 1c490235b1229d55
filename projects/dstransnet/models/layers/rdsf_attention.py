"""Cross-scale channel attention of the RDSF neck.

Reference:
    R. Huang et al., "DSTransNet: Dynamic Feature Selection Network With
    Feature Enhancement and Multiattention for Infrared Small Target
    Detection", IEEE TGRS 63, 2025.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def channel_attention_map(query: Tensor, key: Tensor, scale: float,
                          eps: float = 1e-5) -> Tensor:
    """Row-stochastic attention between two sets of channels.

    The scaled product is standardised over the whole matrix of an image
    (an instance norm without affine part) before the softmax.

    Args:
        query (Tensor): Shape (N, A, P), A channels over P positions.
        key (Tensor): Shape (N, B, P).
        scale (float): Factor on the product.
        eps (float): Added to the variance. Defaults to 1e-5.

    Returns:
        Tensor: Shape (N, A, B); every row sums to 1.

    Examples:
        >>> import torch
        >>> rows = channel_attention_map(
        ...     torch.rand(1, 2, 9), torch.rand(1, 3, 9), 1.0).sum(-1)
        >>> torch.allclose(rows, torch.ones(1, 2))
        True
    """
    product = (query @ key.transpose(1, 2)) * scale
    product = F.instance_norm(product.unsqueeze(1), eps=eps).squeeze(1)
    return product.softmax(dim=-1)


class RDSFAttention(nn.Module):
    """Channel attention within, then from every scale to, all scales.

    All channels of all scales first attend to each other, which gives a
    context of C = sum(C_i) channels; then the channels of each scale select
    from that context. Attention runs between channels, so its cost is linear
    in the number of positions. One head, no biases.

    Args:
        channels (Sequence[int]): Channels C_i of the scales, all even.

    Shape:
        Input: S maps (N, C_i, H, W) and their joint map (N, C, H, W), each
        normalised by its own norm. Output: S maps (N, C_i, H, W).
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        total = sum(channels)
        self.scale = total**-0.5
        self.query = self._projection(total, groups=total)
        self.key = self._projection(total, groups=total)
        self.value = self._projection(total, groups=total)
        self.scale_queries = nn.ModuleList(
            self._projection(c, groups=c // 2) for c in channels)
        self.projections = nn.ModuleList(
            nn.Conv2d(c, c, 1, bias=False) for c in channels)

    @staticmethod
    def _projection(channels: int, groups: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.Conv2d(
                channels, channels, 3, padding=1, groups=groups, bias=False))

    def forward(self, scales: Sequence[Tensor], joint: Tensor) -> list[Tensor]:
        """Return what each scale selects, shapes as of ``scales``."""
        query = F.normalize(self.query(joint).flatten(2), dim=-1)
        key = F.normalize(self.key(joint).flatten(2), dim=-1)
        value = self.value(joint).flatten(2)
        context = channel_attention_map(query, key, self.scale) @ value

        selected = []
        for x, to_query, project in zip(scales, self.scale_queries,
                                        self.projections):
            query = F.normalize(to_query(x).flatten(2), dim=-1)
            # The context is a value here and a key at once; as a key it is
            # not normalised in the published network.
            attention = channel_attention_map(query, context, self.scale)
            out = torch.matmul(attention, context)
            selected.append(project(out.view_as(x)))
        return selected
