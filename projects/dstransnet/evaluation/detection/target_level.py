"""Target-level metrics of detections with scores.

For points, boxes and the components of a segmenter. An image is described by
its number of targets, the scores of its detections and which of them are
hits; metrics are computed from these records.

Pd may differ by single targets from that of ``IRSTDMetric``: there, targets
take components in raster order; here, detections take targets by score.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ...imaging.components import Components
from ..functional.formulas import ratio
from ..functional.matching import MATCH_DISTANCE
from .detection_matching import match_detections
from .detections import Detections

FROC_RATES = (0.125, 0.25, 0.5, 1, 2, 4, 8)
"""False alarms per image at which the sensitivity is read."""


@dataclasses.dataclass(frozen=True)
class TargetLevelRecord:
    """Record of one image for the target-level metrics.

    Attributes:
        targets (int): Number of true targets.
        scores (np.ndarray): Score of each detection, float64 of shape (K, ).
        hits (np.ndarray): Whether each detection took a target, bool of shape
            (K, ); the others are false alarms.

    Raises:
        ValueError: If shapes differ, a score is not finite, or there are more
            hits than targets.
    """
    targets: int
    scores: np.ndarray
    hits: np.ndarray

    def __post_init__(self) -> None:
        scores = np.asarray(self.scores, np.float64)
        hits = np.asarray(self.hits, bool)
        if scores.ndim != 1 or scores.shape != hits.shape:
            raise ValueError('scores and hits must have one shape (K, ), got '
                             f'{scores.shape} and {hits.shape}')
        if not np.isfinite(scores).all():
            raise ValueError(f'scores must be finite, got {scores.tolist()}')
        if hits.sum() > self.targets:
            raise ValueError(f'hits must be {self.targets} at most, as many '
                             f'as targets, got {hits.sum()}')
        object.__setattr__(self, 'scores', scores)
        object.__setattr__(self, 'hits', hits)


def target_level_record(targets: Components,
                        detections: Detections,
                        rule: str = 'centroid',
                        distance: float = MATCH_DISTANCE,
                        min_iou: float = 0.5) -> TargetLevelRecord:
    """Return the record of an image; see :func:`match_detections`."""
    matched = match_detections(targets, detections, rule, distance, min_iou)
    return TargetLevelRecord(len(targets), detections.scores, matched >= 0)


def cumulated_hits(
        scores: np.ndarray,
        hits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count detections and hits down to each score.

    Args:
        scores (np.ndarray): Score of each of K detections, shape (K, ).
        hits (np.ndarray): Whether each is a hit, bool of shape (K, ).

    Returns:
        tuple[np.ndarray, np.ndarray, np.ndarray]: The N distinct scores,
        descending; detections and hits whose score is at least that; each of
        shape (N, ).
    """
    order = np.argsort(-scores, kind='stable')
    scores, hits = scores[order], hits[order]
    last = np.flatnonzero(np.diff(scores, append=-np.inf))
    return scores[last], 1 + last, np.cumsum(hits)[last]


def average_precision(scores: np.ndarray, hits: np.ndarray,
                      targets: int) -> float:
    """Compute the area under the precision-recall curve, 0 .. 1.

    Precision is made monotone, and every point of the curve counts. Equal
    scores make one point, so that the order of detections does not matter.
    NaN without targets. See :func:`cumulated_hits` for the arguments.

    Examples:
        >>> average_precision(np.array([0.9, 0.8, 0.7]),
        ...                   np.array([True, False, True]), 4)
        0.41666666666666663
    """
    _, detections, found = cumulated_hits(scores, hits)
    precision = np.maximum.accumulate((found / detections)[::-1])[::-1]
    return ratio(float((np.diff(found, prepend=0) * precision).sum()), targets)


