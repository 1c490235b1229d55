"""3-D ROC analysis: detection and false alarms over the threshold.

Reference:
    C.-I. Chang, "An Effective Evaluation Tool for Hyperspectral Target
    Detection: 3D Receiver Operating Characteristic Curve Analysis", IEEE TGRS
    59, 2021.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import trapezoid

from ...imaging.components import Components
from .formulas import ratio
from .threshold_sweep import THRESHOLDS


class Roc3dCounts(NamedTuple):
    """Counts at T thresholds; sums over images are counts of a dataset.

    Attributes:
        hits (np.ndarray): Target pixels at or above each threshold.
        alarms (np.ndarray): Other pixels at or above it.
        found (np.ndarray): Targets with a pixel at or above it.
        actual (int): Target pixels.
        others (int): Other pixels.
        targets (int): Targets.
    """
    hits: np.ndarray
    alarms: np.ndarray
    found: np.ndarray
    actual: int
    others: int
    targets: int


def roc_3d_counts(
        scores: np.ndarray,
        targets: Components,
        thresholds: Sequence[float] = THRESHOLDS) -> Roc3dCounts:
    """Count the pixels and targets of one image at increasing thresholds.

    Positive is a score in [0, 1] *at or above* the threshold, as in the
    reference; the other metrics take those above.

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> truth = connected_components([[1, 1, 0, 0]])
        >>> scores = np.array([[.9, .2, .5, .0]])
        >>> counts = roc_3d_counts(scores, truth, [0, 0.5, 1])
        >>> counts.hits.tolist(), counts.alarms.tolist(), counts.found.tolist()
        ([2, 1, 0], [2, 1, 0], [1, 1, 0])
    """
    levels = np.searchsorted(np.asarray(thresholds, np.float64),
                             np.asarray(scores, np.float64), side='right')
    inside = targets.labels > 0
    peaks = np.zeros(len(targets), np.int64)
    np.maximum.at(peaks, targets.labels[inside] - 1, levels[inside])

    def reached(some: np.ndarray) -> np.ndarray:
        counts = np.bincount(some.ravel(), minlength=len(thresholds) + 1)
        return counts[::-1].cumsum()[-2::-1]

    hits, everything = reached(levels[inside]), reached(levels)
    return Roc3dCounts(hits, everything - hits, reached(peaks),
                       int(inside.sum()), int((~inside).sum()), len(targets))


def roc_3d_metrics(
        images: Iterable[Roc3dCounts],
        thresholds: Sequence[float] = THRESHOLDS) -> dict[str, float]:
    """Compute the areas under the 3-D ROC curve and their composites.

    D = ``AUC_FPR_TPR``: area under (FPR, TPR), with (0, 0) added;
    P = ``AUC_tau_TPR`` and F = ``AUC_tau_FPR``: areas over the threshold;
    ``AUC_TD`` = D + P, ``AUC_BS`` = D - F, ``AUC_TDBS`` = P - F,
    ``AUC_OD`` = D + P - F, ``AUC_ODP`` = 1 + P - F, ``AUC_SNPR`` = P / F.
    Papers on small targets print D + P - F under the name ODP; here that is
    OD, as in the reference.

    TPR is over target pixels, and with the suffix ``_target`` over targets.
    Values are NaN without targets or background; SNPR is infinite without
    false positives. ``thresholds`` are those of the counts.
    """
    empty = np.zeros(len(thresholds), np.int64)
    sums: list[Any] = [sum(values) for values in zip(
        Roc3dCounts(empty, empty, empty, 0, 0, 0), *images)]
    total = Roc3dCounts(*sums)
    tau = np.asarray(thresholds, np.float64)
    false = ratio(total.alarms, np.int64(total.others))
    metrics = {}
    for suffix, found, number in (('', total.hits, total.actual),
                                  ('_target', total.found, total.targets)):
        true = ratio(found, np.int64(number))
        detection = float(trapezoid(
            np.append(true, 0)[::-1], np.append(false, 0)[::-1]))
        hits = float(trapezoid(true, tau))
        alarms = float(trapezoid(false, tau))
        metrics.update({
            f'AUC_FPR_TPR{suffix}': detection,
            f'AUC_tau_TPR{suffix}': hits,
            f'AUC_tau_FPR{suffix}': alarms,
            f'AUC_TD{suffix}': detection + hits,
            f'AUC_BS{suffix}': detection - alarms,
            f'AUC_TDBS{suffix}': hits - alarms,
            f'AUC_OD{suffix}': detection + hits - alarms,
            f'AUC_ODP{suffix}': 1 + hits - alarms,
            f'AUC_SNPR{suffix}': hits / alarms if alarms
            else math.inf if hits > 0 else math.nan,
        })
    del metrics['AUC_tau_FPR_target']  # false alarms are pixels in both
    return metrics
