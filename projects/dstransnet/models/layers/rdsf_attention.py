"""Cross-scale channel attention of the RDSF neck.

Reference:
    R. Huang et al., "DSTransNet: Dynamic Feature Selection Network With
    Feature Enhancement and Multiattention for Infrared Small Target
    Detection", IEEE TGRS 63, 2025.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from .tensors import to_float32


def channel_attention_map(query: Tensor, key: Tensor, scale: float,
                          eps: float = 1e-5) -> Tensor:
    """Row-stochastic attention between two sets of channels.

    The scaled product is standardised over the whole matrix of an image
    (an instance norm without affine part) before the softmax. Half precision
    and autocast may round the factors of the product, nothing after it.

    Args:
        query (Tensor): Shape (N, P, A), A channels over P positions.
        key (Tensor): Shape (N, P, B).
        scale (float): Factor on the product.
        eps (float): Added to the variance. Defaults to 1e-5.

    Returns:
        Tensor: Shape (N, A, B), float32 or more; every row sums to 1.

    Examples:
        >>> import torch
        >>> rows = channel_attention_map(
        ...     torch.rand(1, 9, 2), torch.rand(1, 9, 3), 1.0).sum(-1)
        >>> torch.allclose(rows, torch.ones(1, 2))
        True
    """
    product = to_float32(query.transpose(1, 2) @ key) * scale
    product = F.instance_norm(product.unsqueeze(1), eps=eps).squeeze(1)
    return product.softmax(dim=-1)


def _unit_channels(x: Tensor) -> Tensor:
    """Divide the channels of (N, P, C) by their norm over positions."""
    return F.normalize(to_float32(x), dim=1).to(x.dtype)


def _positions(x: Tensor) -> Tensor:
    """View (N, C, H, W) as (N, H W, C), which channels-last maps are."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


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
        """Return the selection of each scale; shapes stay the same."""
        query = _unit_channels(_positions(self.query(joint)))
        key = _unit_channels(_positions(self.key(joint)))
        value = _positions(self.value(joint))
        attention = channel_attention_map(query, key, self.scale)
        context = value @ attention.transpose(1, 2).to(value.dtype)

        # The context is a value here and a key at once; as a key it is not
        # normalised in the published network.
        return self._select(scales, context, context)

    def _select(self, scales: Sequence[Tensor], key: Tensor,
                value: Tensor) -> list[Tensor]:
        """Let the channels of each scale attend to those of ``key``.

        Args:
            scales (Sequence[Tensor]): Maps (N, C_i, H, W).
            key (Tensor): Shape (N, H W, C).
            value (Tensor): Shape (N, H W, C).
        """
        selected = []
        for x, to_query, project in zip(scales, self.scale_queries,
                                        self.projections):
            query = _unit_channels(_positions(to_query(x)))
            attention = channel_attention_map(query, key, self.scale)
            out = value @ attention.transpose(1, 2).to(value.dtype)
            maps = out.unflatten(1, x.shape[-2:]).permute(0, 3, 1, 2)
            selected.append(project(maps))
        return selected


class CrossScaleAttention(RDSFAttention):
    """Channel attention from every scale straight to all scales.

    Unlike :class:`RDSFAttention`, it has no first step: keys and values come
    from the joint map.

    Reference:
        S. Yuan et al., "SCTransNet: Spatial-Channel Cross Transformer Network
        for Infrared Small Target Detection", IEEE TGRS 62, 2024.
    """

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__(channels)
        del self.query

    def forward(self, scales: Sequence[Tensor], joint: Tensor) -> list[Tensor]:
        """Return the selection of each scale; shapes stay the same."""
        key = _unit_channels(_positions(self.key(joint)))
        return self._select(scales, key, _positions(self.value(joint)))
