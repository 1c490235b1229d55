"""How far masks lie from their targets."""
from __future__ import annotations

import itertools

import numpy as np

from .components import Components, component_boxes

REACH = 2
"""Largest shift along either axis that is tried, in pixels."""
_STEPS = range(-REACH, REACH + 1)
# Shorter shifts first, as max() takes the first of equal ones.
_SHIFTS = sorted(itertools.product(_STEPS, _STEPS),
                 key=lambda shift: (abs(shift[0]) + abs(shift[1]), shift))


def mask_shifts(image: np.ndarray, targets: Components) -> np.ndarray:
    """Return where each target's mask would fit the image best.

    That is where the mean value below the moved mask is highest, so targets
    have to be brighter than their surroundings. Of equal shifts the shortest
    counts.

    Args:
        image (np.ndarray): Values of shape (H, W).
        targets (Components): Targets of the image's mask.

    Returns:
        np.ndarray: Rows down and columns to the right, from -2 to 2 pixels,
        float64 of shape (T, 2); NaN for a target that is less than 2 pixels
        from the border.

    Examples:
        >>> from projects.dstransnet.imaging import connected_components
        >>> image = np.zeros((9, 9))
        >>> image[4, 4] = 1
        >>> mask_shifts(image, connected_components(np.roll(image, -1, 1)))
        array([[0., 1.]])
    """
    shifts = np.full((len(targets), 2), np.nan)
    for number, box in enumerate(component_boxes(targets).astype(int)):
        top, left, bottom, right = box
        if (box[:2].min() < REACH or bottom + REACH > image.shape[0]
                or right + REACH > image.shape[1]):
            continue
        mask = targets.labels[top:bottom, left:right] == number + 1
        shifts[number] = max(_SHIFTS, key=lambda shift: image[
            top + shift[0]:bottom + shift[0],
            left + shift[1]:right + shift[1]][mask].mean(dtype=np.float64))
    return shifts
