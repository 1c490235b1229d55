"""Fast counts at many thresholds.

A component at a threshold lies inside one component of any lower threshold.
The whole map is labelled only while predictions cover much of it. Once they
are sparse, the components are packed side by side onto a small canvas, which
shrinks as the threshold rises. Thresholds without a score between them share
their counts.

Cost of an image of P pixels at T thresholds: O(P log T) for the levels, and
for each threshold the canvas's pixels plus components x targets. The canvas
is at most the image, and usually some hundred pixels.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np

from ...imaging.components import Components, connected_components
from .counts import DetectionCounts, false_alarm_counts
from .matching import (
    MATCH_DISTANCE,
    check_match_options,
    match_by_centroid,
    match_by_overlap,
)

Thresholds = Sequence[float] | np.ndarray

THRESHOLDS = tuple(step / 100 for step in range(101))
"""Published thresholds of curves and AUC: 0, 0.01 .. 1."""


def sweep_detections(scores: np.ndarray,
                     target: np.ndarray,
                     thresholds: Thresholds = THRESHOLDS,
                     distance: float = MATCH_DISTANCE,
                     match: str = 'centroid',
                     connectivity: int = 8) -> DetectionCounts:
    """Compare a score map with the ground truth at many thresholds.

    A pixel is predicted where its score is strictly greater than the
    threshold, in the precision of the scores.

    Args:
        scores (np.ndarray): Scores of shape (H, W); any numbers, no NaN.
        target (np.ndarray): True mask of shape (H, W); non-zero is target.
        thresholds (Sequence[float]): T thresholds, strictly increasing.
            Defaults to 0, 0.01 .. 1.
        distance (float): Matching distance in pixels. Defaults to 3.
        match (str): ``'centroid'`` or ``'overlap'``, see
            :func:`match_components`. Defaults to ``'centroid'``.
        connectivity (int): 8 or 4. Defaults to 8.

    Returns:
        DetectionCounts: Counts that depend on the threshold are arrays of
        shape (T, ).

    Raises:
        ValueError: If the shapes differ, a score is NaN, or an option is
            invalid.

    Examples:
        >>> scores = np.zeros((16, 16))
        >>> scores[4:6, 4:6], scores[12, 12] = 0.9, 0.4
        >>> counts = sweep_detections(scores, scores > 0.5, [0.2, 0.6, 0.9])
        >>> counts.detected.tolist(), counts.false_alarms.tolist()
        ([1, 1, 0], [1, 0, 0])
    """
    check_match_options(match, distance, connectivity)
    return sweep_components(
        scores, connected_components(target, connectivity),
        check_thresholds(thresholds), distance, match, connectivity)[0]


def sweep_components(scores: np.ndarray, truth: Components,
                     swept: np.ndarray, distance: float, match: str,
                     connectivity: int) -> tuple[DetectionCounts, np.ndarray]:
    """Count like :func:`sweep_detections`, with labelled targets.

    Options are not checked here; ``swept`` are increasing thresholds.

    Returns:
        tuple[DetectionCounts, np.ndarray]: The counts, and whether each
        target, in raster order, is detected at each threshold: bool of shape
        (number of targets, T).
    """
    scores, target = np.asarray(scores), truth.labels > 0
    if scores.shape != target.shape:
        raise ValueError('scores and target must have one shape, got '
                         f'{scores.shape} and {target.shape}')
    levels = score_levels(scores, swept)
    histogram = np.bincount(levels.ravel(), minlength=len(swept) + 1)
    predicted = _above(histogram)
    inside = np.bincount(  # levels of each target's pixels
        (truth.labels[target] - 1) * len(histogram) + levels[target],
        minlength=len(truth) * len(histogram))
    hits = _above(inside.reshape(len(truth), len(histogram)))

    canvas = _Canvas.of(levels, truth.labels)
    detected = np.zeros((len(truth), len(swept)), bool)
    alarms = {name: np.zeros(len(swept), np.int64)
              for name in false_alarm_counts(np.zeros(0), np.zeros(0, bool))}
    for k in np.flatnonzero(predicted).tolist():
        if k and not histogram[k]:  # the same pixels as before
            detected[:, k] = detected[:, k - 1]
            for values in alarms.values():
                values[k] = values[k - 1]
            continue
        found = canvas.components_above(k, connectivity)
        if match == 'centroid':
            matching = match_by_centroid(truth.centroids, found.centroids,
                                         distance, found.raster_order)
        else:
            matching = match_by_overlap(
                canvas.truth[canvas.truth > 0], found.labels[canvas.truth > 0],
                len(truth), len(found.areas))
        detected[:, k] = matching.detected
        for name, value in false_alarm_counts(found.areas,
                                              matching.matched).items():
            alarms[name][k] = value
        canvas = canvas.packed(found)
    counts = DetectionCounts(
        pixels=target.size,
        true_positives=hits.sum(0),
        predicted=predicted,
        actual=int(target.sum()),
        targets=len(truth),
        detected=detected.sum(0),
        false_pixel=predicted - (hits * detected).sum(0),
        **alarms)
    return counts, detected


def count_detections(prediction: np.ndarray,
                     target: np.ndarray,
                     distance: float = MATCH_DISTANCE,
                     match: str = 'centroid',
                     connectivity: int = 8) -> DetectionCounts:
    """Compare a predicted mask with the ground truth, both of shape (H, W).

    Non-zero pixels count. See :func:`sweep_detections` for options and errors.

    Examples:
        >>> mask = np.zeros((16, 16))
        >>> mask[4:6, 4:6] = 1
        >>> counts = count_detections(mask, mask)
        >>> counts.targets, counts.detected, counts.false_component
        (1, 1, 0)
    """
    mask = (np.asarray(prediction) != 0).astype(np.float32)
    return sweep_detections(mask, target, [0.5], distance, match,
                            connectivity).at(0)


def check_thresholds(thresholds: Thresholds) -> np.ndarray:
    """Return thresholds as an array.

    Raises:
        ValueError: Unless they are one or more finite numbers in strictly
            increasing order.
    """
    values = np.asarray(thresholds, np.float64)
    if (values.ndim != 1 or not values.size or not np.isfinite(values).all()
            or (np.diff(values) <= 0).any()):
        raise ValueError('thresholds must be finite and strictly increasing, '
                         f'got {thresholds!r}')
    return values


def score_levels(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Return the number of thresholds that each score is above.

    Compared in the precision of the scores, as ``scores > threshold`` is in
    PyTorch: the float32 nearest to 0.3 is not above 0.3. Half precision is
    compared as single, and whole numbers as double. NaN raises ValueError.

    Examples:
        >>> score_levels(np.array([0.2, 0.5, 0.7]), np.array([0.2, 0.5]))
        array([0, 1, 2], dtype=uint8)
    """
    if scores.dtype not in (np.float32, np.float64):
        scores = scores.astype(
            np.float32 if scores.dtype == np.float16 else np.float64)
    if np.isnan(scores).any():
        raise ValueError(
            f'scores must be numbers, got {np.isnan(scores).sum()} NaN')
    levels = np.searchsorted(thresholds.astype(scores.dtype), scores)
    return levels.astype(np.uint8 if len(thresholds) < 256 else np.int32)


