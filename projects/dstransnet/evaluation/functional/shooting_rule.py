"""Detection and false alarms by the shooting rule.

A detection is a shot: it hits a target in the smallest window around it, and
its pixels near a target are no false alarms.

Reference:
    R. Li et al., "Direction-Coded Temporal U-Shape Module for Multiframe
    Infrared Small Target Detection", IEEE TNNLS 36, 2025 (DTUM).
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...imaging.components import Components
from ...imaging.signal_to_clutter import dilate
from .formulas import ratio

HIT_DISTANCE = 1
"""Chebyshev distance in pixels within which a predicted pixel hits."""
FREE_DISTANCE = 4
"""Chebyshev distance in pixels within which it is no false alarm."""


class ShootingCounts(NamedTuple):
    """Counts of one image by the shooting rule.

    Attributes:
        targets (int): True targets.
        hits (int): Targets that are hit.
        false_pixels (int): Predicted pixels far from all targets.
        pixels (int): Pixels of the image.
    """
    targets: int
    hits: int
    false_pixels: int
    pixels: int


def shooting_hits(targets: Components, found: Components) -> np.ndarray:
    """Tell which of T targets are hit, bool of shape (T, ).

    A target is hit if a predicted pixel is within Chebyshev distance 1 of one
    of its pixels. Both are components of masks of one shape.

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> truth = connected_components([[1, 0, 0, 0, 1, 0]])
        >>> shooting_hits(truth, connected_components([[0, 0, 1, 0, 0, 1]]))
        array([False,  True])
    """
    reached = targets.labels[dilate(found.labels > 0, HIT_DISTANCE)]
    hit = np.zeros(len(targets) + 1, bool)
    hit[reached] = True
    return hit[1:]


def shooting_counts(targets: Components, found: Components) -> ShootingCounts:
    """Count hits and false pixels of one image.

    Predicted pixels farther than Chebyshev distance 4 from every target pixel
    are false.
    """
    far = ~dilate(targets.labels > 0, FREE_DISTANCE)
    return ShootingCounts(
        targets=len(targets),
        hits=int(shooting_hits(targets, found).sum()),
        false_pixels=int((far & (found.labels > 0)).sum()),
        pixels=targets.labels.size)


def shooting_metrics(images: Iterable[ShootingCounts]) -> dict[str, float]:
    """Compute ``Pd_shooting`` (%) and ``Fa_shooting`` (1e-6) of a dataset.

    Examples:
        >>> shooting_metrics([ShootingCounts(2, 1, 3, 1000)])
        {'Pd_shooting': 50.0, 'Fa_shooting': 3000.0}
    """
    totals = [sum(column) for column in zip(*images)] or [0] * 4
    targets, hits, false_pixels, pixels = totals
    return dict(Pd_shooting=100 * ratio(hits, targets),
                Fa_shooting=1e6 * ratio(false_pixels, pixels))
