"""Targets of synthetic infrared scenes: their shapes, masks and contrast."""
from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from ...imaging.signal_to_clutter import GUARD, RING, dilate, surroundings
from ...utils.errors import InputError

MASK_FRACTION = 0.5
"""A pixel is target where it gets at least this part of the peak."""

_LARGEST_POINT = 16  # pixels; larger targets have a shape of their own
_LARGEST_ASPECT = 3
_SUBSAMPLES = 3  # a pixel and axis, for the blurred shapes


class Shape(NamedTuple):
    """A target at amplitude 1 in a square patch around its centre pixel.

    Attributes:
        contribution (np.ndarray): Grey levels over those of the background,
            peak 1, 0 beyond the guard; float32 of shape (P, P), P odd.
        mask (np.ndarray): Target pixels, bool of shape (P, P).
        surroundings (np.ndarray): See :func:`surroundings`.
        reach (int): Largest distance of a mask pixel from the centre pixel
            along an axis, in pixels.
        offset (tuple[float, float]): True centre minus the centre pixel, row
            and column, within half a pixel.
    """
    contribution: np.ndarray
    mask: np.ndarray
    surroundings: np.ndarray
    reach: int
    offset: tuple[float, float]


def _point(sigma: float, offset: np.ndarray, radius: int) -> np.ndarray:
    """Integrate a round Gaussian over each pixel of a patch."""
    edges = np.arange(-radius - 0.5, radius + 1)[:, None] - offset
    sums = [[math.erf(edge / (sigma * math.sqrt(2))) for edge in row]
            for row in edges.tolist()]
    rows, cols = np.diff(sums, axis=0).T
    return np.outer(rows, cols)


def _ellipse(rng: np.random.Generator, area: float, offset: np.ndarray,
             radius: int) -> np.ndarray:
    """Draw an ellipse behind a point-spread function, integrated likewise."""
    aspect = rng.uniform(1, _LARGEST_ASPECT)
    angle, sigma = rng.uniform(0, np.pi), rng.uniform(0.5, 0.9)
    half = math.sqrt(area / (math.pi * aspect))
    fine = (np.arange(_SUBSAMPLES * (2 * radius + 1)) + 0.5) / _SUBSAMPLES
    y = (fine - radius - 0.5 - offset[0])[:, None]
    x = fine - radius - 0.5 - offset[1]
    along = (math.cos(angle) * x + math.sin(angle) * y) / aspect
    across = math.cos(angle) * y - math.sin(angle) * x
    inside = (along**2 + across**2 <= half**2).astype(np.float32)
    inside = cv2.GaussianBlur(inside, (0, 0), sigma * _SUBSAMPLES)
    return cv2.resize(
        inside, (2 * radius + 1, 2 * radius + 1), interpolation=cv2.INTER_AREA)


def draw_shape(rng: np.random.Generator, area: tuple[int, int]) -> Shape:
    """Draw a shape: a point below 16 pixels, or an ellipse.

    Points are round Gaussians integrated over pixels. Ellipses, of an aspect
    up to 3, are blurred by a narrower one. Areas are log-uniform.

    Args:
        area (tuple[int, int]): Smallest and largest area of the mask in
            pixels.

    Returns:
        Shape: Its mask has an area within that range.

    Raises:
        InputError: If no shape of such an area was found.
    """
    for _ in range(100):
        wanted = math.exp(rng.uniform(math.log(area[0]), math.log(area[1])))
        offset = rng.uniform(-0.5, 0.5, 2)
        reach = math.ceil(math.sqrt(_LARGEST_ASPECT * wanted / math.pi)) + 2
        radius = reach + GUARD
        if wanted < _LARGEST_POINT and rng.random() < 0.7:
            # Half the peak is left at 1.18 deviations from the centre.
            sigma = math.sqrt(wanted / (2 * math.pi * math.log(2)))
            patch = _point(sigma, offset, radius)
        else:
            patch = _ellipse(rng, wanted, offset, radius)
        patch = (patch / patch.max()).astype(np.float32)
        mask = patch >= MASK_FRACTION
        if area[0] <= mask.sum() <= area[1]:
            reach = int(np.abs(np.argwhere(mask) - radius).max())
            patch *= dilate(mask, GUARD)
            patch, mask = np.pad(patch, RING), np.pad(mask, RING)
            return Shape(patch, mask, surroundings(mask), reach,
                         tuple(offset.tolist()))
    raise InputError(f'area: no target shape has a mask of {area[0]} to '
                     f'{area[1]} pixels; use a wider range')


def window(centre: tuple[int, int], radius: int,
           size: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Cut a patch around a pixel at the borders of a square image.

    Args:
        centre (tuple[int, int]): Row and column of the centre pixel.
        radius (int): Half of the patch, its side being 2 * radius + 1.
        size (int): Height and width of the image in pixels.

    Returns:
        tuple: Where the patch lies in the image, and which part of the patch
        that is.

    Examples:
        >>> window((1, 5), 2, 9)[0]
        (slice(0, 4, None), slice(3, 8, None))
        >>> window((1, 5), 2, 9)[1]
        (slice(1, 5, None), slice(0, 5, None))
    """
    (top, bottom), (left, right) = (
        (max(middle - radius, 0), min(middle + radius + 1, size))
        for middle in centre)
    down, across = radius - centre[0], radius - centre[1]
    return (np.s_[top:bottom, left:right],
            np.s_[top + down:bottom + down, left + across:right + across])
