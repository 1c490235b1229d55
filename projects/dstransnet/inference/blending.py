"""Blending of the predictions of tiles.

Tiles vote with probabilities, not with logits. A network that is trained to
saturation says +-30 where it is sure, and a mean of logits then belongs to
whoever shouts loudest: -30 from a tile that saw half of a target at its edge,
with a weight of 0.1, outvotes +3 from the one that saw all of it (-0.3).
With probabilities no tile counts for more than its weight (0.86), and the
mean is what this project takes over the views of an image as well
(:mod:`..models.tta`).

What comes out has to be logits again, as the framework goes on from there. A
mean p of probabilities in float32 has lost 1 - p where it is close to 1. So
both sides are summed, and the logit is the difference of the logarithms of
the two sums: where the tiles agree, or there is one alone, it is the
network's logit up to rounding. The weights need not add up to 1, as their sum
cancels.
"""
from __future__ import annotations

import torch
from torch import Tensor

LARGEST = 40.
"""Magnitude to which logits are limited: exp(-40) is 4e-18, so that a product
with the smallest weight stays a normal number of float32."""


def to_shares(logits: Tensor) -> Tensor:
    """Return what share of a vote each class gets.

    Args:
        logits (Tensor): Shape (N, C, H, W).

    Returns:
        Tensor: Float32 of shape (N, max(C, 2), H, W); target and background
        for C = 1, the softmax otherwise. Each is positive.

    Examples:
        >>> to_shares(torch.tensor([0., 100.]).reshape(1, 1, 1, 2))[0, :, 0]
        tensor([[5.0000e-01, 1.0000e+00],
                [5.0000e-01, 4.2484e-18]])
    """
    logits = logits.float()
    if logits.shape[1] == 1:
        logits = logits.clamp(-LARGEST, LARGEST)
        return torch.cat((logits, -logits), dim=1).sigmoid()
    return logits.log_softmax(dim=1).clamp(min=-LARGEST).exp()


def from_shares(shares: Tensor, channels: int) -> Tensor:
    """Return the logits that weighted sums of shares stand for.

    Args:
        shares (Tensor): Sums of what :func:`to_shares` returned, each times
            its weight; overwritten. Shape (N, max(C, 2), H, W).
        channels (int): C.

    Returns:
        Tensor: Shape (N, C, H, W): log(target / background) for C = 1, log
        probabilities otherwise.

    Examples:
        >>> logits = torch.tensor([-35., 0., 3., 20.]).reshape(1, 1, 1, 4)
        >>> from_shares(0.25 * to_shares(logits), 1).flatten()
        tensor([-35.,   0.,   3.,  20.])
    """
    shares = shares.log_()
    if channels == 1:
        return shares[:, :1] - shares[:, 1:]
    return shares.log_softmax(dim=1)
