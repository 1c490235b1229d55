"""Target-level metrics at several matching distances."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...imaging.components import Components
from ..functional.formulas import ratio
from ..functional.hierarchical_iou import overlap_counts
from .detection_matching import assign_by_score
from .detections import scored_components
from .target_level import TargetLevelRecord, target_level_metrics

DISTANCES = tuple(range(1, 11))
"""Matching distances in pixels."""


class DistanceHits(NamedTuple):
    """Detections of one image that are hits at each of D distances.

    Attributes:
        targets (int): True targets.
        scores (np.ndarray): Score of each of K detections, shape (K, ).
        hits (np.ndarray): Bool of shape (D, K).
    """
    targets: int
    scores: np.ndarray
    hits: np.ndarray


def hits_at_distances(targets: Components,
                      found: Components,
                      scores: np.ndarray,
                      distances: Sequence[float] = DISTANCES,
                      overlap: bool = False) -> DistanceHits:
    """Match the components of one image by centroids at several distances.

    Components choose by descending score; each takes the nearest free target
    whose centroid is nearer than the distance.

    Args:
        targets (Components): True targets.
        found (Components): Predicted components, of a mask of the same shape.
        scores (np.ndarray): Score map of shape (H, W); that of a component is
            the largest inside.
        distances (Sequence[float]): In pixels, exclusive. Defaults to 1 .. 10.
        overlap (bool): Whether the two must share a pixel. Defaults to False.

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> truth = connected_components([[1, 1, 0, 0, 0]])
        >>> scores = np.array([[0, 0, 0, .9, 0]])
        >>> found = connected_components(scores)
        >>> hits_at_distances(truth, found, scores, [2, 3]).hits.tolist()
        [[False], [True]]
    """
    detections = scored_components(found, scores)
    cost = np.linalg.norm(
        detections.points[:, None] - targets.centroids, axis=-1)
    allowed = (overlap_counts(targets, found).T > 0 if overlap
               else np.ones(cost.shape, bool))
    return DistanceHits(
        len(targets), detections.scores,
        np.array([
            assign_by_score(detections.scores, cost,
                            allowed & (cost < distance)) >= 0
            for distance in distances
        ], bool).reshape(len(distances), len(found)))


def metrics_at_distances(
        images: Sequence[DistanceHits],
        distances: Sequence[float] = DISTANCES) -> dict[str, float]:
    """Compute target-level metrics of a dataset at each distance.

    Args:
        images (Sequence[DistanceHits]): Hits of each image.
        distances (Sequence[float]): Those of the hits. Defaults to 1 .. 10.

    Returns:
        dict[str, float]: ``mAP_centroid``, the mean over distances of the
        average precision, and for each distance, here 3,
        ``TargetPrecision_3``, ``TargetRecall_3``, ``TargetF1_3`` and
        ``AP_3``, see :func:`target_level_metrics`; all in %.

    Examples:
        >>> one = DistanceHits(1, np.array([.9]), np.array([[False], [True]]))
        >>> found = metrics_at_distances([one], [2, 3])
        >>> found['AP_2'], found['AP_3'], found['mAP_centroid']
        (0.0, 100.0, 50.0)
    """
    found: dict[str, float] = {'mAP_centroid': float('nan')}
    precisions = []
    for number, distance in enumerate(distances):
        metrics = target_level_metrics(
            [TargetLevelRecord(image.targets, image.scores,
                               image.hits[number]) for image in images],
            threshold=-np.inf)
        precisions.append(metrics['AP'])
        for name in ('TargetPrecision', 'TargetRecall', 'TargetF1', 'AP'):
            found[f'{name}_{distance}'] = metrics[name]
    found['mAP_centroid'] = ratio(sum(precisions), len(precisions))
    return found
