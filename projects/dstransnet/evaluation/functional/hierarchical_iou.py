"""Hierarchical IoU and its error analysis.

Targets and predicted components are matched one to one. The IoU of matched
pairs says how well they are segmented, the share of matched ones among all
targets and components how well they are localised; hierarchical IoU is the
product. What either lacks to 1 is split by cause.

Reference:
    Y. Pang et al., "Rethinking Evaluation of Infrared Small Target
    Detection", NeurIPS 2025 (PyIRSTDMetrics).
"""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from ...imaging.components import Components
from .formulas import ratio
from .matching import MATCH_DISTANCE

MIN_IOU = 0.5
"""Components with this IoU match wherever their centroids are."""


@dataclasses.dataclass(frozen=True)
class HierarchicalCounts:
    """Counts of one image for the hierarchical IoU.

    Attributes:
        pixels (int): Pixels of the image.
        taken (np.ndarray): Component that each of T targets takes, -1 for
            none; int64 of shape (T, ).
        pairs (np.ndarray): Pixels of each matched pair, targets in order:
            common to both, predicted on other targets, predicted elsewhere,
            and missed; int64 of shape (TP, 4). They add up to the union.
        false_predictions (int): Components that no target takes (FP).
        missed_targets (int): Targets that take none (FN).
        lone_predictions (int): Components without a candidate: no target
            that they overlap or are near enough to.
        lone_targets (int): Targets without a candidate.
        false_area (int): Pixels of components that no target takes.
    """
    pixels: int
    taken: np.ndarray
    pairs: np.ndarray
    false_predictions: int
    missed_targets: int
    lone_predictions: int
    lone_targets: int
    false_area: int


def overlap_counts(targets: Components, found: Components) -> np.ndarray:
    """Count the pixels that T and K components of two masks share, (T, K)."""
    common = (targets.labels > 0) & (found.labels > 0)
    cells = ((targets.labels[common].astype(np.int64) - 1) * len(found) +
             found.labels[common] - 1)
    return np.bincount(cells, minlength=len(targets) * len(found)).reshape(
        len(targets), len(found))


def match_overlap_first(distances: np.ndarray,
                        ious: np.ndarray,
                        distance: float = MATCH_DISTANCE) -> np.ndarray:
    """Match by overlap first, then by distance (OPDC matching).

    The assignment of the smallest total distance over all pairs is computed;
    its pairs of an IoU of at least 0.5 are kept. Targets and components that
    are left get a second such assignment, whose pairs nearer than
    ``distance`` are kept.

    Args:
        distances (np.ndarray): Between centroids in pixels, shape (T, K).
        ious (np.ndarray): IoU of each two, shape (T, K).
        distance (float): Exclusive, in pixels. Defaults to 3.

    Returns:
        np.ndarray: Component that each target takes, -1 for none; int64 of
        shape (T, ).
    """
    taken = np.full(len(distances), -1, np.int64)
    for kind in (ious >= MIN_IOU, distances < distance):
        targets = np.flatnonzero(taken < 0)
        found = np.setdiff1d(np.arange(distances.shape[1]), taken)
        rows, columns = linear_sum_assignment(
            distances[np.ix_(targets, found)])
        kept = kind[targets[rows], found[columns]]
        taken[targets[rows[kept]]] = found[columns[kept]]
    return taken


