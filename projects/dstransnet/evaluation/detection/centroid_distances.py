"""Target-level metrics at several matching distances."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from ...imaging.components import Components
from ..functional.formulas import ratio
from ..functional.hierarchical_iou import overlap_counts
from .detection_matching import assign_by_score
from .detections import scored_components
from .target_level import TargetLevelRecord, target_level_metrics

DISTANCES = tuple(range(1, 11))
"""Matching distances in pixels."""


def hits_at_distances(targets: Components,
                      found: Components,
                      scores: np.ndarray,
                      distances: Sequence[float] = DISTANCES,
                      overlap: bool = False) -> list[TargetLevelRecord]:
    """Match the components of one image by centroids at several distances.

    Components choose by descending score, the largest inside; each takes the
    nearest free target whose centroid is nearer than the distance.

    Args:
        targets (Components): True targets.
        found (Components): Predicted components, of a mask of the same shape.
        scores (np.ndarray): Score map of shape (H, W).
        distances (Sequence[float]): In pixels, exclusive. Defaults to 1 .. 10.
        overlap (bool): Whether the two must share a pixel. Defaults to False.

    Returns:
        list[TargetLevelRecord]: One a distance.
    """
    detections = scored_components(found, scores)
    cost = cdist(detections.points, targets.centroids)
    allowed = (overlap_counts(targets, found).T > 0 if overlap
               else np.ones(cost.shape, bool))
    return [
        TargetLevelRecord(len(targets), detections.scores, assign_by_score(
            detections.scores, cost, allowed & (cost < distance)) >= 0)
        for distance in distances
    ]


def metrics_at_distances(
        images: Sequence[Sequence[TargetLevelRecord]],
        distances: Sequence[float] = DISTANCES) -> dict[str, float]:
    """Compute target-level metrics from the records of each image.

    ``mAP_centroid`` is the mean over distances of the average precision. For
    each distance, here 3, there are ``TargetPrecision_3``,
    ``TargetRecall_3``, ``TargetF1_3`` and ``AP_3``, see
    :func:`target_level_metrics`; all in %.
    """
    found: dict[str, float] = {'mAP_centroid': float('nan')}
    for number, distance in enumerate(distances):
        metrics = target_level_metrics(
            [image[number] for image in images], threshold=-np.inf)
        for name in ('TargetPrecision', 'TargetRecall', 'TargetF1', 'AP'):
            found[f'{name}_{distance}'] = metrics[name]
    found['mAP_centroid'] = ratio(
        sum(found[f'AP_{distance}'] for distance in distances),
        len(distances))
    return found
