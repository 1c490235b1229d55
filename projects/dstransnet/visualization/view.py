"""Scaling of whole images, masks and scores to panels."""
from __future__ import annotations

import dataclasses
import math

import cv2
import numpy as np
import torch

from ..imaging.dynamic_range import to_display
from .layout import padded

LONG_SIDE = 512  # pixels of the longer side of an image in a panel
# Slim images are padded with white, to make room for captions.
LEAST_HEIGHT, LEAST_WIDTH = 96, 256


def checked_image(image: np.ndarray) -> np.ndarray:
    """Return an image without a single channel; raise if it is none."""
    if (image.dtype != np.uint8 or not image.size or image.ndim < 2
            or image.shape[2:] not in ((), (1, ), (3, ))):
        raise ValueError('image must be uint8 of shape (H, W) or (H, W, 3), '
                         f'got {image.dtype} of shape {image.shape}')
    return image[..., 0] if image.shape[2:] == (1, ) else image


def packed_image(inputs: torch.Tensor) -> np.ndarray:
    """Return the picture of an image that a pipeline has packed.

    Args:
        inputs (Tensor): Shape (C, H, W) with C = 1 or 3, channels BGR, before
            the data preprocessor.

    Returns:
        np.ndarray: RGB of shape (H, W, 3), uint8. Values of 0 .. 255 are
        shown as they are, others stretched.

    Examples:
        >>> packed_image(torch.full((1, 2, 2), 7.2))[0, 0].tolist()
        [7, 7, 7]
    """
    image = inputs.numpy().transpose(1, 2, 0)
    if image.dtype != np.uint8:
        # Grey levels are shown as they are; counts of a sensor stretched.
        within = image.min() >= 0 and image.max() <= 255
        image = (np.rint(image).astype(np.uint8) if within
                 else to_display(image))
    # BGR, as images of colour are loaded.
    return np.ascontiguousarray(np.broadcast_to(
        image[..., ::-1], (*image.shape[:2], 3)))


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Return an image of shape (H, W) or (H, W, 3) with three channels."""
    return image if image.ndim == 3 else np.stack([image] * 3, axis=-1)


def resize_map(values: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize a map in which single pixels matter: a mask, or scores.

    Shrinking keeps the largest value around each place, since a mean would
    dim small targets.
    """
    shrinking = max(values.shape[0] / height, values.shape[1] / width)
    if shrinking > 1:
        side = math.ceil(shrinking) | 1  # odd, so that it has a centre
        values = cv2.dilate(values, np.ones((side, side), np.uint8))
    return cv2.resize(
        values, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)


def resize_image(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize an image of shape (H, W, 3), to squares or by mean values."""
    scale = width / image.shape[1]
    if scale >= 2:
        how = cv2.INTER_NEAREST_EXACT
    else:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(image, (width, height), interpolation=how)


@dataclasses.dataclass(frozen=True)
class View:
    """Scale and place of an image in its panel.

    Attributes:
        scale (float): Size of a pixel of the image in the panel.
        height (int): Height of the image in the panel, in pixels.
        width (int): Width of the image in the panel, in pixels.
    """
    scale: float
    height: int
    width: int

    @classmethod
    def of(cls, height: int, width: int, side: int = LONG_SIDE) -> View:
        """Fit an image into a panel whose longer side has ``side`` pixels.

        Factors of 2 or more are whole, so that all pixels are squares of one
        size.

        Examples:
            >>> View.of(96, 128)
            View(scale=4, height=384, width=512)
            >>> View.of(1024, 1280)
            View(scale=0.4, height=410, width=512)
        """
        scale: float = side / max(height, width)
        if scale >= 2:
            scale = math.floor(scale)
        return cls(scale, max(1, round(height * scale)),
                   max(1, round(width * scale)))

    @property
    def offset(self) -> tuple[int, int]:
        """Top and left of the image in the panel, in pixels."""
        return (max(0, LEAST_HEIGHT - self.height) // 2,
                max(0, LEAST_WIDTH - self.width) // 2)

    def image(self, image: np.ndarray) -> np.ndarray:
        """Return the panel of an image of shape (H, W) or (H, W, 3)."""
        return self._panel(
            resize_image(to_rgb(image), self.width, self.height))

    def mask(self, mask: np.ndarray) -> np.ndarray:
        """Return the panel of a mask of shape (H, W), white on black."""
        pixels = (mask != 0).astype(np.uint8) * 255
        return self._panel(
            to_rgb(resize_map(pixels, self.width, self.height)))

    def scores(self, scores: np.ndarray) -> np.ndarray:
        """Return the panel of scores in [0, 1] of shape (H, W)."""
        return self._panel(
            heat(resize_map(scores.astype(np.float32), self.width,
                            self.height)))

    @staticmethod
    def _panel(image: np.ndarray) -> np.ndarray:
        return padded(image, LEAST_HEIGHT, LEAST_WIDTH, centred=True)


def heat(scores: np.ndarray) -> np.ndarray:
    """Colour scores in [0, 1] of shape (H, W): black, red, yellow, white.

    Brightness grows evenly, so the map is readable in grey as well.
    """
    levels = np.round(255 * scores).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]
