"""Confidence intervals by resampling the images of a set."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .counts import DetectionCounts
from .formulas import image_ious, pooled_metrics, ratio

_DRAWS_AT_ONCE = 100  # bounds the memory of the drawn image numbers


def bootstrap_intervals(images: Sequence[DetectionCounts],
                        samples: int = 1000,
                        level: float = 0.95,
                        seed: int = 0,
                        nIoU_empty: str = 'zero'
                        ) -> dict[str, tuple[float, float]]:
    """Estimate how far metrics depend on which images the set holds.

    Percentile bootstrap: N images are drawn from the N with replacement, the
    metrics of the drawn set computed, and this repeated. Draws in which a
    metric is undefined (no target among them, say) are left out of its
    interval.

    Args:
        images (Sequence[DetectionCounts]): Counts of each image, at one
            threshold.
        samples (int): Number of drawn sets. Defaults to 1000.
        level (float): Confidence, 0 .. 1 exclusive. Defaults to 0.95.
        seed (int): Of the draws; equal seeds give equal intervals. Defaults
            to 0.
        nIoU_empty (str): As of :func:`mean_image_iou`. Defaults to
            ``'zero'``.

    Returns:
        dict[str, tuple[float, float]]: Lower and upper end for nIoU and each
        metric of :func:`pooled_metrics`, in its unit; NaN where it is
        undefined in every draw.

    Raises:
        ValueError: If there is no image, or an argument is outside its
            values.

    Reference:
        B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993.

    Examples:
        >>> images = [DetectionCounts(9, 1, 1, 1, 1, 1)] * 5
        >>> bootstrap_intervals(images, 20)['Pd']
        (100.0, 100.0)
    """
    if not images:
        raise ValueError('images must not be empty')
    if samples < 1:
        raise ValueError(f'samples must be positive, got {samples}')
    if not 0 < level < 1:
        raise ValueError(f'level must be between 0 and 1, got {level}')
    counts = np.array([list(vars(image).values()) for image in images],
                      np.int64)
    ious = image_ious(images, nIoU_empty)
    known = ~np.isnan(ious)
    ious = np.where(known, ious, 0.0)
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[np.ndarray]] = {}
    for start in range(0, samples, _DRAWS_AT_ONCE):
        size = (min(_DRAWS_AT_ONCE, samples - start), len(images))
        chosen = rng.integers(0, len(images), size)
        times = np.stack(  # how often each image was drawn
            [np.bincount(row, minlength=len(images)) for row in chosen])
        metrics = pooled_metrics(DetectionCounts(*(times @ counts).T))
        metrics['nIoU'] = 100 * ratio(times @ ious, times @ known)
        for name, values in metrics.items():
            drawn.setdefault(name, []).append(values)
    tails = [(1 - level) / 2, (1 + level) / 2]
    intervals = {}
    for name, parts in drawn.items():
        values = np.concatenate(parts)
        values = values[~np.isnan(values)]
        low, high = (np.quantile(values, tails) if values.size
                     else (np.nan, np.nan))
        intervals[name] = (float(low), float(high))
    return intervals