def target_level_metrics(images: Iterable[TargetLevelRecord],
                         threshold: float = 0.5) -> dict[str, float]:
    """Compute the target-level metrics of a dataset.

    For the detections whose score is strictly greater than ``threshold``:

    - ``Pd``, also as ``TargetRecall``: hits over targets, %;
    - ``FalseAlarmsPerImage``: detections that are no hits, over images;
    - ``TargetPrecision``: hits over detections, %;
    - ``TargetF1``: twice the hits over detections and targets, %.

    For all detections:

    - ``AP``: :func:`average_precision`, % (COCO samples 101 recalls).

    A ratio without a denominator is NaN. AP is 0 with targets but without
    detections.

    Args:
        images (Iterable[TargetLevelRecord]): One record an image, also of
            images without detections or targets.
        threshold (float): In the unit of the scores. Defaults to 0.5.

    Examples:
        >>> images = [TargetLevelRecord(2, [.9, .8, .3], [True, False, True]),
        ...           TargetLevelRecord(0, [], [])]
        >>> metrics = target_level_metrics(images)
        >>> metrics['Pd'], metrics['TargetPrecision'], round(metrics['AP'], 2)
        (50.0, 50.0, 83.33)
    """
    images = list(images)
    targets = sum(image.targets for image in images)
    scores, hits = _joined(images)
    counted = scores > threshold
    detections, found = int(counted.sum()), int(hits[counted].sum())
    recall = 100 * ratio(found, targets)
    return dict(
        Pd=recall,
        FalseAlarmsPerImage=ratio(detections - found, len(images)),
        TargetPrecision=100 * ratio(found, detections),
        TargetRecall=recall,
        TargetF1=100 * ratio(2 * found, detections + targets),
        AP=100 * average_precision(scores, hits, targets))


def target_level_curve(
        images: Iterable[TargetLevelRecord]) -> dict[str, np.ndarray]:
    """Compute the free-response curve (FROC): Pd over false alarms an image.

    Returns:
        dict[str, np.ndarray]: ``threshold``, the N distinct scores,
        descending, and at each of them ``Pd`` (%, NaN without targets),
        ``FalseAlarmsPerImage`` and ``TargetPrecision`` (%) of the detections
        whose score is *at least* that; float64 of shape (N, ).

    Examples:
        >>> image = TargetLevelRecord(2, [.9, .8, .3], [True, False, True])
        >>> curve = target_level_curve([image])
        >>> curve['Pd'].tolist(), curve['FalseAlarmsPerImage'].tolist()
        ([50.0, 50.0, 100.0], [0.0, 1.0, 1.0])
    """
    images = list(images)
    targets = sum(image.targets for image in images)
    thresholds, detections, found = cumulated_hits(*_joined(images))
    return dict(
        threshold=thresholds,
        Pd=100 * ratio(found, targets),
        FalseAlarmsPerImage=ratio(detections - found, len(images)),
        TargetPrecision=100 * ratio(found, detections))


def froc_metrics(images: Iterable[TargetLevelRecord],
                 rates: Sequence[float] = FROC_RATES) -> dict[str, float]:
    """Read the free-response curve at fixed false alarms per image.

    ``FROC`` is the mean over the rates. At each rate, here 1,
    ``Sensitivity_1`` is the highest Pd with at most that many false alarms
    per image; all in %, NaN without targets. It is 0 where any detection
    makes more, and does not rise beyond the last one.

    Reference:
        A. A. A. Setio et al., "Validation, Comparison, and Combination of
        Algorithms for Automatic Detection of Pulmonary Nodules: The LUNA16
        Challenge", Medical Image Analysis 42, 2017.

    Examples:
        >>> image = TargetLevelRecord(2, [.9, .8, .3], [True, False, True])
        >>> froc_metrics([image], [0.5, 1])
        {'FROC': 75.0, 'Sensitivity_0.5': 50.0, 'Sensitivity_1': 100.0}
    """
    images = list(images)
    curve = target_level_curve(images)
    reached = [
        max(curve['Pd'][curve['FalseAlarmsPerImage'] <= rate], default=0.0)
        for rate in rates
    ]
    if not any(image.targets for image in images):
        reached = [float('nan')] * len(rates)
    return dict(
        FROC=float(np.mean(reached)),
        **{f'Sensitivity_{rate:g}': float(value)
           for rate, value in zip(rates, reached)})


def curve_corners(curve: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Remove points of a curve that lie on a line between others.

    The plot of Pd over FalseAlarmsPerImage does not change. At most two
    points a hit and two more remain.

    Examples:
        >>> image = TargetLevelRecord(1, [.9, .8, .7, .6], [True] + 3 * [0])
        >>> curve_corners(target_level_curve([image]))['threshold'].tolist()
        [0.9, 0.6]
    """
    if not curve:
        return {}
    keep = np.ones(len(curve['threshold']), bool)
    for name in ('Pd', 'FalseAlarmsPerImage'):
        values = curve[name]
        same = (values[1:] == values[:-1]) | np.isnan(values[1:])
        keep[1:-1] &= ~(same[1:] & same[:-1])
    return {name: values[keep] for name, values in curve.items()}


def _joined(
        images: list[TargetLevelRecord]) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and hits of all images, each of shape (K, )."""
    return (np.concatenate([np.zeros(0), *(i.scores for i in images)]),
            np.concatenate([np.zeros(0, bool), *(i.hits for i in images)]))
