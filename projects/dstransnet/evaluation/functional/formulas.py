"""Formulas of the metrics, for one threshold or for many.

References:
    B. Li et al., "Dense Nested Attention Network for Infrared Small Target
    Detection", IEEE TIP 32, 2023 (Pd, Fa).
    Y. Dai et al., "Asymmetric Contextual Modulation for Infrared Small Target
    Detection", WACV 2021 (nIoU).
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy.integrate import trapezoid

from .counts import DetectionCounts

UNITS = {
    'IoU': '%', 'nIoU': '%', 'nIoU_target': '%', 'Pd': '%', 'Fa': '1e-6',
    'Fa_component': '1e-6', 'Fa_pixel': '1e-6', 'Precision': '%',
    'Recall': '%', 'F1': '%', 'FPR': '%', 'AUC': '', 'AUC_exact': '',
    'FalseAlarmsPerImage': '1 / image',
    'TargetPrecision': '%', 'TargetRecall': '%', 'TargetF1': '%', 'AP': '%',
    'Params': 'M', 'MACs': 'G', 'Latency': 'ms', 'Throughput': 'images/s',
    'Memory': 'MiB'
}
"""Unit of every metric and cost; AUC and AUC_exact are fractions of 1."""

AUC_RANGES = {'AUC_exact': 'FPR 0 .. 1', 'AUC': 'swept thresholds'}
"""Parts of the ROC curve of pixels that the areas are over, best first."""

COSTS = ('Params', 'MACs', 'Latency', 'Throughput', 'Memory')
"""Costs of a network, which stand beside its metrics in tables."""


def format_metric(name: str,
                  value: float,
                  interval: tuple[float, float] | None = None) -> str:
    """Format a metric for tables: 2 decimals, fractions of 1 with 4.

    ``interval`` is its 95 % interval; NaN is not shown.

    Examples:
        >>> format_metric('Pd', 98.165, (95.5, 100)), format_metric('AUC', 0.9)
        ('98.17 [95.50, 100.00]', '0.9000')
    """
    digits = 2 if UNITS.get(name, '') else 4
    text = f'{value:.{digits}f}'
    if interval is not None and interval[0] == interval[0]:
        text += f' [{interval[0]:.{digits}f}, {interval[1]:.{digits}f}]'
    return text


def with_one_auc(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return metrics with one area under the ROC curve of pixels.

    That is ``AUC_exact``; ``AUC``, whose curve ends at the lowest swept
    threshold, where the exact one is not known.

    Examples:
        >>> with_one_auc(dict(IoU=50., AUC=0.25, AUC_exact=0.94))
        {'IoU': 50.0, 'AUC_exact': 0.94}
        >>> with_one_auc(dict(AUC=0.25, AUC_exact=math.nan))
        {'AUC': 0.25}
    """
    known = [name for name in AUC_RANGES if name in metrics]
    shown = next((name for name in known if math.isfinite(metrics[name])),
                 known[0] if known else None)
    return {name: value for name, value in metrics.items()
            if name not in AUC_RANGES or name == shown}


def auc_text(metrics: Mapping[str, float]) -> str:
    """Return the area under the ROC curve of pixels, for a legend.

    Examples:
        >>> auc_text(dict(AUC=0.25, AUC_exact=0.94))
        'AUC 0.9400'
        >>> auc_text(dict(AUC=0.25)), auc_text({})
        ('AUC at swept thresholds 0.2500', 'AUC undefined')
    """
    for name, value in with_one_auc(metrics).items():
        if name in AUC_RANGES and math.isfinite(value):
            place = ' at swept thresholds' if name == 'AUC' else ''
            return f'AUC{place} {format_metric(name, value)}'
    return 'AUC undefined'


def ratio(part: Any, whole: Any) -> Any:
    """Return part / whole, NaN where whole is 0; of numbers or arrays.

    Examples:
        >>> ratio(1, 4), ratio(np.array([1, 0]), np.array([2, 0])).tolist()
        (0.25, [0.5, nan])
    """
    if np.ndim(part) or np.ndim(whole):
        part, whole = np.broadcast_arrays(part, whole)
        return np.divide(part, whole, out=np.full(whole.shape, np.nan),
                         where=whole != 0)
    return float(part / whole) if whole else float('nan')


