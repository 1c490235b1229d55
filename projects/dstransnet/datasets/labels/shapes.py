"""Shapes of labels, and the pixels that they cover.

Pixel (r, c) is the square from row r to r + 1 and from column c to c + 1, its
centre lies at (r + 0.5, c + 0.5). A shape covers the pixels whose centres lie
inside, or where there is none, the pixel that its own centre lies in.
"""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from ...utils.errors import InputError


@dataclasses.dataclass(frozen=True)
class Box:
    """A box by its edges, in pixels: those of rows, those of columns."""
    top: float
    left: float
    bottom: float
    right: float

    @classmethod
    def of_corner(cls, x: float, y: float, width: float,
                  height: float) -> Box:
        """Return the box of a left and top edge, a width and a height."""
        return cls(y, x, y + height, x + width)


@dataclasses.dataclass(frozen=True)
class Point:
    """A place in a target, in pixels: row and column."""
    row: float
    column: float


@dataclasses.dataclass(frozen=True)
class Polygon:
    """One or more outlines, each a sequence of (row, column) in pixels."""
    outlines: tuple[tuple[tuple[float, float], ...], ...]

    @classmethod
    def of_xy(cls, outlines: Sequence[Sequence[float]]) -> Polygon:
        """Return the polygon of outlines x1, y1, x2, y2, ..."""
        return cls(tuple(
            tuple(zip(outline[1::2], outline[::2])) for outline in outlines))


@dataclasses.dataclass(frozen=True, eq=False)
class Region:
    """The pixels of a target, bool of shape (H, W)."""
    pixels: np.ndarray


Shape = Box | Point | Polygon | Region


@dataclasses.dataclass(frozen=True)
class Label:
    """A labelled target.

    Attributes:
        where (str): File and place, for errors.
        category (str): Name of the category.
        shape (Shape): Place and extent.
    """
    where: str
    category: str
    shape: Shape


def box_slices(box: Box, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of an image that a box covers.

    Args:
        size (tuple[int, int]): Height and width of the image in pixels.

    Raises:
        InputError: If the box is outside of the image.

    Examples:
        >>> box_slices(Box(2, 3, 4, 6), (8, 8))
        (slice(2, 4, None), slice(3, 6, None))
    """
    slices = []
    for low, high, length in ((box.top, box.bottom, size[0]),
                              (box.left, box.right, size[1])):
        # Edges outside are all alike, also infinite ones.
        low, high = (min(max(edge, -1), length + 1) for edge in (low, high))
        first, end = math.ceil(low - 0.5), math.ceil(high - 0.5)
        if first >= end:  # no centre of a pixel
            first = math.floor((low + high) / 2)
            end = first + 1
        first, end = max(first, 0), min(end, length)
        if first >= end:
            raise InputError(
                f'expected a box inside of the image of {size[1]} x {size[0]} '
                f'pixels, got x {box.left:g} to {box.right:g}, y {box.top:g} '
                f'to {box.bottom:g}')
        slices.append(slice(first, end))
    return slices[0], slices[1]


def polygon_mask(polygon: Polygon, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of a polygon: those of any of its outlines.

    Args:
        polygon (Polygon): Outlines; where one crosses itself, the even-odd
            rule holds.
        size (tuple[int, int]): Height and width of the image in pixels.

    Returns:
        np.ndarray: Bool of shape (H, W).

    Raises:
        InputError: If an outline is outside of the image.

    Examples:
        >>> square = Polygon.of_xy([[1, 0, 3, 0, 3, 2, 1, 2]])
        >>> polygon_mask(square, (2, 4)).astype(int).tolist()
        [[0, 1, 1, 0], [0, 1, 1, 0]]
    """
    mask = np.zeros(size, bool)
    for outline in polygon.outlines:
        vertices = np.array(outline, float)
        box = Box(*vertices.min(0), *vertices.max(0))
        place = box_slices(box, size)
        rows, columns = (
            np.arange(part.start, part.stop) + 0.5 for part in place)
        inside = np.zeros((len(rows), len(columns)), bool)
        for (row, column), (end_row, end_column) in zip(
                vertices, np.roll(vertices, -1, axis=0)):
            crossed = (row <= rows) != (end_row <= rows)
            slope = (end_column - column) / ((end_row - row) or 1)
            edge = column + (rows - row) * slope
            inside ^= crossed[:, None] & (columns < edge[:, None])
        if not inside.any():
            centre = vertices.mean(0)
            place = box_slices(Box(*centre, *centre), size)
            inside = np.ones((1, 1), bool)
        mask[place] |= inside
    return mask


def shape_pixels(shape: Shape, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels of a shape: of a box all, of a point its own.

    Args:
        size (tuple[int, int]): Height and width of the image in pixels.

    Returns:
        np.ndarray: Bool of shape (H, W).

    Raises:
        InputError: If the shape is outside of the image.

    Examples:
        >>> shape_pixels(Point(0.5, 1.5), (1, 3)).astype(int).tolist()
        [[0, 1, 0]]
    """
    if isinstance(shape, Region):
        return shape.pixels
    if isinstance(shape, Polygon):
        return polygon_mask(shape, size)
    if isinstance(shape, Point):
        shape = Box(shape.row, shape.column, shape.row, shape.column)
    mask = np.zeros(size, bool)
    mask[box_slices(shape, size)] = True
    return mask
