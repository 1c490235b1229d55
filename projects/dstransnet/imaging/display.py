"""Image files of any format as pictures to look at."""
from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine import fileio

from ..utils.errors import InputError
from .dynamic_range import to_display
from .eight_bit_loading import decode_image
from .full_depth_reading import decode_infrared
from .raw_frames import RawFormat


def read_for_display(path: str,
                     page: int | None = None,
                     raw: RawFormat | Mapping[str, Any] | None = None
                     ) -> np.ndarray:
    """Read an image file as a picture.

    Args:
        path (str): 8-bit files are shown as they are; 16-bit and
            floating-point PNG, TIFF, NPY and raw frames by
            :func:`to_display`.
        page (int, optional): See :func:`decode_infrared`.
        raw (RawFormat | Mapping, optional): See :func:`decode_infrared`.

    Returns:
        np.ndarray: RGB of shape (H, W, 3), uint8.

    Raises:
        InputError: If the file cannot be read; the message names it.
    """
    data = fileio.get(path)
    if raw is None and page is None:
        with contextlib.suppress(InputError):  # not of 8 bits
            return decode_image(data)[..., ::-1]
    grey = to_display(decode_infrared(data, str(path), page, raw))
    return np.repeat(grey[..., None], 3, axis=2)
