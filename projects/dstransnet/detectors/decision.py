"""Scores of 0 .. 1 whose value 0.5 is the usual threshold of a score map."""
from __future__ import annotations

import numpy as np


def relative_to_maximum(scores: np.ndarray) -> np.ndarray:
    """Divide by the maximum of the image: 0.5 is half of the maximum.

    Every image with a score above 0 has a detection, one without targets too.

    Args:
        scores (np.ndarray): Shape (H, W).

    Returns:
        np.ndarray: Shape (H, W), 0 where a score is not above 0.

    Examples:
        >>> relative_to_maximum(np.array([-3., 2., 4.]))
        array([0. , 0.5, 1. ])
    """
    highest = scores.max()
    if highest <= 0:
        return np.zeros_like(scores)
    return np.maximum(scores, 0) / highest


def relative_to_deviation(scores: np.ndarray, k: float) -> np.ndarray:
    """Compare with mean and standard deviation: 0.5 is mean + k std.

    With z = (score - mean) / std the result is z / (z + k), 0 below the mean.
    A threshold of t stands for mean + k t / (1 - t) std.

    Args:
        scores (np.ndarray): Shape (H, W).
        k (float): Standard deviations, above 0.

    Returns:
        np.ndarray: Shape (H, W); 0 where all scores are equal.

    Examples:
        >>> relative_to_deviation(np.array([-1., 1.]), 3)
        array([0.  , 0.25])
    """
    deviation = scores.std()
    if not deviation:
        return np.zeros_like(scores)
    z = np.maximum((scores - scores.mean()) / deviation, 0)
    return z / (z + k)
