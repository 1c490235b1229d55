"""Wilson's confidence interval of a share."""
from __future__ import annotations

import math


def wilson_interval(hits: int, number: int,
                    z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, 0 .. 1.

    Args:
        hits (int): Successes.
        number (int): Trials.
        z (float): Deviations of the normal distribution. Defaults to 1.96.

    Returns:
        tuple[float, float]: Both NaN without trials.

    Reference:
        E. B. Wilson, "Probable Inference, the Law of Succession, and
        Statistical Inference", JASA 22, 1927.

    Examples:
        >>> low, high = wilson_interval(107, 109)
        >>> round(low, 3), round(high, 3)
        (0.936, 0.995)
    """
    if not number:
        return math.nan, math.nan
    share, spread = hits / number, z * z / number
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / number + spread /
                         (4 * number)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)
