"""3 x 3 convolution of a map up-sampled by 2, computed at low resolution."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def fold_upsampling(weight: Tensor) -> Tensor:
    """Return the transposed convolution that equals up-sampling and Conv3x3.

    After nearest up-sampling by 2, two of the three taps of a row fall on the
    same low-resolution pixel, so an output pixel sees 2 x 2 of them instead
    of 3 x 3: 4 / 9 of the products, and no up-sampled map in memory. The four
    kernels, one for each parity of the output pixel, are the phases of one
    transposed convolution with kernel 4, stride 2 and padding 1.

    Args:
        weight (Tensor): Kernel of shape (O, C, 3, 3) with padding 1.

    Returns:
        Tensor: Kernel of shape (C, O, 4, 4); gradients flow through.

    Examples:
        >>> import torch
        >>> x, weight = torch.rand(1, 2, 3, 3), torch.rand(5, 2, 3, 3)
        >>> out = F.conv_transpose2d(
        ...     x, fold_upsampling(weight), stride=2, padding=1)
        >>> up = F.interpolate(x, scale_factor=2, mode='nearest')
        >>> same = F.conv2d(up, weight, padding=1)
        >>> torch.allclose(out, same, atol=1e-5)
        True
    """
    for dim in (2, 3):
        before, centre, after = weight.unbind(dim)
        weight = torch.stack(
            (after, centre + after, before + centre, before), dim)
    return weight.transpose(0, 1)


def conv_skip_and_upsampled(skip: Tensor, deeper: Tensor, weight: Tensor,
                            bias: Tensor | None) -> Tensor:
    """Convolve ``[skip, nearest up-sampled deeper]`` without joining them.

    Args:
        skip (Tensor): Shape (N, C_s, 2H, 2W).
        deeper (Tensor): Shape (N, C_d, H, W).
        weight (Tensor): Kernel of shape (O, C_s + C_d, 3, 3), padding 1.
        bias (Tensor, optional): Shape (O, ).

    Returns:
        Tensor: Shape (N, O, 2H, 2W).
    """
    of_skip, of_deeper = split_kernel(weight, skip.shape[1])
    return add_convolved(skip, deeper, of_skip, of_deeper, bias)


def split_kernel(weight: Tensor, skip_channels: int) -> tuple[Tensor, Tensor]:
    """Split a kernel into those of :func:`add_convolved`.

    Args:
        weight (Tensor): Kernel of shape (O, C_s + C_d, 3, 3).
        skip_channels (int): Channels C_s of the skip map.

    Returns:
        tuple[Tensor, Tensor]: Of shapes (O, C_s, 3, 3) and (C_d, O, 4, 4).
    """
    return (weight[:, :skip_channels],
            fold_upsampling(weight[:, skip_channels:]))


def add_convolved(skip: Tensor, deeper: Tensor, of_skip: Tensor,
                  of_deeper: Tensor, bias: Tensor | None) -> Tensor:
    """Compute :func:`conv_skip_and_upsampled` from split kernels.

    Args:
        skip (Tensor): Shape (N, C_s, 2H, 2W).
        deeper (Tensor): Shape (N, C_d, H, W).
        of_skip (Tensor): Kernel of shape (O, C_s, 3, 3).
        of_deeper (Tensor): Kernel of shape (C_d, O, 4, 4).
        bias (Tensor, optional): Shape (O, ).

    Returns:
        Tensor: Shape (N, O, 2H, 2W).
    """
    out = F.conv_transpose2d(deeper, of_deeper, bias, stride=2, padding=1)
    return out + F.conv2d(skip, of_skip, padding=1)
