"""How frames are cut into tiles."""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from ..utils.errors import InputError
from .tiles import tile_starts


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
    """Size and overlap of tiles; see :meth:`make`.

    Attributes:
        tile (tuple[int, int]): Height and width in pixels.
        overlap (tuple[int, int]): Pixels that neighbours share at least, down
            and across.
        batch (int): Tiles that the network gets at a time.
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
            overlap (int | Sequence[int]): Pixels that neighbours share at
                least, half a tile at most. Defaults to 64.
            batch (int): Tiles that the network gets at a time. Defaults to 1.
            divisor (int): What the tile's height and width have to be
                multiples of. Defaults to 1.

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