def pooled_metrics(total: DetectionCounts) -> dict[str, Any]:
    """Compute the metrics of a set from the sum of its images' counts.

    Counts are at one threshold, or over a sweep. ``IoU``, ``Pd``,
    ``Precision``, ``Recall`` (true positive rate), ``F1`` and ``FPR`` (false
    positive rate) are in %; ``Fa``, ``Fa_component`` and ``Fa_pixel`` in
    1e-6. They are NaN where the denominator is 0.

    Examples:
        >>> total = DetectionCounts(100, 3, 4, 5, targets=2, detected=1)
        >>> metrics = pooled_metrics(total)
        >>> metrics['IoU'], metrics['Pd'], metrics['Precision']
        (50.0, 50.0, 75.0)
    """
    hits, predicted, actual = (total.true_positives, total.predicted,
                               total.actual)
    return dict(
        IoU=100 * ratio(hits, total.union),
        Pd=100 * ratio(total.detected, total.targets),
        Fa=1e6 * ratio(total.false_area, total.pixels),
        Fa_component=1e6 * ratio(total.false_component, total.pixels),
        Fa_pixel=1e6 * ratio(total.false_pixel, total.pixels),
        Precision=100 * ratio(hits, predicted),
        Recall=100 * ratio(hits, actual),
        F1=100 * ratio(2 * hits, predicted + actual),
        FPR=100 * ratio(predicted - hits, total.pixels - actual))


def image_ious(images: Iterable[DetectionCounts],
               empty: str = 'zero') -> np.ndarray:
    """Return the IoU of the target class of each image, shape (N, ), 0 .. 1.

    ``empty`` is that of an image with neither target nor prediction:
    ``'zero'`` (0, as in the published code), ``'one'`` (1), or ``'skip'``
    (NaN); anything else raises ValueError.
    """
    values = dict(zero=0.0, one=1.0, skip=float('nan'))
    if empty not in values:
        raise ValueError("nIoU_empty must be 'zero', 'one' or 'skip', "
                         f'got {empty!r}')
    return np.array([
        image.true_positives / image.union if image.union else values[empty]
        for image in images
    ], np.float64)


def mean_image_iou(images: Iterable[DetectionCounts],
                   empty: str = 'zero') -> float:
    """Mean over images of the IoU of the target class (nIoU), 0 .. 1.

    NaN without images. See :func:`image_ious` for ``empty``.

    Examples:
        >>> empty, full = DetectionCounts(), DetectionCounts(9, 2, 2, 2)
        >>> [mean_image_iou([empty, full], e) for e in ('zero', 'one', 'skip')]
        [0.5, 1.0, 1.0]
    """
    values = image_ious(images, empty)
    values = values[~np.isnan(values)]
    return ratio(values.sum(), values.size)


def area_under_roc(false_positive_rate: np.ndarray,
                   true_positive_rate: np.ndarray) -> float:
    """Trapezoidal area under the swept points of a pixel-level ROC curve.

    Rates are at increasing thresholds, 0 .. 1, of shape (T, ). As published,
    the curve is not extended to (0, 0) and (1, 1), so the value depends on
    the thresholds. :func:`rank_auc` does not. NaN where a rate is.

    Examples:
        >>> area_under_roc(np.array([1.0, 0.5, 0.0]), np.array([1.0, 1.0, 0]))
        0.75
    """
    # The rates fall, so the signed area is negative.
    return abs(float(trapezoid(true_positive_rate, false_positive_rate)))


def wilson_interval(hits: int, number: int,
                    z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's 95 % confidence interval of a share, 0 .. 1.

    Both ends are NaN without trials; ``z`` is the number of deviations of
    the normal distribution.

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


def limitirstd_accuracy(iou: float, pd: float) -> float:
    """Return the score of the LimitIRSTD challenge: half of IoU and of Pd, %.

    The published script sets it to 0 above a Fa of 50e-6, the published
    ranking does not (up to 76e-6).

    Reference:
        B. Li et al., "The First Competition on Resource-Limited Infrared
        Small Target Detection Challenge: Methods and Results", ICPR 2024.

    Examples:
        >>> round(limitirstd_accuracy(45.3729, 76.2010), 3)  # rank 1
        60.787
    """
    return (iou + pd) / 2
