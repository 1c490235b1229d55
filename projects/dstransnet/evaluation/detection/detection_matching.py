"""Matching of detections and targets."""
from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from ...imaging.components import Components, component_boxes
from ..functional.matching import MATCH_DISTANCE
from .detections import Detections

DETECTION_RULES = ('centroid', 'inside', 'iou')


def check_detection_rule(rule: str, distance: float, min_iou: float) -> None:
    """Raise ValueError that names an invalid option of the matching."""
    if rule not in DETECTION_RULES:
        raise ValueError("rule must be 'centroid', 'inside' or 'iou', got "
                         f'{rule!r}')
    if not distance > 0:
        raise ValueError(f'distance must be positive, got {distance}')
    if not 0 < min_iou <= 1:
        raise ValueError(f'min_iou must be within (0, 1], got {min_iou}')


def match_detections(targets: Components,
                     detections: Detections,
                     rule: str = 'centroid',
                     distance: float = MATCH_DISTANCE,
                     min_iou: float = 0.5) -> np.ndarray:
    """Assign targets to detections, each target once.

    Detections choose by descending score; equal scores keep their order. Each
    detection takes the nearest free target that satisfies the rule (by
    centroid; with ``'iou'`` that of the highest IoU; the first of a tie). A
    second detection of a target is a false alarm.

    The assignment of the best n detections does not depend on the rest.
    Matching once is therefore matching at every threshold, as curves and
    average precision need.

    Args:
        targets (Components): T true targets.
        detections (Detections): K detections in the same image.
        rule (str): When a detection may take a target. ``'centroid'``: its
            point is nearer than ``distance`` to the target's centroid.
            ``'inside'``: its box contains the centre of a target pixel (top
            and left edge included); without boxes, the pixel nearest to its
            point is a target pixel (midway the upper or left one).
            ``'iou'``: its box and the target's bounding box have an IoU of
            at least ``min_iou``. Defaults to ``'centroid'``.
        distance (float): In pixels, exclusive. Defaults to 3.
        min_iou (float): Within (0, 1]. Defaults to 0.5.

    Returns:
        np.ndarray: Index of the target each detection takes, -1 for none;
        int64 of shape (K, ).

    Raises:
        ValueError: If an option is invalid, or the rule is ``'iou'`` and
            there are no boxes.

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> truth = connected_components([[1, 0, 0, 0, 1]])
        >>> found = Detections([[0, 1], [0, 2], [0, 9]], None, [.7, .9, .8])
        >>> match_detections(truth, found).tolist()
        [-1, 0, -1]
    """
    check_detection_rule(rule, distance, min_iou)
    cost = cdist(detections.points, targets.centroids)
    if rule == 'centroid':
        allowed = cost < distance
    elif rule == 'inside':
        allowed = _on_target(targets, detections)
    elif detections.boxes is None:
        raise ValueError("rule 'iou' needs detections with boxes, got points")
    else:
        cost = -_box_iou(detections.boxes, component_boxes(targets))
        allowed = -cost >= min_iou
    return assign_by_score(detections.scores, cost, allowed)


def assign_by_score(scores: np.ndarray, cost: np.ndarray,
                    allowed: np.ndarray) -> np.ndarray:
    """Give each detection the free target of least cost, best score first.

    Args:
        scores (np.ndarray): Score of each of K detections, shape (K, ).
        cost (np.ndarray): Of each target for each detection, shape (K, T).
        allowed (np.ndarray): Whether it may be taken, bool of shape (K, T).

    Returns:
        np.ndarray: See :func:`match_detections`.
    """
    matched = np.full(len(scores), -1, np.int64)
    free = np.ones(cost.shape[1], bool)
    for number in np.argsort(-scores, kind='stable'):
        candidates = np.flatnonzero(allowed[number] & free)
        if len(candidates):
            taken = candidates[cost[number, candidates].argmin()]
            matched[number] = taken
            free[taken] = False
    return matched


def _on_target(targets: Components, detections: Detections) -> np.ndarray:
    """Return whether detections lie on targets, bool of shape (K, T)."""
    boxes = detections.boxes
    if boxes is None:
        # One pixel in size, so that it contains one pixel centre.
        boxes = np.concatenate([detections.points, detections.points + 1], 1)
    pixels = np.argwhere(targets.labels)
    numbers = targets.labels[targets.labels > 0] - 1
    found = np.zeros((len(detections), len(targets)), bool)
    for inside, (top, left, bottom, right) in zip(found, boxes):
        within = (((top, left) <= pixels + 0.5) &
                  (pixels + 0.5 < (bottom, right))).all(1)
        inside[numbers[within]] = True
    return found


def _box_iou(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the IoU of each two boxes, of shape (K, T)."""
    first = np.maximum(boxes[:, None, :2], others[:, :2])
    last = np.minimum(boxes[:, None, 2:], others[:, 2:])
    common = (last - first).clip(0).prod(-1)
    areas, other_areas = ((array[:, 2:] - array[:, :2]).prod(-1)
                          for array in (boxes, others))
    # No union is empty, as components have a pixel at least.
    return common / (areas[:, None] + other_areas - common)
