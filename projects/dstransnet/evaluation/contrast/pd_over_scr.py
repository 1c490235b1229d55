"""Detection probability over the contrast of targets."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..functional.formulas import ratio

SCR_EDGES = (0., 1., 2., 3., 4., 5., 6., 8., 10., 15., 20.)
"""Edges of the bins of :func:`pd_over_scr`; first and last are open."""


def wilson_interval(hits: int, number: int,
                    z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, 0 .. 1.

    Args:
        hits (int): Successes.
        number (int): Trials.
        z (float): Deviations of the normal distribution. Defaults to 1.96.

    Returns:
        tuple[float, float]: Both NaN without trials.

    Reference:
        E. B. Wilson, "Probable Inference, the Law of Succession, and
        Statistical Inference", JASA 22, 1927.

    Examples:
        >>> low, high = wilson_interval(107, 109)
        >>> round(low, 3), round(high, 3)
        (0.936, 0.995)
    """
    if not number:
        return math.nan, math.nan
    share, spread = hits / number, z * z / number
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / number + spread /
                         (4 * number)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


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
            last bins are open. Defaults to :data:`SCR_EDGES`.

    Returns:
        list[ScrBin]: ``len(edges) + 1`` bins.

    Raises:
        ValueError: If the edges do not increase, or shapes differ.

    Examples:
        >>> scr, found = np.array([0.5, 2, 2.5]), np.array([0, 1, 1])
        >>> bins = pd_over_scr(scr, found, [1])
        >>> [(each.targets, each.Pd) for each in bins]
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
