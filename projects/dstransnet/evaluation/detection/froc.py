"""Sensitivity at fixed numbers of false alarms per image (FROC score).

Reference:
    A. A. A. Setio et al., "Validation, Comparison, and Combination of
    Algorithms for Automatic Detection of Pulmonary Nodules: The LUNA16
    Challenge", Medical Image Analysis 42, 2017.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .target_level import TargetLevelRecord, target_level_curve

RATES = (0.125, 0.25, 0.5, 1, 2, 4, 8)
"""False alarms per image at which the sensitivity is read."""


def froc_metrics(images: Iterable[TargetLevelRecord],
                 rates: Sequence[float] = RATES) -> dict[str, float]:
    """Read the free-response curve at fixed false alarms per image.

    Args:
        images (Iterable[TargetLevelRecord]): One record an image, also of
            images without detections or targets.
        rates (Sequence[float]): False alarms per image. Defaults to
            1/8, 1/4 .. 8.

    Returns:
        dict[str, float]: ``FROC``, the mean over the rates, and at each rate,
        here 1, ``Sensitivity_1``: highest Pd with at most that many false
        alarms per image; all in %, NaN without targets. It is 0 where any
        detection makes more, and does not rise beyond the last one.

    Examples:
        >>> image = TargetLevelRecord(2, [.9, .8, .3], [True, False, True])
        >>> froc_metrics([image], [0.5, 1])
        {'FROC': 75.0, 'Sensitivity_0.5': 50.0, 'Sensitivity_1': 100.0}
    """
    images = list(images)
    curve = target_level_curve(images)
    reached = [
        max(curve['Pd'][curve['FalseAlarmsPerImage'] <= rate], default=0.0)
        for rate in rates
    ]
    if not any(image.targets for image in images):
        reached = [float('nan')] * len(rates)
    return dict(
        FROC=float(np.mean(reached)),
        **{f'Sensitivity_{rate:g}': float(value)
           for rate, value in zip(rates, reached)})