def _above(histogram: np.ndarray) -> np.ndarray:
    """Turn histograms (..., T + 1) of levels into counts above (..., T)."""
    return histogram[..., ::-1].cumsum(-1)[..., -2::-1]


@dataclasses.dataclass(frozen=True)
class _Found:
    """Components above a threshold, on a canvas.

    Attributes:
        labels (np.ndarray): Number 1 .. K of every canvas pixel, or 0.
        boxes (np.ndarray): Left, top, width and height on the canvas, (K, 4).
        areas (np.ndarray): Pixels, shape (K, ).
        offsets (np.ndarray): Row and column of the image less those of the
            canvas, shape (K, 2).
        centroids (np.ndarray): In the image, shape (K, 2).
    """
    labels: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    offsets: np.ndarray
    centroids: np.ndarray

    def raster_order(self, numbers: np.ndarray) -> np.ndarray:
        """Sort components by their first pixels in the image."""
        firsts = []
        for number in numbers:
            left, top, width, _ = self.boxes[number]
            row = self.labels[top, left:left + width] == number + 1
            firsts.append((top + self.offsets[number, 0],
                           left + row.argmax() + self.offsets[number, 1]))
        return numbers[sorted(range(len(numbers)), key=firsts.__getitem__)]


@dataclasses.dataclass(frozen=True)
class _Canvas:
    """The part of the image that is above the threshold.

    Attributes:
        levels (np.ndarray): Levels, shape (h, w).
        truth (np.ndarray): Target numbers of the same pixels.
        offsets (np.ndarray): Of each canvas column, row and column of the
            image less those of the canvas; shape (w, 2).
    """
    levels: np.ndarray
    truth: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of(cls, levels: np.ndarray, truth: np.ndarray) -> _Canvas:
        """Return the canvas of a whole image."""
        return cls(levels, truth, np.zeros((levels.shape[1], 2), np.int64))

    def components_above(self, level: int, connectivity: int) -> _Found:
        """Label the components above a level."""
        _, labels, stats, centroids = cv2.connectedComponentsWithStats(
            (self.levels > level).view(np.uint8), connectivity=connectivity)
        boxes, areas = stats[1:, :4], stats[1:, 4].astype(np.int64)
        offsets = self.offsets[boxes[:, 0]]
        # Through the sums of coordinates, which are whole numbers, so that a
        # centroid does not depend on where on the canvas it was found.
        sums = np.rint(centroids[1:, ::-1] * areas[:, None])
        return _Found(labels, boxes, areas, offsets,
                      (sums + offsets * areas[:, None]) / areas[:, None])

    def packed(self, found: _Found) -> _Canvas:
        """Return a canvas of the components alone, if that is much less."""
        widths, heights = found.boxes[:, 2] + 1, found.boxes[:, 3]
        size = heights.max(), widths.sum()  # a free column after each
        if 2 * size[0] * size[1] > self.levels.size:
            return self
        starts = widths.cumsum() - widths
        shifts = np.stack((-found.boxes[:, 1], starts - found.boxes[:, 0]), 1)
        rows, columns = np.nonzero(found.labels)
        moved = shifts[found.labels[rows, columns] - 1]
        place = rows + moved[:, 0], columns + moved[:, 1]
        levels, truth = (np.zeros(size, old.dtype)
                         for old in (self.levels, self.truth))
        levels[place] = self.levels[rows, columns]
        truth[place] = self.truth[rows, columns]
        return _Canvas(levels, truth,
                       (found.offsets - shifts).repeat(widths, axis=0))
