"""Image files at the size of an evaluation."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from ..imaging.full_depth_reading import read_infrared
from ..utils.errors import InputError


def read_input(path: str, shape: tuple[int, int],
               reading: Mapping[str, Any] | None = None) -> np.ndarray:
    """Read an image file for the measures that use intensities.

    It is resized (bilinear) if it has another size.

    Args:
        path (str): Path or address of the file.
        shape (tuple[int, int]): Height and width of the evaluation in pixels.
        reading (Mapping, optional): ``page``, ``raw`` and ``backend_args`` of
            :func:`read_infrared`. Defaults to none.

    Returns:
        np.ndarray: float32 of that shape; the file's values.

    Raises:
        InputError: If the file cannot be read; the message names it.
    """
    return _resized(read_infrared(path, **(reading or {})), shape)


def read_intensities(path: str, shape: tuple[int, int],
                     reading: Mapping[str, Any] | None = None) -> np.ndarray:
    """Read the same as shares of full scale, see :func:`to_intensities`."""
    values = read_infrared(path, **(reading or {}))
    return _resized(to_intensities(values, path), shape)


def to_intensities(image: np.ndarray, name: str) -> np.ndarray:
    """Turn the values of an image into shares of the largest of their type.

    Args:
        image (np.ndarray): Integers of 8 or 16 bits, or floats of which 1 is
            full scale.
        name (str): Name of the image in errors.

    Raises:
        InputError: If it has another type or larger floats.

    Examples:
        >>> to_intensities(np.array([[0, 51, 255]], np.uint8), 'a').tolist()
        [[0.0, 0.2, 1.0]]
    """
    if image.dtype.kind in 'iu':
        # The largest value of a wider type is the full scale of no camera.
        if image.dtype.itemsize > 2:
            raise InputError(f'{name}: expected integers of 8 or 16 bits, or '
                             f'floats, got {image.dtype}')
        return image / float(np.iinfo(image.dtype).max)
    if image.dtype.kind == 'f' and not image.max() <= 1:
        raise InputError(f'{name}: expected floats of which 1 is full scale, '
                         f'got up to {image.max():g}')
    return image.astype(np.result_type(image, np.float32))


def _resized(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    image = values.astype(np.float32)
    if image.shape == shape:
        return image
    return np.array(Image.fromarray(image).resize(
        shape[::-1], Image.Resampling.BILINEAR))
