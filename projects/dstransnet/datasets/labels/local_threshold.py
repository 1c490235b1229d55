"""Local threshold that finds the pixels of a target in a box or at a point."""
from __future__ import annotations

import dataclasses

import numpy as np

from ...imaging.components import connected_components
from .shapes import Box, Point, box_slices

RING = 8
"""Width of the surroundings of a box in pixels."""


@dataclasses.dataclass(frozen=True)
class LocalThreshold:
    """Region growing from the brightest pixel down to a local threshold.

    The background b is the median of the pixels that are at most 8 pixels
    outside of the box, p the brightest value inside. The mask has the pixels
    of the box that are above b + ``share`` (p - b) and connected, over 8
    neighbours, to the brightest one. With a share of 0.5 its width is the
    full width at half maximum.

    A point stands for a square around it. The brightest pixel is sought near
    the point only.

    Args:
        share (float): Part of the contrast, from 0 (the background) to below
            1 (the brightest pixel). Defaults to 0.3.
        reach (int): Half the side of the square of a point in pixels; pixels
            farther away are not target. Defaults to 8.
        snap (int): Distance in pixels from a point, along rows and columns,
            in which the brightest pixel is sought. Defaults to 2.

    Raises:
        ValueError: If an argument is invalid.

    Examples:
        >>> image = np.zeros((32, 32))
        >>> image[9:12, 9:12], image[10, 10] = 60, 100
        >>> rule = LocalThreshold()
        >>> rule.box_pixels(image, Box(7, 7, 14, 14)).sum()
        np.int64(9)
    """
    share: float = 0.3
    reach: int = 8
    snap: int = 2

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(
                f'share must be within 0 <= share < 1, got {self.share}')
        for name in ('reach', 'snap'):
            if getattr(self, name) < 0:
                raise ValueError(
                    f'{name} must be 0 or more, got {getattr(self, name)}')
        if self.snap > self.reach:
            raise ValueError(f'snap must be at most reach, {self.reach}, got '
                             f'{self.snap}')

    def box_pixels(self, image: np.ndarray, box: Box,
                   seed: Box | None = None) -> np.ndarray | None:
        """Return the pixels of the target in a box.

        Args:
            image (np.ndarray): Grey levels of shape (H, W).
            box (Box): Limits of the target.
            seed (Box, optional): Part of the box in which the brightest
                pixel is sought. Defaults to None: in all of it.

        Returns:
            np.ndarray: Bool of shape (H, W); None where nothing in the box is
            brighter than the background.

        Raises:
            InputError: If the box is outside of the image.
        """
        rows, columns = place = box_slices(box, image.shape)
        values = image[place]
        ring = np.ones(image.shape, bool)
        ring[place] = False
        around = np.s_[max(rows.start - RING, 0):rows.stop + RING,
                       max(columns.start - RING, 0):columns.stop + RING]
        outside = image[around][ring[around]]
        background = float(np.median(outside if outside.size else values))
        near = np.zeros(image.shape, bool)
        near[box_slices(seed or box, image.shape)] = True
        peak = float(values[near[place]].max())
        if peak <= background:
            return None
        level = background + self.share * (peak - background)
        brightest = near[place] & (values == peak)
        grown = connected_components((values > level) | brightest).labels
        found = np.zeros(image.shape, bool)
        found[place] = grown == grown[brightest].min()
        return found

    def pixels(self, image: np.ndarray,
               shape: Box | Point) -> np.ndarray | None:
        """Return the pixels of the target in a box or at a point.

        Args:
            image (np.ndarray): Grey levels of shape (H, W).
            shape (Box | Point): A label of that image.

        Returns:
            np.ndarray: Bool of shape (H, W); None where nothing there is
            brighter than the background.

        Raises:
            InputError: If the label is outside of the image.
        """
        if isinstance(shape, Box):
            return self.box_pixels(image, shape)
        box_slices(_square(shape, 0), image.shape)
        return self.box_pixels(image, _square(shape, self.reach),
                               _square(shape, self.snap))


def _square(point: Point, reach: int) -> Box:
    """Return the pixel of a point and ``reach`` more on each side."""
    row, column = np.floor((point.row, point.column))
    return Box(row - reach, column - reach, row + reach + 1,
               column + reach + 1)
