"""Contrast and gamma."""
from __future__ import annotations

import math

import numpy as np
from mmseg.registry import TRANSFORMS

from .photometric import PhotometricTransform, check_range


def adjust_contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply the differences to the mean intensity of an image.

    Args:
        image (np.ndarray): Intensities of shape (H, W, C).
        factor (float): 1 changes nothing.

    Returns:
        np.ndarray: Shape (H, W, C), with the mean of ``image``.

    Examples:
        >>> adjust_contrast(np.array([[[10.], [20.]]]), 2).tolist()
        [[[5.0], [25.0]]]
    """
    mean = image.mean(dtype=np.float64).astype(image.dtype)
    return mean + image.dtype.type(factor) * (image - mean)


def adjust_gamma(image: np.ndarray, gamma: float) -> np.ndarray:
    """Raise intensities, as a part of 255, to a power.

    A negative intensity becomes minus what its absolute value becomes.

    Args:
        image (np.ndarray): Intensities 0..255 of any shape.
        gamma (float): The power; below 1 brightens, 1 changes nothing.

    Returns:
        np.ndarray: The same shape.

    Examples:
        >>> adjust_gamma(np.array([0., 127.5, 255.]), 2).tolist()
        [0.0, 63.75, 255.0]
    """
    power = (np.abs(image) / 255)**image.dtype.type(gamma)
    return np.copysign(255 * power, image)


def _log_uniform(low: float, high: float) -> float:
    """Draw a factor, so that 1/2 and 2 are equally likely."""
    return math.exp(np.random.uniform(math.log(low), math.log(high)))


@TRANSFORMS.register_module()
class RandomContrastGamma(PhotometricTransform):
    """Change the contrast around the mean, then apply a gamma curve.

    Stands for another setting of the camera: gain control and the mapping
    to 8 bits. Both factors are log-uniform. See :class:`PhotometricTransform`
    for types and shapes.

    Modified key: ``img``.

    Args:
        contrast (tuple[float, float]): Smallest and largest factor on the
            differences to the mean intensity, above 0. Defaults to (0.8,
            1.25).
        gamma (tuple[float, float]): Smallest and largest power, above 0.
            Defaults to (0.8, 1.25).
        prob (float): Probability of a change. Defaults to 0.5.

    Raises:
        ValueError: If an argument is outside its values.
    """

    def __init__(self,
                 contrast: tuple[float, float] = (0.8, 1.25),
                 gamma: tuple[float, float] = (0.8, 1.25),
                 prob: float = 0.5) -> None:
        super().__init__(prob)
        self.contrast = check_range('contrast', contrast, positive=True)
        self.gamma = check_range('gamma', gamma, positive=True)

    def _draw(self, shape: tuple[int, int]) -> tuple[float, float]:
        return _log_uniform(*self.contrast), _log_uniform(*self.gamma)

    def _change(self, planes: np.ndarray, factor: float,
                gamma: float) -> np.ndarray:
        return adjust_gamma(adjust_contrast(planes, factor), gamma)
