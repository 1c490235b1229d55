"""Normalised contrast average precision (mNoCoAP).

A detection is a point. It counts where the contrast around the target,
weighted by a Gaussian, is high: near the brightest pixels, wherever the
borders of a mask or box are.

Reference:
    Y. Dai et al., "One-Stage Cascade Refinement Networks for Infrared Small
    Target Detection", IEEE TGRS 61, 2023 (OSCAR).
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...imaging.components import Components, component_boxes
from .detection_matching import assign_by_score
from .target_level import TargetLevelRecord, target_level_metrics

LEVELS = tuple(step / 10 for step in range(1, 10))
"""Normalised contrasts that a point has to exceed: 0.1, 0.2 .. 0.9."""


def normalised_contrast(image: np.ndarray,
                        targets: Components) -> np.ndarray:
    """Return the normalised contrast around each target, 0 elsewhere.

    The region of a target of h x w pixels is the 3 h x 3 w pixels around its
    box. The contrast ``(x - low) / (high - low + 0.01)``, with the lowest
    value of the region and the highest of the box, is weighted by a Gaussian
    that ends at 1.5 deviations on each side, and then scaled to 0 .. 1 as
    ``(q - min) / (max - min + 0.001)``. Where regions overlap, the higher
    value counts; the published code keeps that of the later target.

    The constants presume intensities of 0 .. 255, of shape (H, W); the result
    is float64 of that shape.
    """
    found = np.zeros(image.shape, np.float64)
    image = image.astype(np.float64)
    for top, left, bottom, right in component_boxes(targets).astype(int):
        height, width = bottom - top, right - left
        rows, columns = (np.linspace(-1.5, 1.5, 3 * size)
                         for size in (height, width))
        inside = [slice(max(first - size, 0), first + 2 * size)
                  for first, size in ((top, height), (left, width))]
        cut = [slice(part.start - (first - size), None)
               for part, first, size in zip(inside, (top, left),
                                            (height, width))]
        region = image[inside[0], inside[1]]
        weights = np.exp(-(rows[cut[0], None]**2 + columns[cut[1]]**2) /
                         2)[:region.shape[0], :region.shape[1]]
        low, high = region.min(), image[top:bottom, left:right].max()
        contrast = weights * (region - low) / (high - low + 0.01)
        least, most = contrast.min(), contrast.max()
        view = found[inside[0], inside[1]]
        np.maximum(view, (contrast - least) / (most - least + 0.001),
                   out=view)
    return found


def contrast_hits(image: np.ndarray,
                  targets: Components,
                  points: np.ndarray,
                  scores: np.ndarray,
                  levels: Sequence[float] = LEVELS,
                  slack: int = 0) -> list[TargetLevelRecord]:
    """Tell which points are hits at which normalised contrast.

    Points choose by descending score; equal scores keep their order. A point
    is a hit where the normalised contrast of its pixel exceeds the level and
    it lies in the bounding box of a target that is still free.

    Args:
        image (np.ndarray): Intensities of shape (H, W), see
            :func:`normalised_contrast`.
        targets (Components): True targets.
        points (np.ndarray): Row and column of K points, pixel centres at
            integers, inside of the image; shape (K, 2).
        scores (np.ndarray): Their scores, shape (K, ).
        levels (Sequence[float]): Contrasts to exceed. Defaults to 0.1 .. 0.9.
        slack (int): Pixels right of and below a box that belong to it; 1 in
            the published code, by an oversight. Defaults to 0.

    Returns:
        list[TargetLevelRecord]: One a level.
    """
    pixels = np.rint(points).astype(int).reshape(-1, 2)
    contrast = normalised_contrast(image, targets)[pixels[:, 0], pixels[:, 1]]
    boxes = component_boxes(targets)
    inside = ((boxes[:, :2] <= pixels[:, None])
              & (pixels[:, None] < boxes[:, 2:] + slack)).all(-1)
    return [
        TargetLevelRecord(len(targets), scores, assign_by_score(
            scores, np.zeros(inside.shape),
            inside & (contrast[:, None] > level)) >= 0)
        for level in levels
    ]


def nocoap(images: Sequence[Sequence[TargetLevelRecord]]) -> np.ndarray:
    """Return the average precision at each normalised contrast, %.

    Args:
        images (Sequence[Sequence[TargetLevelRecord]]): Those of
            :func:`contrast_hits` of each image, at 0.1 .. 0.9.

    Returns:
        np.ndarray: Shape (9, ); NaN without targets. mNoCoAP is its mean.
    """
    return np.array([
        target_level_metrics([image[level] for image in images])['AP']
        for level in range(len(LEVELS))
    ])
