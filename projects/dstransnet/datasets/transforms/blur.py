"""Blur by defocus and by motion."""
from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from mmseg.registry import TRANSFORMS

from .base import PhotometricTransform, check_range

_SAMPLES = 32  # of a motion, a pixel of its length

# At the borders the image goes on as its mirror image, the outermost pixel
# repeated: a symmetric blur then keeps the mean of the image.
_BORDER = cv2.BORDER_REFLECT


def motion_kernel(length: float, angle: float) -> np.ndarray:
    """Return the blur of a constant motion along a straight line.

    The line's points are spread over the four pixels around each of them, by
    bilinear interpolation, so length and angle need not fit the grid. The
    kernel is point-symmetric: it does not shift the image.

    Args:
        length (float): Length of the motion in pixels, at least 0.
        angle (float): Its direction in radians, counter-clockwise from
            horizontal in the picture as it is shown.

    Returns:
        np.ndarray: Shape (K, K) with K odd, float32, of sum 1.

    Examples:
        >>> motion_kernel(0, 0).tolist()
        [[1.0]]
        >>> motion_kernel(2, 0)[1].tolist()
        [0.25, 0.5, 0.25]
    """
    count = max(math.ceil(length * _SAMPLES), 1)
    along = ((np.arange(count) + 0.5) / count - 0.5) * length
    rows, cols = -math.sin(angle) * along, math.cos(angle) * along
    radius = math.ceil(length / 2)
    # Weights (K, count): how much of each point a row or a column gets.
    grid = np.arange(-radius, radius + 1)[:, None]
    in_row = np.maximum(1 - np.abs(grid - rows), 0)
    in_col = np.maximum(1 - np.abs(grid - cols), 0)
    return (in_row @ in_col.T / count).astype(np.float32)


def _each_channel(planes: np.ndarray,
                  blur: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Blur channels apart, as OpenCV rounds interleaved ones differently."""
    channels = np.ascontiguousarray(np.moveaxis(planes, -1, 0))
    return np.stack([blur(channel) for channel in channels], axis=-1)


@TRANSFORMS.register_module()
class RandomGaussianBlur(PhotometricTransform):
    """Blur by a round Gaussian, as defocus and the optics do.

    It lowers the peaks of small targets, and keeps the mean. See
    :class:`PhotometricTransform` for types and shapes.

    Args:
        sigma (tuple[float, float]): Smallest and largest deviation of the
            Gaussian in pixels. Defaults to (0.3, 1).
        prob (float): Probability of a blur. Defaults to 0.5.
    """

    def __init__(self, sigma: tuple[float, float] = (0.3, 1),
                 prob: float = 0.5) -> None:
        super().__init__(prob)
        self.sigma = check_range('sigma', sigma)

    def _draw(self, shape: tuple[int, int]) -> tuple[float]:
        return (np.random.uniform(*self.sigma), )

    def _change(self, planes: np.ndarray, sigma: float) -> np.ndarray:
        if sigma == 0:  # would have OpenCV choose one
            return planes
        return _each_channel(
            planes, lambda channel: cv2.GaussianBlur(
                channel, (0, 0), sigma, borderType=_BORDER))


@TRANSFORMS.register_module()
class RandomMotionBlur(PhotometricTransform):
    """Blur along a straight line of random length and angle.

    A motion of the camera, or of the platform, while the frame is exposed.
    The mask stays, as targets stay centred where they are. See
    :class:`PhotometricTransform` for types and shapes, and
    :func:`motion_kernel`.

    Args:
        length (tuple[float, float]): Smallest and largest length of the
            motion in pixels. Defaults to (1, 4).
        angle (tuple[float, float]): Smallest and largest angle in degrees,
            counter-clockwise from horizontal; a motion and its opposite blur
            alike. Defaults to (0, 180).
        prob (float): Probability of a blur. Defaults to 0.5.
    """

    def __init__(self,
                 length: tuple[float, float] = (1, 4),
                 angle: tuple[float, float] = (0, 180),
                 prob: float = 0.5) -> None:
        super().__init__(prob)
        self.length = check_range('length', length)
        self.angle = check_range('angle', angle)

    def _draw(self, shape: tuple[int, int]) -> tuple[float, float]:
        return (np.random.uniform(*self.length),
                math.radians(np.random.uniform(*self.angle)))

    def _change(self, planes: np.ndarray, length: float,
                angle: float) -> np.ndarray:
        kernel = motion_kernel(length, angle)
        return _each_channel(
            planes, lambda channel: cv2.filter2D(
                channel, -1, kernel, borderType=_BORDER))
