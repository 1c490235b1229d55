"""Types and channels of tensors."""
from __future__ import annotations

import torch
from torch import Tensor

from ...utils.errors import InputError


def at_least_float32(dtype: torch.dtype) -> torch.dtype:
    """Return float32, or the dtype itself where it is more precise.

    Examples:
        >>> at_least_float32(torch.bfloat16), at_least_float32(torch.float64)
        (torch.float32, torch.float64)
    """
    return torch.promote_types(dtype, torch.float32)


def to_float32(x: Tensor) -> Tensor:
    """Return a tensor in float32, or unchanged where it is more precise."""
    return x.to(at_least_float32(x.dtype))


def check_image_size(images: Tensor, divisor: int, training: bool) -> None:
    """Raise unless a network can halve its maps as often as it does.

    Args:
        images (Tensor): Shape (N, C, H, W).
        divisor (int): Height and width have to be multiples of it.
        training (bool): Which advice to give.

    Raises:
        InputError: If they are not; the message has a remedy.
    """
    height, width = images.shape[-2:]
    if height % divisor == 0 and width % divisor == 0:
        return
    height, width = int(height), int(width)  # tensors in a trace
    size = tuple(-(-side // divisor) * divisor for side in (height, width))
    advice = (
        f'data_preprocessor.size={size} pads in training, or let the '
        'train_pipeline crop to such a size' if training else
        f'data_preprocessor.test_cfg=dict(size_divisor={divisor}) pads')
    raise InputError(f'image height and width must be multiples of '
                     f'{divisor}, got {height} x {width}; {advice}')


def grey_channel(images: Tensor, channels: int) -> Tensor:
    """Return the middle channel, if a network of one gets three.

    The channels of grey images are equal.

    Args:
        images (Tensor): Shape (N, C, H, W).
        channels (int): Channels that the network takes.

    Returns:
        Tensor: Shape (N, 1, H, W) for one of three channels, else ``images``.

    Examples:
        >>> grey_channel(torch.zeros(2, 3, 4, 4), 1).shape
        torch.Size([2, 1, 4, 4])
    """
    if channels == 1 and images.shape[1] == 3:
        return images[:, 1:2]
    return images
