"""Average precision of scored detections."""
from __future__ import annotations

import numpy as np

from .formulas import ratio


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

    Examples:
        >>> found = cumulated_hits(np.array([0.5, 0.9, 0.5]),
        ...                        np.array([True, True, False]))
        >>> [values.tolist() for values in found]
        [[0.9, 0.5], [1, 3], [1, 2]]
    """
    order = np.argsort(-scores, kind='stable')
    scores, hits = scores[order], hits[order]
    last = np.flatnonzero(np.diff(scores, append=-np.inf))
    return scores[last], 1 + last, np.cumsum(hits)[last]


def average_precision(scores: np.ndarray, hits: np.ndarray,
                      targets: int) -> float:
    """Compute the area under the precision-recall curve.

    Precision is made monotone, and every point of the curve counts. Equal
    scores make one point, so that the order of detections does not matter.

    Args:
        scores (np.ndarray): Score of each of K detections, shape (K, ).
        hits (np.ndarray): Whether each is a hit, bool of shape (K, ).
        targets (int): Number of targets.

    Returns:
        float: 0 .. 1; NaN without targets.

    Examples:
        >>> average_precision(np.array([0.9, 0.8, 0.7]),
        ...                   np.array([True, False, True]), 4)
        0.41666666666666663
    """
    _, detections, found = cumulated_hits(scores, hits)
    precision = np.maximum.accumulate((found / detections)[::-1])[::-1]
    return ratio(float((np.diff(found, prepend=0) * precision).sum()), targets)
