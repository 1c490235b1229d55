"""Contrast and gamma, and noise of the sensor."""
from __future__ import annotations

import math

import numpy as np
from mmseg.registry import TRANSFORMS

from ...utils.errors import InputError
from .base import PhotometricTransform, check_range


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

    Args:
        contrast (tuple[float, float]): Smallest and largest factor on the
            differences to the mean intensity, above 0. Defaults to (0.8,
            1.25).
        gamma (tuple[float, float]): Smallest and largest power, above 0.
            Defaults to (0.8, 1.25).
        prob (float): Probability of a change. Defaults to 0.5.
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


def noise_deviation(image: np.ndarray, std: float, gain: float) -> np.ndarray:
    """Return the deviation of the noise at every pixel.

    Its square is ``std ** 2 + gain * image``: a part of the electronics, and
    one of the photons, whose number of a Poisson distribution has a variance
    equal to its mean.

    Args:
        image (np.ndarray): Intensities; negative ones count as 0.
        std (float): Deviation of the signal-independent part, intensity units.
        gain (float): Intensity units a photo-electron.

    Returns:
        np.ndarray: Intensities, of the shape of ``image``.

    Examples:
        >>> noise_deviation(np.array([0., 32.]), std=3, gain=0.5).tolist()
        [3.0, 5.0]
    """
    variance = np.maximum(image, 0) * image.dtype.type(gain)
    return np.sqrt(variance + image.dtype.type(std)**2)


@TRANSFORMS.register_module()
class SensorNoise(PhotometricTransform):
    """Add Gaussian noise, independent of the signal and depending on it.

    The Poisson part is approximated by a Gaussian of the same variance. All
    channels of a pixel get the same noise, up to its deviation. See
    :class:`PhotometricTransform` for types and shapes.

    Args:
        std (tuple[float, float]): Smallest and largest deviation of the
            signal-independent part in intensity units. Defaults to (0.5, 4).
        gain (tuple[float, float]): Smallest and largest intensity units a
            photo-electron: the variance of the signal-dependent part over
            the intensity. Defaults to (0, 0), no such part.
        prob (float): Probability of noise. Defaults to 0.5.

    Reference:
        A. Foi et al., Practical Poissonian-Gaussian noise modeling and
        fitting for single-image raw-data, IEEE Transactions on Image
        Processing, 2008.
    """

    def __init__(self,
                 std: tuple[float, float] = (0.5, 4),
                 gain: tuple[float, float] = (0, 0),
                 prob: float = 0.5) -> None:
        super().__init__(prob)
        self.std = check_range('std', std)
        self.gain = check_range('gain', gain)

    def _draw(self, shape: tuple[int, int]) -> tuple:
        std, gain = np.random.uniform(*self.std), np.random.uniform(*self.gain)
        return std, gain, np.random.standard_normal(shape).astype(np.float32)

    def _change(self, planes: np.ndarray, std: float, gain: float,
                unit: np.ndarray) -> np.ndarray:
        return planes + noise_deviation(planes, std, gain) * unit[..., None]


_DIRECTIONS = ('columns', 'rows', 'either')


@TRANSFORMS.register_module()
class StripeNoise(PhotometricTransform):
    """Give every column, or every row, its own gain and offset.

    What is left of the non-uniformity of a detector whose columns or rows
    share an amplifier: ``(1 + gain) * image + offset``, the linear model of
    its correction, with normal gains and offsets of mean 0 that are constant
    along a line. See :class:`PhotometricTransform` for types and shapes.

    Args:
        offset (tuple[float, float]): Smallest and largest deviation of the
            offsets in intensity units. Defaults to (0.5, 4).
        gain (tuple[float, float]): Smallest and largest deviation of the
            gains from 1, without unit. Defaults to (0, 0.02).
        direction (str): 'columns' for vertical stripes, 'rows' for
            horizontal ones, 'either' for one of both by chance. Defaults to
            'columns'.
        prob (float): Probability of stripes. Defaults to 0.5.

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
