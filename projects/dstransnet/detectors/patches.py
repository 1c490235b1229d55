"""Patches of an image, and the image of patches."""
from __future__ import annotations

import math
from typing import Literal

import numpy as np

Overlap = Literal['last', 'median']


def _starts(length: int, size: int, step: int, anchored: bool) -> list[int]:
    starts = list(range(0, length - size + 1, step))
    if anchored and starts[-1] != length - size:
        starts.append(length - size)
    return starts


class Patches:
    """Square patches on a grid.

    Args:
        shape (tuple): Height H and width W of the image.
        size (int): Side p of a patch in pixels; the image's shorter side
            where that is less.
        step (int): Distance of neighbouring patches in pixels.
        anchored (bool): Add patches that end at the far border where the
            grid ends before it; otherwise those pixels are in no patch.

    Raises:
        ValueError: If ``size`` or ``step`` is not positive.
    """

    def __init__(self, shape: tuple[int, ...], size: int, step: int,
                 anchored: bool = True) -> None:
        if size < 1 or step < 1:
            raise ValueError('size and step must be positive, got '
                             f'{size} and {step}')
        self.shape = shape
        self.size = min(size, *shape)
        self.rows, self.columns = (
            _starts(length, self.size, step, anchored) for length in shape)
        # Patches so many positions apart never overlap.
        self._period = math.ceil(self.size / step) + 1

    def cut(self, image: np.ndarray) -> np.ndarray:
        """Return the patches of an image, (p, p, N), column by column."""
        windows = np.lib.stride_tricks.sliding_window_view(
            image, (self.size, self.size))
        patches = windows[np.ix_(self.rows, self.columns)]
        return patches.transpose(2, 3, 1, 0).reshape(
            self.size, self.size, -1)

    def join(self, patches: np.ndarray, overlap: Overlap) -> np.ndarray:
        """Return the image of patches; 0 where there is none.

        Args:
            patches (np.ndarray): Shape (p, p, N).
            overlap (str): Of patches on one pixel, take the ``'last'`` or
                the ``'median'``.
        """
        period = 1 if overlap == 'last' else self._period
        layers = np.full((period, period, *self.shape), np.nan)
        each = iter(np.moveaxis(patches, 2, 0))
        for i, x in enumerate(self.columns):
            for j, y in enumerate(self.rows):
                layer = layers[i % period, j % period]
                layer[y:y + self.size, x:x + self.size] = next(each)
        layers = layers.reshape(-1, *self.shape)
        layers[0, np.isnan(layers).all(axis=0)] = 0
        return np.nanmedian(layers, axis=0) if period > 1 else layers[0]
