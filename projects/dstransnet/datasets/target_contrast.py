"""How much the targets of an image stand out."""
from __future__ import annotations

import math

import numpy as np

from ..evaluation import Components, component_boxes
from .scene_targets import GUARD, RING, local_scr, surroundings


def target_contrasts(image: np.ndarray, targets: Components) -> np.ndarray:
    """Return the local signal-to-clutter ratio of each target.

    As :func:`local_scr`: pixels of other targets are part of a target's
    surroundings there, as they are for a detector.

    Args:
        image (np.ndarray): Values of shape (H, W).
        targets (Components): Targets of the image's mask.

    Returns:
        np.ndarray: Shape (T, ), float64; NaN where the surroundings are
        constant or outside of the image: a ratio to no clutter is none.

    Examples:
        >>> from projects.dstransnet.evaluation import connected_components
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
