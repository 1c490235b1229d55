"""Size and threshold of the top-hat filter, chosen on labelled images."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ..evaluation import DetectionCounts, ratio
from .filters import top_hat


class Threshold(NamedTuple):
    """A threshold and its IoU.

    Attributes:
        value (float): A pixel is target where its score is above it.
        iou (float): Pooled IoU of the target class, 0 .. 1; NaN where there
            is neither target nor prediction.
    """
    value: float
    iou: float


class TopHat(NamedTuple):
    """Settings of the filter chosen by :func:`fit_top_hat`.

    Attributes:
        size (int): Side of the structuring element in pixels.
        threshold (float): A pixel is target where its score is above it.
        iou (float): Pooled IoU on the scenes that chose it, 0 .. 1.
    """
    size: int
    threshold: float
    iou: float


def best_threshold(
        score_maps: Iterable[np.ndarray],
        masks: Iterable[np.ndarray],
        candidates: Sequence[float] = tuple(range(256))) -> Threshold:
    """Choose the threshold of the highest pooled IoU of the target class.

    Args:
        score_maps (Iterable[np.ndarray]): Scores, each of shape (H, W).
        masks (Iterable[np.ndarray]): Truth, each of the shape of its scores;
            non-zero pixels count.
        candidates (Sequence[float]): Thresholds to try; of equally good ones
            the lowest wins. Defaults to all grey levels.

    Returns:
        Threshold: The best candidate and its IoU.

    Raises:
        ValueError: If there is no candidate, the numbers of maps and masks
            differ, or a mask has another shape than its scores.

    Examples:
        >>> scores = np.array([[0., 3., 9.]])
        >>> best_threshold([scores], [scores > 5], (2, 4, 8))
        Threshold(value=4, iou=1.0)
    """
    thresholds = sorted(candidates)
    if not thresholds:
        raise ValueError('candidates must not be empty')
    bins = len(thresholds) + 1
    predicted, true_positives = np.zeros((2, bins), np.int64)
    actual = 0
    for scores, mask in zip(score_maps, masks, strict=True):
        mask = np.asarray(mask) != 0
        if mask.shape != scores.shape:
            raise ValueError('scores and mask must have one shape, got '
                             f'{scores.shape} and {mask.shape}')
        # How many thresholds each score is above.
        passed = np.searchsorted(thresholds, scores)
        predicted += np.bincount(passed.ravel(), minlength=bins)
        true_positives += np.bincount(passed[mask], minlength=bins)
        actual += int(mask.sum())
    counts = [
        DetectionCounts(
            true_positives=int(true_positives[n + 1:].sum()),
            predicted=int(predicted[n + 1:].sum()),
            actual=actual) for n in range(len(thresholds))
    ]
    ious = [ratio(count.true_positives, count.union) for count in counts]
    best = int(np.argmax(np.nan_to_num(ious, nan=-1)))
    return Threshold(thresholds[best], ious[best])


def fit_top_hat(images: Sequence[np.ndarray],
                masks: Sequence[np.ndarray],
                sizes: Sequence[int] = (3, 5, 7, 9, 13, 17)) -> TopHat:
    """Choose size and threshold of the filter on training scenes.

    Args:
        images (Sequence[np.ndarray]): Grey levels, each of shape (H, W).
        masks (Sequence[np.ndarray]): Truth, each of the shape of its image.
        sizes (Sequence[int]): Sides of the structuring element to try, in
            pixels. Defaults to (3, 5, 7, 9, 13, 17).

    Returns:
        TopHat: The settings of the highest pooled IoU.

    Raises:
        ValueError: If ``sizes`` is empty.
    """
    if not sizes:
        raise ValueError('sizes must not be empty')
    fits = []
    for size in sizes:
        maps = (top_hat(image, size) for image in images)
        fits.append(TopHat(size, *best_threshold(maps, masks)))
    return max(fits, key=lambda fit: np.nan_to_num(fit.iou, nan=-1))
