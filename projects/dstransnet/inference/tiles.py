"""Where tiles lie on a frame, and how much each of their pixels counts."""
from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def tile_starts(size: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles start along one axis of a frame.

    All tiles have the same size. Neighbours share ``overlap`` pixels; the
    last one is moved inward to the frame's end and shares more. A frame that
    is no larger than a tile is one tile.

    Args:
        size (int): Length of the frame in pixels.
        tile (int): Length of a tile in pixels.
        overlap (int): Pixels that neighbours share at least, less than
            ``tile``.

    Returns:
        list[int]: Increasing, from 0.

    Examples:
        >>> tile_starts(1280, 512, 64), tile_starts(1024, 512, 64)
        ([0, 448, 768], [0, 448, 512])
        >>> tile_starts(960, 512, 64), tile_starts(400, 512, 64)
        ([0, 448], [0])
    """
    if size <= tile:
        return [0]
    last = size - tile
    return [*range(0, last, tile - overlap), last]


def ramp_window(size: int,
                overlap: int,
                device: torch.device | str | None = None) -> Tensor:
    """Return the weights of a tile's pixels along one axis.

    A raised cosine: 1 in the middle, and over the ``overlap`` pixels next to
    either end

        w(d) = sin(pi / 2 * (d + 1 / 2) / overlap) ** 2,

    with d whole pixels to that end. Every weight is positive, and those of
    two tiles that share exactly ``overlap`` pixels add up to 1.

    Args:
        size (int): Length of the tile in pixels.
        overlap (int): Length of the ramps in pixels, half the tile at most;
            0: all weights are 1.
        device (torch.device, optional): Where the window is made. Defaults
            to None, PyTorch's own default.

    Returns:
        Tensor: Shape (size, ), float32, within (0, 1].

    Examples:
        >>> ramp_window(6, 2)
        tensor([0.1464, 0.8536, 1.0000, 1.0000, 0.8536, 0.1464])
    """
    if not overlap:
        return torch.ones(size, device=device)
    places = torch.arange(size, device=device, dtype=torch.float32)
    depth = torch.minimum(places, size - 1 - places)
    part = ((depth + 0.5) / overlap).clamp(max=1)
    return torch.sin(math.pi / 2 * part)**2


def tile_window(tile: Sequence[int],
                overlap: Sequence[int],
                device: torch.device | str | None = None) -> Tensor:
    """Return the weights of a tile's pixels: the product of both axes.

    Args:
        tile (Sequence[int]): Height and width in pixels.
        overlap (Sequence[int]): Length of the ramps down and across.
        device (torch.device, optional): As of :func:`ramp_window`.

    Returns:
        Tensor: Shape (H, W), float32, within (0, 1].

    Examples:
        >>> tile_window((4, 6), (2, 2)).shape
        torch.Size([4, 6])
    """
    down, across = (ramp_window(size, ramp, device)
                    for size, ramp in zip(tile, overlap))
    return down[:, None] * across
