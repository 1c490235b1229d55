"""Bootstrap over images: confidence intervals and paired comparisons."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

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
    """Estimate how much metrics depend on the choice of images.

    Percentile bootstrap: N images are drawn from the N with replacement, and
    the metrics of the drawn images are computed; this is repeated. Draws in
    which a metric is undefined (for example without any target) do not count
    in its interval.

    Args:
        images (Sequence[DetectionCounts]): Counts at one threshold.
        samples (int): Number of draws. Defaults to 1000.
        level (float): Confidence, 0 .. 1 exclusive. Defaults to 0.95.
        seed (int): Seed of the draws. Defaults to 0.
        nIoU_empty (str): See :func:`image_ious`. Defaults to ``'zero'``.

    Returns:
        dict[str, tuple[float, float]]: Lower and upper end for nIoU,
        nIoU_target and each metric of :func:`pooled_metrics`, in its unit;
        NaN if it is undefined in every draw.

    Raises:
        ValueError: If there is no image, or an argument is invalid.

    Reference:
        B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993;
        paired comparisons in chapter 15.4.

    Examples:
        >>> images = [DetectionCounts(9, 1, 1, 1, 1, 1)] * 5
        >>> bootstrap_intervals(images, 20)['Pd']
        (100.0, 100.0)
    """
    return _percentiles(_drawn_metrics(images, samples, seed, nIoU_empty),
                        level)


def resampled_intervals(
        records: Sequence[Any],
        summarise: Callable[[list[Any]], Mapping[str, float]],
        samples: int = 1000,
        level: float = 0.95,
        seed: int = 0) -> dict[str, tuple[float, float]]:
    """Estimate the same for any records and the metrics of some of them.

    Draws the same images as :func:`bootstrap_intervals`, and summarises their
    records anew in each draw. An end is infinite where draws are.

    Examples:
        >>> resampled_intervals([1, 1, 1], lambda drawn: dict(n=sum(drawn)))
        {'n': (3.0, 3.0)}
    """
    found = [
        summarise([records[image] for image in row])
        for rows in _draws(len(records), samples, seed) for row in rows
    ]
    return _percentiles(
        {name: np.array([one[name] for one in found], np.float64)
         for name in found[0]}, level)


def paired_p_values(images: Sequence[DetectionCounts],
                    reference: Sequence[DetectionCounts],
                    samples: int = 10000,
                    seed: int = 0,
                    nIoU_empty: str = 'zero') -> dict[str, float]:
    """Estimate how surely metrics of two methods differ on the same images.

    Paired bootstrap: in every draw, both methods are evaluated on the same
    drawn images. With B draws, of which b have a difference of at least 0
    and c one of at most 0, the two-sided p-value is
    ``2 (min(b, c) + 1) / (B + 1)``, at most 1. Draws in which a metric of
    either method is undefined do not count.

    Args:
        images (Sequence[DetectionCounts]): Counts at one threshold.
        reference (Sequence[DetectionCounts]): Those of the other method, in
            the same order.
        samples (int): Number of draws. Defaults to 10000.
        seed (int): See :func:`bootstrap_intervals`, like the next.
        nIoU_empty (str): Defaults to ``'zero'``.

    Returns:
        dict[str, float]: p-values of the metrics of
        :func:`bootstrap_intervals`; NaN for one that is undefined in every
        draw.

    Raises:
        ValueError: If the numbers of images differ, or as there.

    Examples:
        >>> images = [DetectionCounts(9, 1, 1, 1, 1, 1)] * 5
        >>> missed = [DetectionCounts(9, 0, 0, 1, 1, 0)] * 5
        >>> round(paired_p_values(images, missed, 199)['Pd'], 6)
        0.01
    """
    if len(images) != len(reference):
        raise ValueError('images and reference must be of the same length, '
                         f'got {len(images)} and {len(reference)}')
    ours, theirs = (_drawn_metrics(counts, samples, seed, nIoU_empty)
                    for counts in (images, reference))
    found = {}
    for name, values in ours.items():
        differences = values - theirs[name]
        differences = differences[~np.isnan(differences)]
        fewer = min((differences >= 0).sum(), (differences <= 0).sum())
        found[name] = float(
            min(1., 2 * (fewer + 1) / (differences.size + 1))
            if differences.size else np.nan)
    return found


def _draws(number: int, samples: int, seed: int) -> Iterator[np.ndarray]:
    """Return the numbers of the drawn images, one row a draw, in blocks."""
    if not number:
        raise ValueError('images must not be empty')
    if samples < 1:
        raise ValueError(f'samples must be positive, got {samples}')
    rng = np.random.default_rng(seed)
    return (rng.integers(0, number, (min(_DRAWS_AT_ONCE, samples - start),
                                     number))
            for start in range(0, samples, _DRAWS_AT_ONCE))


def _percentiles(drawn: Mapping[str, np.ndarray],
                 level: float) -> dict[str, tuple[float, float]]:
    """Return the ends of the middle share of each metric's draws."""
    if not 0 < level < 1:
        raise ValueError(f'level must be between 0 and 1, got {level}')
    tails = [(1 - level) / 2, (1 + level) / 2]
    intervals = {}
    for name, values in drawn.items():
        values = values[~np.isnan(values)]
        # Interpolation beside an infinite value would give NaN.
        method: Any = 'linear' if np.isfinite(values).all() else 'nearest'
        low, high = (np.quantile(values, tails, method=method) if values.size
                     else (np.nan, np.nan))
        intervals[name] = (float(low), float(high))
    return intervals


def _drawn_metrics(images: Sequence[DetectionCounts], samples: int, seed: int,
                   nIoU_empty: str) -> dict[str, np.ndarray]:
    """Return the metrics of each draw, arrays of shape (samples, ).

    Which images are drawn depends on their number and on the seed alone.
    """
    draws = _draws(len(images), samples, seed)
    counts = np.array([list(vars(image).values()) for image in images],
                      np.int64)
    ious = image_ious(images, nIoU_empty)
    counted = dict(
        nIoU=~np.isnan(ious),
        nIoU_target=np.array([image.targets > 0 for image in images]))
    ious = np.nan_to_num(ious)
    drawn: dict[str, list[np.ndarray]] = {}
    for chosen in draws:
        times = np.stack(  # how often each image was drawn
            [np.bincount(row, minlength=len(images)) for row in chosen])
        metrics = pooled_metrics(DetectionCounts(*(times @ counts).T))
        for name, known in counted.items():
            metrics[name] = 100 * ratio(times @ (ious * known),
                                        times @ known)
        for name, values in metrics.items():
            drawn.setdefault(name, []).append(values)
    return {name: np.concatenate(parts) for name, parts in drawn.items()}
