"""Check of the images that classical detectors take."""
from __future__ import annotations

import numpy as np


def grey_levels(image: np.ndarray) -> np.ndarray:
    """Return an image as float64.

    Unsigned integers would wrap around in differences and squares.

    Args:
        image (np.ndarray): Grey levels, integer or float of shape (H, W).

    Raises:
        ValueError: If the shape or the type is another, or the image is
            empty.

    Examples:
        >>> grey_levels(np.array([[7]], np.uint8))
        array([[7.]])
    """
    if image.ndim != 2 or not image.size:
        raise ValueError(f'image must have shape (H, W), got {image.shape}')
    if image.dtype.kind not in 'iuf':
        raise ValueError(
            f'image must be of integers or floats, got {image.dtype}')
    return image.astype(np.float64)


def check_odd(name: str, *sizes: int) -> None:
    """Raise ValueError unless all sizes are odd and at least 3.

    Args:
        name (str): Of the argument, for the message.
        *sizes (int): Sides of windows in pixels.
    """
    for size in sizes:
        if size < 3 or size % 2 == 0:
            raise ValueError(f'{name} must be odd and at least 3, got {size}')
