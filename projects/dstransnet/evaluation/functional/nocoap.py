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
from typing import NamedTuple

import numpy as np

from ...imaging.components import Components, component_boxes
from .average_precision import average_precision

LEVELS = tuple(step / 10 for step in range(1, 10))
"""Normalised contrasts that a point has to exceed: 0.1, 0.2 .. 0.9."""


class ContrastHits(NamedTuple):
    """Points of one image on its normalised contrast map.

    Attributes:
        targets (int): True targets.
        scores (np.ndarray): Score of each of K points, shape (K, ).
        hits (np.ndarray): Whether each is a hit at each of L levels, bool of
            shape (L, K).
    """
    targets: int
    scores: np.ndarray
    hits: np.ndarray


def normalised_contrast(image: np.ndarray,
                        targets: Components) -> np.ndarray:
    """Return the normalised contrast around each target, 0 elsewhere.

    The region of a target of h x w pixels is the 3 h x 3 w pixels around its
    box. The contrast ``(x - low) / (high - low + 0.01)``, with the lowest
    value of the region and the highest of the box, is weighted by a Gaussian
    that ends at 1.5 deviations on each side, and then scaled to 0 .. 1 as
    ``(q - min) / (max - min + 0.001)``. Where regions overlap, the higher
    value counts; the published code keeps that of the later target.

    Args:
        image (np.ndarray): Intensities of shape (H, W); the constants presume
            0 .. 255.
        targets (Components): True targets.

    Returns:
        np.ndarray: float64 of shape (H, W).

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> image = np.zeros((9, 9))
        >>> image[4, 4] = 100
        >>> found = normalised_contrast(image, connected_components(image))
        >>> float(found[4, 4].round(3)), int((found > 0.01).sum())
        (0.999, 1)
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
                  slack: int = 0) -> ContrastHits:
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

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> image = np.zeros((9, 9))
        >>> image[4, 4] = 100
        >>> found = contrast_hits(image, connected_components(image),
        ...                       np.array([[4, 4], [4, 5]]),
        ...                       np.array([0.8, 0.9]), [0.5])
        >>> found.hits.tolist()
        [[True, False]]
    """
    pixels = np.rint(points).astype(int).reshape(-1, 2)
    contrast = normalised_contrast(image, targets)[pixels[:, 0], pixels[:, 1]]
    boxes = component_boxes(targets)
    hits = np.zeros((len(levels), len(scores)), bool)
    for row, level in zip(hits, levels):
        free = np.ones(len(targets), bool)
        for number in np.argsort(-scores, kind='stable'):
            if contrast[number] <= level:
                continue
            inside = np.flatnonzero(
                free & (boxes[:, :2] <= pixels[number]).all(1)
                & (pixels[number] < boxes[:, 2:] + slack).all(1))
            if len(inside):
                free[inside[0]] = False
                row[number] = True
    return ContrastHits(len(targets), scores, hits)


def nocoap(images: Sequence[ContrastHits],
           levels: Sequence[float] = LEVELS) -> np.ndarray:
    """Return the average precision at each normalised contrast, 0 .. 1.

    Args:
        images (Sequence[ContrastHits]): Points of each image.
        levels (Sequence[float]): Those of the hits. Defaults to 0.1 .. 0.9.

    Returns:
        np.ndarray: Shape (L, ); NaN without targets. mNoCoAP is its mean.

    Examples:
        >>> one = ContrastHits(2, np.array([0.9, 0.8]),
        ...                    np.array([[True, False]]))
        >>> nocoap([one], [0.5])
        array([0.5])
    """
    targets = sum(image.targets for image in images)
    scores = np.concatenate([np.zeros(0), *(i.scores for i in images)])
    return np.array([
        average_precision(
            scores,
            np.concatenate([np.zeros(0, bool),
                            *(image.hits[number] for image in images)]),
            targets) for number in range(len(levels))
    ])
