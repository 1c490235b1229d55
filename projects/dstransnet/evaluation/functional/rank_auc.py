"""Exact area under the pixel-level ROC curve, by ranks."""
from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from .formulas import ratio


class ClassScores(NamedTuple):
    """Scores of the pixels of one image, by their true class.

    Takes 4 bytes a pixel where scores are float32.

    Attributes:
        target (np.ndarray): Scores of target pixels, shape (P, ).
        background (np.ndarray): Scores of all others, shape (N, ).
    """
    target: np.ndarray
    background: np.ndarray

    @classmethod
    def of(cls, scores: np.ndarray, target: np.ndarray) -> ClassScores:
        """Split a score map by a mask, both of shape (H, W)."""
        mask, scores = np.asarray(target) != 0, np.asarray(scores)
        if scores.dtype != np.float32:
            scores = scores.astype(np.float64)
        return cls(scores[mask], scores[~mask])


def rank_auc(images: Iterable[ClassScores]) -> float:
    """Compute the exact AUC of pooled pixels (Mann-Whitney).

    The share of pairs of a target pixel and a background pixel in which the
    target pixel has the higher score; equal scores count half. That is the
    area under the ROC curve over all thresholds, from (0, 0) to (1, 1).
    Counts are whole numbers, so that neither the order of images nor the
    number of processes changes the value.

    Args:
        images (Iterable[ClassScores]): Scores of each image, no NaN.

    Returns:
        float: 0 .. 1; NaN without target or background pixels.

    Reference:
        J. A. Hanley, B. J. McNeil, "The Meaning and Use of the Area under a
        Receiver Operating Characteristic (ROC) Curve", Radiology 143, 1982.

    Examples:
        >>> rank_auc([ClassScores(np.array([.5, .9]), np.array([.1, .5]))])
        0.875
    """
    images = list(images)
    targets, counts = np.unique(
        np.concatenate([np.zeros(0, np.float32),
                        *(image.target for image in images)]),
        return_counts=True)
    lower = np.append(0, counts.cumsum())  # target pixels below each score
    number = int(lower[-1])
    # Pairs in different bins need no search. All is doubled, so that ties are
    # whole numbers.
    per_bin = np.bincount(_bins(targets), counts, _BINS).astype(np.int64)
    higher = 2 * (number - per_bin.cumsum())
    shared = per_bin > 0
    background, doubled = 0, 0
    for image in images:
        bins = _bins(image.background)
        histogram = np.bincount(bins, minlength=_BINS)
        doubled += int((histogram * higher)[~shared].sum())
        close = image.background[shared[bins]]
        place = np.searchsorted(targets, close)
        tied = targets[np.minimum(place, len(targets) - 1)] == close
        doubled += int(
            (2 * number - lower[place] - lower[place + tied]).sum())
        background += bins.size
    return ratio(doubled, 2 * number * background)


_BINS = 65281
"""Bins of :func:`_bins`: 256 for each power of 2, and one for infinity."""


def _bins(scores: np.ndarray) -> np.ndarray:
    """Return a bin for each score; a higher bin means a higher score.

    Bins are the leading bits of floating-point numbers; all negative numbers
    share the first one.
    """
    whole, shift = (np.uint32, 15) if scores.dtype == np.float32 else (
        np.uint64, 44)
    # Adding 0 turns -0 into 0.
    bits = (np.maximum(scores, 0) + 0).view(whole)
    if whole is np.uint64:
        bits -= np.minimum(bits, np.uint64((1023 - 127) << 52))
    return np.minimum(bits >> whole(shift), _BINS - 1).astype(np.intp)
