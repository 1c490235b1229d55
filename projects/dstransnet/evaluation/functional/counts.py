"""Counts of an image, from which the metrics are computed.

Metrics of a dataset are ratios of sums of counts, so images can be counted in
any process and added in any order.
"""
from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class DetectionCounts:
    """Counts of one image, or sums over images.

    At one threshold every count is an int. In a sweep over T thresholds,
    counts that depend on the threshold are int64 arrays of shape (T, ).

    Attributes:
        pixels (int): Pixels.
        true_positives (int | np.ndarray): Predicted target pixels.
        predicted (int | np.ndarray): Predicted pixels.
        actual (int): Target pixels.
        targets (int): Targets (connected components of the ground truth).
        detected (int | np.ndarray): Targets with a matching component.
        false_area (int | np.ndarray): Area in pixels of unmatched components,
            without those whose area equals that of a matched one in the same
            image (published Fa).
        false_component (int | np.ndarray): Area in pixels of all unmatched
            components.
        false_pixel (int | np.ndarray): Predicted pixels outside detected
            targets.
        false_alarms (int | np.ndarray): Number of unmatched components.
    """
    pixels: int = 0
    true_positives: int | np.ndarray = 0
    predicted: int | np.ndarray = 0
    actual: int = 0
    targets: int = 0
    detected: int | np.ndarray = 0
    false_area: int | np.ndarray = 0
    false_component: int | np.ndarray = 0
    false_pixel: int | np.ndarray = 0
    false_alarms: int | np.ndarray = 0

    @property
    def union(self) -> int | np.ndarray:
        """Pixels predicted, or target, or both."""
        return self.predicted + self.actual - self.true_positives

    def at(self, index: int) -> DetectionCounts:
        """Return the counts at one threshold of a sweep, by its position."""
        return DetectionCounts(*(
            int(value[index]) if isinstance(value, np.ndarray) else value
            for value in vars(self).values()))

    def __add__(self, other: DetectionCounts) -> DetectionCounts:
        return DetectionCounts(*(
            a + b for a, b in zip(vars(self).values(), vars(other).values())))


def false_alarm_counts(areas: np.ndarray,
                       matched: np.ndarray) -> dict[str, int]:
    """Count false alarms by each definition of :class:`DetectionCounts`.

    Args:
        areas (np.ndarray): Areas in pixels of all components, shape (K, ).
        matched (np.ndarray): Whether each is a hit, bool of shape (K, ).

    Examples:
        >>> false_alarm_counts(np.array([4, 4, 6]), np.array([True, False,
        ...     False]))
        {'false_area': 6, 'false_component': 10, 'false_alarms': 2}
    """
    total, hits = int(areas.sum()), areas[matched]
    # The published code removes matched areas from a list by value, which
    # also removes every other component of the same area.
    listed = total - sum(
        int(area) * int((areas == area).sum()) for area in np.unique(hits))
    return dict(
        false_area=listed,
        false_component=total - int(hits.sum()),
        false_alarms=len(areas) - len(hits))
