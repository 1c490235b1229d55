"""Mapping of sensor counts to grey levels of 0 to 255."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np

from ..utils.errors import InputError

PERCENTILES = (0.1, 100)
"""Default percentiles: a target has fewer pixels than any upper one clips."""
_RULES = ('minmax', 'percentile', 'none')


def _ascending(low: object, high: object) -> bool:
    return (isinstance(low, Real) and isinstance(high, Real)
            and -math.inf < float(low) < float(high) < math.inf)


def check_mapping(mapping: str | Mapping[str, float],
                  percentiles: Sequence[float] = PERCENTILES) -> None:
    """Check the arguments of :func:`map_range`.

    Args:
        mapping (str | Mapping): See :func:`map_range`.
        percentiles (Sequence[float]): Low and high percentile.

    Raises:
        InputError: If an argument is invalid.
    """
    if isinstance(mapping, Mapping):
        known = set(mapping) == {'low', 'high'}
        if not known or not _ascending(mapping['low'], mapping['high']):
            raise InputError('mapping: expected dict(low=..., high=...) of '
                             'two finite values, the smaller first, got '
                             f'{dict(mapping)}')
    elif mapping not in _RULES:
        raise InputError(f'mapping: expected one of {", ".join(_RULES)}, or '
                         f'dict(low=..., high=...), got {mapping!r}')
    if (not isinstance(percentiles, (tuple, list)) or len(percentiles) != 2
            or not _ascending(*percentiles) or percentiles[0] < 0
            or percentiles[1] > 100):
        raise InputError('percentiles: expected two values within 0..100, '
                         f'the smaller first, got {percentiles!r}')


def map_range(values: np.ndarray, mapping: str | Mapping[str, float],
              percentiles: Sequence[float] = PERCENTILES) -> np.ndarray:
    """Map values to grey levels of 0..255 without rounding.

    A value v becomes ``255 * clip((v - low) / (high - low), 0, 1)``. Images
    of one value become 0.

    Args:
        values (np.ndarray): Finite integers or floats, of any shape.
        mapping (str | Mapping): Source of low and high. 'minmax': the image's
            smallest and largest value. 'percentile': its percentiles,
            linearly interpolated; where both are the same value, smallest and
            largest instead, which keeps a target of a few pixels.
            ``dict(low=..., high=...)``: the same for all images. 'none':
            values stay as they are.
        percentiles (Sequence[float]): For 'percentile', in percent. An upper
            one below 100 clips small targets. Defaults to (0.1, 100).

    Returns:
        np.ndarray: The same shape, float32.

    Raises:
        InputError: If ``mapping`` or ``percentiles`` is invalid.

    Examples:
        >>> counts = np.array([12000, 12010, 12040], np.uint16)
        >>> map_range(counts, 'minmax').tolist()
        [0.0, 63.75, 255.0]
        >>> map_range(counts, dict(low=0, high=12240)).tolist()[0]
        250.0
    """
    check_mapping(mapping, percentiles)
    if mapping == 'none':
        return values.astype(np.float32)
    if isinstance(mapping, Mapping):
        low, high = mapping['low'], mapping['high']
    else:
        low, high = values.min(), values.max()
        if mapping == 'percentile':
            inner = np.percentile(values, percentiles)
            if inner[0] < inner[1]:
                low, high = inner
    low, high = float(low), float(high)
    if high <= low:
        return np.zeros(values.shape, np.float32)
    # float64: small differences of large values, large ones of float32.
    levels = (values.astype(np.float64) - low) / (high - low)
    return (255 * np.clip(levels, 0, 1)).astype(np.float32)


def to_display(values: np.ndarray) -> np.ndarray:
    """Return grey levels to look at.

    Args:
        values (np.ndarray): Finite integers or floats of shape (H, W).

    Returns:
        np.ndarray: Shape (H, W), uint8: uint8 values as they are, others
        stretched between their percentiles 0.1 and 99.9 and rounded.

    Examples:
        >>> to_display(np.array([[12000, 12020, 12040]])).tolist()
        [[0, 128, 255]]
        >>> to_display(np.array([[7, 8]], np.uint8)).tolist()
        [[7, 8]]
    """
    if values.dtype == np.uint8:
        return values
    levels = map_range(values, 'percentile', (0.1, 99.9))
    return np.rint(levels).astype(np.uint8)
