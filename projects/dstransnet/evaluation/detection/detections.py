"""Detections of small targets as points or boxes with scores.

The common form of box detectors, point detectors and segmenters. Points are
row and column with pixel centres at integers, like centroids of components.
Boxes are edges: pixel i reaches from i to i + 1, its centre is at i + 0.5.
"""
from __future__ import annotations

import dataclasses

import numpy as np

from ...imaging.components import Components, component_boxes


@dataclasses.dataclass(frozen=True)
class Detections:
    """Detections of one image, in any order.

    Attributes:
        points (np.ndarray): Row and column, pixel centres at integers;
            float64 of shape (K, 2).
        boxes (np.ndarray | None): Top, left, bottom and right edge in pixels,
            float64 of shape (K, 4); None for points.
        scores (np.ndarray): Finite numbers; float64 of shape (K, ).

    Raises:
        ValueError: If shapes do not fit together, a value is not finite, or a
            box ends before it starts. Width and height may be 0.

    Examples:
        >>> found = Detections([[4, 7.5]], None, [0.9])
        >>> len(found), found.points.tolist()
        (1, [[4.0, 7.5]])
    """
    points: np.ndarray
    boxes: np.ndarray | None
    scores: np.ndarray

    def __post_init__(self) -> None:
        scores = _checked('scores', self.scores, ())
        points = _checked('points', self.points, (2, ))
        boxes = self.boxes
        if boxes is not None:
            boxes = _checked('boxes', boxes, (4, ))
            if (boxes[:, 2:] < boxes[:, :2]).any():
                raise ValueError('boxes must have top <= bottom and left <= '
                                 f'right, got {boxes.tolist()}')
        for name, array in (('points', points), ('boxes', boxes)):
            if array is not None and len(array) != len(scores):
                raise ValueError(f'{name} must be as many as scores, got '
                                 f'{len(array)} and {len(scores)}')
        object.__setattr__(self, 'points', points)
        object.__setattr__(self, 'boxes', boxes)
        object.__setattr__(self, 'scores', scores)

    @classmethod
    def from_boxes(cls, boxes: np.ndarray, scores: np.ndarray) -> Detections:
        """Return boxes with their centres as points.

        Args:
            boxes (np.ndarray): Top, left, bottom and right edge in pixels, of
                shape (K, 4).
            scores (np.ndarray): Shape (K, ).

        Raises:
            ValueError: As the class does.
        """
        boxes = _checked('boxes', boxes, (4, ))
        # Halves first: the sum of two large edges may not be finite. From
        # edges to pixel centres, it is half a pixel.
        return cls(boxes[:, :2] / 2 + boxes[:, 2:] / 2 - 0.5, boxes, scores)

    def __len__(self) -> int:
        return len(self.scores)


def _checked(name: str, values: np.ndarray,
             rest: tuple[int, ...]) -> np.ndarray:
    """Return values as finite float64 of shape (K, *rest)."""
    array = np.asarray(values, np.float64)
    if array.shape == (0, ):
        array = array.reshape(0, *rest)
    if array.ndim != 1 + len(rest) or array.shape[1:] != rest:
        expected = ', '.join(['K', *map(str, rest)])
        raise ValueError(
            f'{name} must have shape ({expected}), got {array.shape}')
    if not np.isfinite(array).all():
        raise ValueError(f'{name} must be finite, got {array.tolist()}')
    return array


def scored_components(components: Components,
                      scores: np.ndarray) -> Detections:
    """Return components as detections: centroid, box and largest score.

    They are in the order of the components, of a mask of shape (H, W) like
    that of the score map. A score that is not finite raises ValueError.
    """
    if not np.isfinite(scores).all():
        raise ValueError('scores must be finite, got '
                         f'{(~np.isfinite(scores)).sum()} other values')
    inside = components.labels > 0
    best = np.full(len(components), -np.inf)
    np.maximum.at(best, components.labels[inside] - 1, scores[inside])
    return Detections(components.centroids, component_boxes(components), best)


def component_peaks(components: Components, scores: np.ndarray) -> np.ndarray:
    """Return the pixel of the largest score of each component, (K, 2).

    Row and column of the first one, row by row, where several are equal. Mask
    and score map have one shape (H, W).
    """
    rows, columns = np.nonzero(components.labels)
    numbers = components.labels[rows, columns]
    order = np.lexsort((-scores[rows, columns], numbers))  # stable
    first = order[np.searchsorted(numbers[order],
                                  np.arange(1, len(components) + 1))]
    return np.stack((rows[first], columns[first]), axis=1)
