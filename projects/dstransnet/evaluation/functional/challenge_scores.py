"""Scores by which challenges ranked.

Reference:
    B. Li et al., "The First Competition on Resource-Limited Infrared Small
    Target Detection Challenge: Methods and Results", ICPR 2024 (LimitIRSTD,
    on the WideIRSTD data).
"""
from __future__ import annotations

import math

ALPHA = 0.5
"""Weight of IoU against Pd, and of accuracy against efficiency."""
BASE_PARAMS = 2.225
"""Parameters of the baseline in millions."""
BASE_MACS = 12.56
"""Its operations on 512 x 512 pixels in 1e9, as the challenge counts them."""


def limitirstd_accuracy(iou: float,
                        pd: float,
                        fa: float = 0.0,
                        most_fa: float = math.inf) -> float:
    """Return the score of LimitIRSTD's track 1.

    Half of IoU and half of Pd. The published script sets it to 0 above a Fa
    of 50e-6, the published ranking does not (up to 76e-6).

    Args:
        iou (float): IoU of the target class, %.
        pd (float): Pd, %.
        fa (float): Fa, 1e-6. Defaults to 0.
        most_fa (float): Fa above which the score is 0, 1e-6. Defaults to
            infinity.

    Returns:
        float: 0 .. 100.

    Examples:
        >>> round(limitirstd_accuracy(45.3729, 76.2010), 3)  # rank 1
        60.787
    """
    return 0.0 if fa > most_fa else ALPHA * iou + (1 - ALPHA) * pd


def limitirstd_lightweight(iou: float,
                           pd: float,
                           params: float,
                           macs: float,
                           fa: float = 0.0,
                           most_fa: float = math.inf) -> float:
    """Return the score of LimitIRSTD's track 2.

    Half of the accuracy and half of the efficiency, 1 less the mean of
    parameters and operations over those of the baseline.

    Args:
        iou (float): See :func:`limitirstd_accuracy`, like the next.
        pd (float): Pd, %.
        params (float): Parameters in millions.
        macs (float): Operations on 512 x 512 pixels in 1e9.
        fa (float): Fa, 1e-6. Defaults to 0.
        most_fa (float): Defaults to infinity.

    Returns:
        float: At most 100.

    Examples:
        >>> round(limitirstd_lightweight(33.8738, 78.4534, 0.0288, 0.0426), 3)
        77.673
    """
    efficiency = 100 * (1 - (params / BASE_PARAMS + macs / BASE_MACS) / 2)
    accuracy = limitirstd_accuracy(iou, pd, fa, most_fa)
    return ALPHA * accuracy + (1 - ALPHA) * efficiency
