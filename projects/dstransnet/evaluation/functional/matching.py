"""Matching of targets and predicted components.

References:
    B. Li et al., "Dense Nested Attention Network for Infrared Small Target
    Detection", IEEE TIP 32, 2023 (the centroid rule).
"""
from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from ...imaging.components import Components

MATCH_DISTANCE = 3.0
"""A target is detected by a component whose centroid is nearer, in pixels."""

MATCH_RULES = ('centroid', 'overlap')


@dataclasses.dataclass(frozen=True)
class Matching:
    """Detected targets and components that are hits.

    Attributes:
        detected (np.ndarray): Whether each target is detected, bool of shape
            (T, ).
        matched (np.ndarray): Whether each component is a hit, bool of shape
            (K, ); the others are false alarms.
    """
    detected: np.ndarray
    matched: np.ndarray


def check_match_options(match: str, distance: float,
                        connectivity: int) -> None:
    """Raise ValueError that names an invalid option of the matching."""
    if match not in MATCH_RULES:
        raise ValueError(
            f"match must be 'centroid' or 'overlap', got {match!r}")
    if not distance > 0:
        raise ValueError(f'distance must be positive, got {distance}')
    if connectivity not in (4, 8):
        raise ValueError(f'connectivity must be 4 or 8, got {connectivity}')


def near_pairs(
        targets: np.ndarray,
        components: np.ndarray,
        distance: float = MATCH_DISTANCE) -> tuple[np.ndarray, np.ndarray]:
    """Return target and component of the pairs of near centroids.

    They are in the order of targets, and of components for each target.
    Centroids are row and column, of shapes (T, 2) and (K, 2), and near if
    they are less than ``distance`` pixels apart.
    """
    # Few of thousands of components have rows near a target's.
    by_row = np.argsort(components[:, 0], kind='stable')
    rows = components[by_row, 0]
    reach = distance + 1  # np.hypot decides below, not rounding here
    first = np.searchsorted(rows, targets[:, 0] - reach)
    number = np.searchsorted(rows, targets[:, 0] + reach) - first
    target = np.repeat(np.arange(len(targets)), number)
    within = np.arange(len(target)) - np.repeat(number.cumsum() - number,
                                                number)
    component = by_row[np.repeat(first, number) + within]
    offsets = components[component] - targets[target]
    near = np.hypot(offsets[:, 0], offsets[:, 1]) < distance
    target, component = target[near], component[near]
    order = np.lexsort((component, target))
    return target[order], component[order]


def match_by_centroid(
        targets: np.ndarray,
        components: np.ndarray,
        distance: float = MATCH_DISTANCE,
        sort: Callable[[np.ndarray], np.ndarray] | None = None) -> Matching:
    """Give each target the first free component near its centroid.

    Targets are visited in order. Each takes the first component, in order,
    that no earlier target took and whose centroid is nearer than
    ``distance``. A component detects at most one target.

    ``sort`` puts component numbers into the order of the rule, and is called
    only if a target has a choice; None: components are in order.
    """
    target, component = near_pairs(targets, components, distance)
    if sort is not None and (target[1:] == target[:-1]).any():
        order = sort(np.unique(component))
        rank = np.zeros(len(components), np.int64)
        rank[order] = np.arange(len(order))
        component = component[np.lexsort((rank[component], target))]
    detected = np.zeros(len(targets), bool)
    matched = np.zeros(len(components), bool)
    for one, other in zip(target, component):
        if not (detected[one] or matched[other]):
            detected[one] = matched[other] = True
    return Matching(detected, matched)


def match_by_overlap(target_labels: np.ndarray, component_labels: np.ndarray,
                     num_targets: int, num_components: int) -> Matching:
    """Match targets and components that share a pixel.

    For irregular targets, whose centroids say little. A component over two
    targets detects both. Several components on one target are all hits.

    Labels are numbers 1 .. T and 1 .. K, or 0, of the same pixels, which
    include all target pixels.
    """
    detected = np.zeros(num_targets + 1, bool)
    matched = np.zeros(num_components + 1, bool)
    common = (target_labels != 0) & (component_labels != 0)
    detected[target_labels[common]] = True
    matched[component_labels[common]] = True
    return Matching(detected[1:], matched[1:])


def match_components(targets: Components,
                     components: Components,
                     distance: float = MATCH_DISTANCE,
                     match: str = 'centroid') -> Matching:
    """Match the components of a prediction with the true targets.

    Args:
        targets (Components): True targets.
        components (Components): Predicted components, of a map of the same
            size.
        distance (float): For the centroid rule, in pixels, exclusive.
            Defaults to 3.
        match (str): ``'centroid'`` (:func:`match_by_centroid`, as published)
            or ``'overlap'`` (:func:`match_by_overlap`). Defaults to
            ``'centroid'``.

    Raises:
        ValueError: If an option is invalid.

    Examples:
        >>> from projects.dstransnet.imaging.components import (
        ...     connected_components)
        >>> truth = connected_components([[1, 0, 0, 0, 1]])
        >>> found = connected_components([[0, 0, 1, 0, 0]])
        >>> match_components(truth, found).detected.tolist()
        [True, False]
    """
    check_match_options(match, distance, connectivity=8)
    if match == 'centroid':
        return match_by_centroid(targets.centroids, components.centroids,
                                 distance)
    return match_by_overlap(targets.labels, components.labels, len(targets),
                            len(components))