def hierarchical_counts(targets: Components,
                        found: Components,
                        distance: float = MATCH_DISTANCE,
                        padded: bool = False) -> HierarchicalCounts:
    """Match the components of one image with its targets and count the errors.

    Args:
        targets (Components): True targets.
        found (Components): Predicted components, of a mask of the same shape.
        distance (float): See :func:`match_overlap_first`. Defaults to 3.
        padded (bool): Count a missed phantom target in an image without
            targets, and a false phantom component of no area in an image
            without components, as the published code does. Defaults to False.
    """
    common = overlap_counts(targets, found)
    ious = common / (targets.areas[:, None] + found.areas - common)
    distances = cdist(targets.centroids, found.centroids)
    taken = match_overlap_first(distances, ious, distance)
    rows = np.flatnonzero(taken >= 0)
    columns = taken[rows]
    hits = common[rows, columns]
    on_targets = common.sum(0)
    candidates = (ious >= MIN_IOU) | (distances < distance)
    phantoms = dict(target=int(padded and not len(targets)),
                    component=int(padded and not len(found)))
    return HierarchicalCounts(
        pixels=targets.labels.size,
        taken=taken,
        pairs=np.stack((hits, on_targets[columns] - hits,
                        (found.areas - on_targets)[columns],
                        targets.areas[rows] - hits), axis=1),
        false_predictions=len(found) - len(rows) + phantoms['component'],
        missed_targets=len(targets) - len(rows) + phantoms['target'],
        lone_predictions=int((~candidates.any(0)).sum())
        + phantoms['component'],
        lone_targets=int((~candidates.any(1)).sum()) + phantoms['target'],
        false_area=int(found.areas.sum() - found.areas[columns].sum()))


def hierarchical_metrics(
        images: Sequence[HierarchicalCounts]) -> dict[str, float]:
    """Compute hierarchical IoU and its error analysis over a dataset.

    With TP matched pairs, FP components and FN targets that are left:

    - ``seg_IoU``: mean over pairs of their IoU, %;
    - ``loc_IoU``: TP / (TP + FP + FN), %;
    - ``hIoU``: product of the two, %; 0 where nothing matches;
    - ``seg_merge``, ``seg_interference``, ``seg_perception``: mean over pairs
      of the share of the union that is predicted on other targets, predicted
      elsewhere, and missed, %; with ``seg_IoU`` they add up to 100 %;
    - ``loc_interference``, ``loc_perception``: components and targets
      without a candidate, over TP + FP + FN, %;
    - ``loc_many_to_one``, ``loc_one_to_many``: components and targets that
      lost their candidate to another one, likewise; the four and ``loc_IoU``
      add up to 100 %;
    - ``Pd_OPDC``: TP / (TP + FN), %;
    - ``Fa_OPDC``: area of components that are left, over all pixels, 1e-6.

    They are NaN where a denominator is 0. Sums are exact, so that neither the
    order of images nor the number of processes changes a value.

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> found = hierarchical_metrics([hierarchical_counts(
        ...     connected_components([[1, 1, 1, 0, 0, 0, 1]]),
        ...     connected_components([[0, 1, 1, 1, 0, 0, 0]]))])
        >>> found['seg_IoU'], found['loc_IoU'], found['hIoU']
        (50.0, 50.0, 25.0)
    """
    pairs = np.concatenate([np.zeros((0, 4), np.int64),
                            *(image.pairs for image in images)])
    parts = [math.fsum(part) for part in (pairs / pairs.sum(1)[:, None]).T]

    def total(name: str) -> int:
        return sum(getattr(image, name) for image in images)

    matched = len(pairs)
    false, missed = total('false_predictions'), total('missed_targets')
    lone_found, lone_targets = total('lone_predictions'), total('lone_targets')
    objects = matched + false + missed
    segmentation = [100 * ratio(part, matched) for part in parts]
    return dict(
        hIoU=100 * ratio(parts[0], objects),
        seg_IoU=segmentation[0],
        loc_IoU=100 * ratio(matched, objects),
        seg_merge=segmentation[1],
        seg_interference=segmentation[2],
        seg_perception=segmentation[3],
        loc_interference=100 * ratio(lone_found, objects),
        loc_perception=100 * ratio(lone_targets, objects),
        loc_many_to_one=100 * ratio(false - lone_found, objects),
        loc_one_to_many=100 * ratio(missed - lone_targets, objects),
        Pd_OPDC=100 * ratio(matched, matched + missed),
        Fa_OPDC=1e6 * ratio(total('false_area'), total('pixels')))
