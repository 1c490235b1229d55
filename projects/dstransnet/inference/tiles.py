"""Tiles of a frame: settings, positions, and weights of their pixels."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..utils.errors import InputError


def tile_starts(size: int, tile: int, overlap: int) -> list[int]:
    """Return where tiles start along one axis of a frame.

    All tiles have the same size. Neighbours share ``overlap`` pixels; the
    last one is moved inward to the frame's end and shares more. A frame that
    is no larger than a tile is one tile.

    Args:
        size (int): Length of the frame in pixels.
        tile (int): Length of a tile in pixels.
        overlap (int): Least overlap of neighbours in pixels, less than
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
        device (torch.device, optional): See :func:`ramp_window`.

    Returns:
        Tensor: Shape (H, W), float32, within (0, 1].

    Examples:
        >>> tile_window((4, 6), (2, 2)).shape
        torch.Size([4, 6])
    """
    down, across = (ramp_window(size, ramp, device)
                    for size, ramp in zip(tile, overlap))
    return down[:, None] * across


def height_and_width(name: str, value: int | Sequence[int], least: int
                     ) -> tuple[int, int]:
    """Return height and width, given as such or as one number.

    Args:
        name (str): Of the setting, for the error.
        value (int | Sequence[int]): Pixels.
        least (int): The smallest number of pixels.

    Raises:
        InputError: If it is neither.
    """
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, ) * 2
    if len(pair) != 2 or any(type(side) is not int or side < least
                             for side in pair):
        raise InputError(f'{name}: expected a number of pixels of {least} or '
                         f'more, or height and width, got {value!r}')
    return pair[0], pair[1]


@dataclasses.dataclass(frozen=True)
class Tiling:
    """Size, overlap and batch of tiles; see :meth:`make`.

    Attributes:
        tile (tuple[int, int]): Height and width in pixels.
        overlap (tuple[int, int]): Least overlap in pixels, down and across.
        batch (int): Tiles in a batch.
    """
    tile: tuple[int, int]
    overlap: tuple[int, int]
    batch: int

    @classmethod
    def make(cls,
             tile: int | Sequence[int],
             overlap: int | Sequence[int] = 64,
             batch: int = 1,
             divisor: int = 1) -> Tiling:
        """Return a tiling, checked.

        Args:
            tile (int | Sequence[int]): Size of a tile in pixels, or its
                height and width.
            overlap (int | Sequence[int]): Least overlap of neighbours in
                pixels, half a tile at most. Defaults to 64.
            batch (int): Tiles in a batch. Defaults to 1.
            divisor (int): Divisor of the tile's height and width. Defaults
                to 1.

        Raises:
            InputError: If an argument is outside its values.

        Examples:
            >>> Tiling.make(512, 64).overlap
            (64, 64)
        """
        sides = height_and_width('tile', tile, 1)
        shared = height_and_width('overlap', overlap, 0)
        if any(side % divisor for side in sides):
            raise InputError(f'tile: expected multiples of {divisor} pixels '
                             f'for this network, got {tile}')
        if any(2 * ramp > side for ramp, side in zip(shared, sides)):
            raise InputError('overlap: expected half a tile at most, got '
                             f'{overlap} of {tile}')
        if type(batch) is not int or batch < 1:
            raise InputError('tile_batch: expected an integer of 1 or more, '
                             f'got {batch!r}')
        return cls(sides, shared, batch)

    @classmethod
    def of(cls, test_cfg: Mapping[str, Any], divisor: int = 1) -> Tiling:
        """Return the tiling that a segmentor's ``test_cfg`` states.

        Raises:
            InputError: If it states none, or one outside its values.
        """
        tile, stride = (
            height_and_width(f'test_cfg.{name}', test_cfg.get(name, 0), 1)
            for name in ('crop_size', 'stride'))
        overlap = [side - step for side, step in zip(tile, stride)]
        return cls.make(tile, overlap, test_cfg.get('tile_batch', 1), divisor)

    def test_cfg(self) -> dict[str, Any]:
        """Return the settings of ``test_cfg`` that :meth:`of` reads.

        Examples:
            >>> Tiling.make(512, 64).test_cfg()['stride']
            (448, 448)
        """
        stride = tuple(side - shared
                       for side, shared in zip(self.tile, self.overlap))
        return dict(mode='slide', crop_size=self.tile, stride=stride,
                    tile_batch=self.batch)

    def within(self, height: int, width: int
               ) -> tuple[tuple[int, int], list[tuple[int, int]]]:
        """Return the size of the tiles of a frame, and their corners.

        An axis of the frame that is shorter than the tile is taken whole.

        Examples:
            >>> Tiling.make((32, 64), 16).within(48, 48)
            ((32, 48), [(0, 0), (16, 0)])
        """
        downs, acrosses = (
            tile_starts(size, side, shared) for size, side, shared in zip(
                (height, width), self.tile, self.overlap))
        size = min(self.tile[0], height), min(self.tile[1], width)
        return size, [(top, left) for top in downs for left in acrosses]
