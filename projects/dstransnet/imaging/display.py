"""Image files of any kind as pictures for people."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mmcv
import numpy as np
from mmengine import fileio

from .dynamic_range import to_display
from .infrared_files import RawFormat, decode_infrared


def read_for_display(path: str,
                     page: int | None = None,
                     raw: RawFormat | Mapping[str, Any] | None = None
                     ) -> np.ndarray:
    """Read an image file as a picture.

    Args:
        path (str): 8-bit files are shown as they are; 16-bit and
            floating-point PNG, TIFF, NPY and raw frames by
            :func:`to_display`.
        page (int, optional): As of :func:`decode_infrared`.
        raw (RawFormat | Mapping, optional): As of :func:`decode_infrared`.

    Returns:
        np.ndarray: RGB of shape (H, W, 3), uint8.

    Raises:
        InputError: If the file cannot be read; the message names it.
    """
    data = fileio.get(path)
    if raw is None and page is None:
        known = mmcv.imfrombytes(data, flag='unchanged')
        if known is not None and known.dtype == np.uint8:
            return mmcv.imfrombytes(data, channel_order='rgb')
    grey = to_display(decode_infrared(data, str(path), page, raw))
    return np.repeat(grey[..., None], 3, axis=2)
