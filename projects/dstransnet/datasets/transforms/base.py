"""Bases of the transforms."""
from __future__ import annotations

import abc
import math
from numbers import Real
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness

from ...utils.errors import InputError


class Transform(BaseTransform):
    """Base of the transforms, which are printed as the call that makes them.

    Attributes of a transform have the names of its arguments.
    """

    def __repr__(self) -> str:
        settings = ', '.join(f'{name}={value!r}'
                             for name, value in vars(self).items()
                             if not name.startswith('_'))
        return f'{type(self).__name__}({settings})'


def check_prob(prob: float) -> float:
    """Return a probability, or raise InputError if it is none."""
    if not isinstance(prob, Real) or not 0 <= prob <= 1:
        raise InputError(f'prob must be within [0, 1], got {prob!r}')
    return prob


def check_range(name: str, value: Any,
                positive: bool = False) -> tuple[float, float]:
    """Check a range that numbers are drawn from.

    Args:
        name (str): What to call it in the error.
        value (Sequence[float]): The smallest and the largest number.
        positive (bool): Whether 0 is outside. Defaults to False.

    Returns:
        tuple[float, float]: The range.

    Raises:
        ValueError: If it is not two finite numbers in ascending order, or
            the smaller is negative, or 0 where ``positive``.

    Examples:
        >>> check_range('gamma', [0.5, 2])
        (0.5, 2)
    """
    numbers = tuple(value) if isinstance(value, (list, tuple)) else ()
    if (len(numbers) != 2 or not all(isinstance(n, Real) for n in numbers)
            or not 0 <= numbers[0] <= numbers[1] < math.inf
            or (positive and numbers[0] == 0)):
        least = 'above 0' if positive else 'of at least 0'
        raise InputError(f'{name} must be two finite numbers {least}, the '
                         f'smaller first, got {value!r}')
    return numbers


def to_planes(image: np.ndarray) -> np.ndarray:
    """Copy an image as float32 of shape (H, W, C).

    Args:
        image (np.ndarray): Shape (H, W) or (H, W, C), uint8 or float32.

    Returns:
        np.ndarray: Shape (H, W, C), with C = 1 for (H, W).

    Raises:
        TypeError: If it is of another type.
    """
    if image.dtype not in (np.uint8, np.float32):
        raise TypeError('img must be uint8, or float32 of intensities '
                        f'0..255, got {image.dtype}')
    planes = image.astype(np.float32)
    return planes[..., None] if image.ndim == 2 else planes


def from_planes(planes: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Give intensities the shape and the type of another image.

    Args:
        planes (np.ndarray): Shape (H, W, C), float.
        like (np.ndarray): Shape (H, W) or (H, W, C). For uint8 values are
            rounded and clipped; float32 keeps them, those outside 0..255
            too.

    Returns:
        np.ndarray: Contiguous, of the shape and type of ``like``.

    Examples:
        >>> levels = np.array([[[-3.], [1.6], [300.]]])
        >>> from_planes(levels, np.zeros((1, 3), np.uint8)).tolist()
        [[0, 2, 255]]
    """
    if like.dtype == np.uint8:
        planes = np.clip(np.rint(planes), 0, 255)
    planes = np.ascontiguousarray(planes, dtype=like.dtype)
    return planes.reshape(like.shape)


class PhotometricTransform(Transform, abc.ABC):
    """Base of transforms that change intensities and leave masks alone.

    A subclass draws random values and applies them. The image may
    be uint8, or float32 of intensities 0..255, with the shape (H, W), (H, W,
    1) or (H, W, 3); the result has the same type and shape. What is drawn is
    the same for all channels, so that equal channels stay equal. The result
    for uint8 is that for float32, rounded and clipped.

    Modified key: ``img``.

    Args:
        prob (float): Probability of a change. Defaults to 0.5.

    Raises:
        InputError: If an argument is outside its values.
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = check_prob(prob)

    @abc.abstractmethod
    def _draw(self, shape: tuple[int, int]) -> tuple:
        """Draw the random values for an image of this height and width."""

    @abc.abstractmethod
    def _change(self, planes: np.ndarray, *drawn: Any) -> np.ndarray:
        """Return changed intensities, float32 of shape (H, W, C)."""

    # The one cached method: mmcv keeps a single list of them for a base
    # class and all its subclasses.
    @cache_randomness
    def _drawn(self, shape: tuple[int, int]) -> tuple | None:
        return self._draw(shape) if np.random.rand() < self.prob else None

    def transform(self, results: dict) -> dict:
        """Change the image, or leave ``results`` as they are."""
        image = results['img']
        drawn = self._drawn(image.shape[:2])
        if drawn is not None:
            results['img'] = from_planes(
                self._change(to_planes(image), *drawn), image)
        return results
