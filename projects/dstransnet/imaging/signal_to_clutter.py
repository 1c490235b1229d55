"""Local contrast of targets (signal-to-clutter ratio)."""
from __future__ import annotations

import math

import cv2
import numpy as np

from .components import Components, component_boxes

GUARD = 4
"""Pixels around a mask that belong to neither target nor surroundings."""
RING = 8
"""Width of the surroundings in pixels, outside of the guard."""


def dilate(mask: np.ndarray, distance: int) -> np.ndarray:
    """Grow a mask by a distance in pixels along both axes."""
    kernel = np.ones((2 * distance + 1, 2 * distance + 1), np.uint8)
    return cv2.dilate(mask.astype(np.uint8), kernel) != 0


def surroundings(mask: np.ndarray) -> np.ndarray:
    """Return the surroundings of a target.

    They are the pixels farther than ``GUARD`` and at most ``GUARD + RING``
    pixels from the mask, in Chebyshev distance.

    Args:
        mask (np.ndarray): Pixels of one target, bool of shape (H, W).

    Returns:
        np.ndarray: Bool of shape (H, W).

    Examples:
        >>> mask = np.zeros((64, 64), bool)
        >>> mask[30, 30] = True
        >>> int(surroundings(mask).sum()) == 25 ** 2 - 9 ** 2
        True
    """
    return dilate(mask, GUARD + RING) & ~dilate(mask, GUARD)


def local_scr(image: np.ndarray, mask: np.ndarray) -> float:
    """Local signal-to-clutter ratio of one target.

    (mean of the target - mean of its surroundings) / standard deviation of
    its surroundings, see :func:`surroundings`.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        mask (np.ndarray): Pixels of one target, bool of shape (H, W).

    Returns:
        float: The ratio, of dimension 1.

    Examples:
        >>> image = np.tile([0., 2.], (64, 32))
        >>> mask = np.zeros((64, 64), bool)
        >>> mask[30, 30], image[30, 30] = True, 5
        >>> round(local_scr(image, mask), 1)
        4.0
    """
    around = image[surroundings(mask)]
    return float((image[mask].mean() - around.mean()) / around.std())


def target_contrasts(image: np.ndarray, targets: Components) -> np.ndarray:
    """Return the local signal-to-clutter ratio of each target.

    Other targets count as surroundings, see :func:`local_scr`.

    Args:
        image (np.ndarray): Values of shape (H, W).
        targets (Components): Targets of the image's mask.

    Returns:
        np.ndarray: Shape (T, ), float64; NaN where the surroundings are
        constant or outside of the image.

    Examples:
        >>> from projects.dstransnet.imaging import connected_components
        >>> image = np.tile([0., 2.], (64, 32))
        >>> image[30, 30] = 5
        >>> target_contrasts(image, connected_components(image == 5)).round(1)
        array([4.])
    """
    reach = GUARD + RING + 1
    found = []
    for number, box in enumerate(component_boxes(targets).astype(int), 1):
        top, left = np.maximum(box[:2] - reach, 0)
        part = np.s_[top:box[2] + reach, left:box[3] + reach]
        mask = targets.labels[part] == number
        around = image[part][surroundings(mask)]
        flat = not around.size or around.min() == around.max()
        found.append(math.nan if flat else local_scr(
            image[part].astype(np.float64), mask))
    return np.array(found, np.float64)
