"""Stripe noise of line-wise read-out."""
from __future__ import annotations

import numpy as np
from mmseg.registry import TRANSFORMS

from ...utils.errors import InputError
from .photometric import PhotometricTransform, check_range

_DIRECTIONS = ('columns', 'rows', 'either')


@TRANSFORMS.register_module()
class StripeNoise(PhotometricTransform):
    """Give every column, or every row, its own gain and offset.

    What is left of the non-uniformity of a detector whose columns or rows
    share an amplifier: ``(1 + gain) * image + offset``, the linear model of
    its correction, with normal gains and offsets of mean 0 that are constant
    along a line. See :class:`PhotometricTransform` for types and shapes.

    Modified key: ``img``.

    Args:
        offset (tuple[float, float]): Smallest and largest deviation of the
            offsets in intensity units. Defaults to (0.5, 4).
        gain (tuple[float, float]): Smallest and largest deviation of the
            gains from 1, without unit. Defaults to (0, 0.02).
        direction (str): 'columns' for vertical stripes, 'rows' for
            horizontal ones, 'either' for one of both by chance. Defaults to
            'columns'.
        prob (float): Probability of stripes. Defaults to 0.5.

    Raises:
        ValueError: If an argument is outside its values.

    Reference:
        D. L. Perry and E. L. Dereniak, Linear theory of nonuniformity
        correction in infrared staring sensors, Optical Engineering, 1993.
    """

    def __init__(self,
                 offset: tuple[float, float] = (0.5, 4),
                 gain: tuple[float, float] = (0, 0.02),
                 direction: str = 'columns',
                 prob: float = 0.5) -> None:
        super().__init__(prob)
        self.offset = check_range('offset', offset)
        self.gain = check_range('gain', gain)
        if direction not in _DIRECTIONS:
            raise InputError(f'direction must be one of '
                             f'{", ".join(_DIRECTIONS)}, got {direction!r}')
        self.direction = direction

    def _draw(self, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        across = self.direction == 'columns'
        if self.direction == 'either':
            across = np.random.rand() < 0.5
        lines = (1, shape[1], 1) if across else (shape[0], 1, 1)
        deviations = [np.random.uniform(*self.gain),
                      np.random.uniform(*self.offset)]
        gain, offset = (
            (deviation * np.random.standard_normal(lines)).astype(np.float32)
            for deviation in deviations)
        return gain, offset

    def _change(self, planes: np.ndarray, gain: np.ndarray,
                offset: np.ndarray) -> np.ndarray:
        return (1 + gain) * planes + offset
