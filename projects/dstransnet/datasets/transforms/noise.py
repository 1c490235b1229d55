"""Temporal noise of the sensor."""
from __future__ import annotations

import numpy as np
from mmseg.registry import TRANSFORMS

from .photometric import PhotometricTransform, check_range


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

    Modified key: ``img``.

    Args:
        std (tuple[float, float]): Smallest and largest deviation of the
            signal-independent part in intensity units. Defaults to (0.5, 4).
        gain (tuple[float, float]): Smallest and largest intensity units a
            photo-electron: the variance of the signal-dependent part over
            the intensity. Defaults to (0, 0), no such part.
        prob (float): Probability of noise. Defaults to 0.5.

    Raises:
        ValueError: If an argument is outside its values.

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
