"""Images of three channels for networks of one."""
from __future__ import annotations

from torch import Tensor


def grey_channel(images: Tensor, channels: int) -> Tensor:
    """Return the middle channel, if a network of one gets three.

    The channels of grey images are equal.

    Args:
        images (Tensor): Shape (N, C, H, W).
        channels (int): Channels that the network takes.

    Returns:
        Tensor: Shape (N, 1, H, W) for one of three channels, else ``images``.

    Examples:
        >>> import torch
        >>> grey_channel(torch.zeros(2, 3, 4, 4), 1).shape
        torch.Size([2, 1, 4, 4])
    """
    if channels == 1 and images.shape[1] == 3:
        return images[:, 1:2]
    return images
