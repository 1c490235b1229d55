"""Detection probability over the contrast of targets."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .formulas import ratio, wilson_interval

SCR_EDGES = (0., 1., 2., 3., 4., 5., 6., 8., 10., 15., 20.)
"""Edges of the bins of :func:`pd_over_scr`; first and last are open."""


class ScrBin(NamedTuple):
    """Targets of similar contrast.

    Attributes:
        low (float): Lower edge of the ratio, inclusive.
        high (float): Upper edge, exclusive.
        targets (int): Targets in between.
        detected (int): Those detected.
        Pd (float): Detected targets, %; NaN without targets.
        Pd_low (float): Lower end of its 95 % interval, %.
        Pd_high (float): Upper end, %.
    """
    low: float
    high: float
    targets: int
    detected: int
    Pd: float
    Pd_low: float
    Pd_high: float


def pd_over_scr(scr: np.ndarray,
                detected: np.ndarray,
                edges: Sequence[float] = SCR_EDGES) -> list[ScrBin]:
    """Compute the detection probability in bins of contrast.

    Args:
        scr (np.ndarray): Ratio of each target, shape (T, ); NaN is ignored.
        detected (np.ndarray): Whether each is detected, bool of shape (T, ).
        edges (Sequence[float]): Increasing edges of the bins; the first and
            last of the ``len(edges) + 1`` bins are open.

    Raises:
        ValueError: If the edges do not increase, or shapes differ.

    Examples:
        >>> scr, found = np.array([0.5, 2, 2.5]), np.array([0, 1, 1])
        >>> [(each.targets, each.Pd) for each in pd_over_scr(scr, found, [1])]
        [(1, 0.0), (2, 100.0)]
    """
    cuts = np.asarray(edges, np.float64)
    if cuts.ndim != 1 or not cuts.size or not (np.diff(cuts) > 0).all():
        raise ValueError(f'edges must increase, got {cuts.tolist()}')
    scr, detected = np.asarray(scr), np.asarray(detected) != 0
    if scr.shape != detected.shape:
        raise ValueError('scr and detected must have one shape, got '
                         f'{scr.shape} and {detected.shape}')
    known = ~np.isnan(scr)
    place = np.searchsorted(cuts, scr[known], side='right')
    bins: list[ScrBin] = []
    limits = [-math.inf, *cuts.tolist(), math.inf]
    for number, (low, high) in enumerate(zip(limits, limits[1:])):
        inside = place == number
        targets = int(inside.sum())
        hits = int(detected[known][inside].sum())
        interval: Any = wilson_interval(hits, targets)
        bins.append(
            ScrBin(low, high, targets, hits, 100 * ratio(hits, targets),
                   100 * interval[0], 100 * interval[1]))
    return bins
