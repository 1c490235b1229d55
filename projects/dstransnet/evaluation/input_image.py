"""Image files at the size of an evaluation."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from ..imaging.full_depth_reading import read_infrared


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
    """Read the same as shares of the largest value of the file's type.

    Files of floats stay as they are.
    """
    values = read_infrared(path, **(reading or {}))
    return _resized(values, shape) / np.float32(full_scale(values.dtype))


def full_scale(dtype: np.dtype) -> float:
    """Return the largest value of an integer type, 1 for floats."""
    return float(np.iinfo(dtype).max) if dtype.kind in 'iu' else 1.0


def _resized(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    image = values.astype(np.float32)
    if image.shape == shape:
        return image
    return np.array(Image.fromarray(image).resize(
        shape[::-1], Image.Resampling.BILINEAR))
