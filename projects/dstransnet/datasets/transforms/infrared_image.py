"""Loading of images from infrared sensors, with their dynamic range."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmseg.registry import TRANSFORMS as MMSEG_TRANSFORMS

from ...imaging.dynamic_range import PERCENTILES, check_mapping, map_range
from ...imaging.full_depth_reading import (
    check_page,
    check_pixels,
    read_infrared,
)
from ...imaging.raw_frames import RawFormat
from ...registry import TRANSFORMS
from ...utils.errors import InputError
from .base import Transform


@TRANSFORMS.register_module(name=['LoadImageFromFile', 'LoadImageFromNDArray'])
@MMSEG_TRANSFORMS.register_module()
class LoadInfraredImage(Transform):
    """Load an image of up to 16 bits, or floats, as float32 grey levels.

    mmcv's LoadImageFromFile cuts values to 8 bits, in which a target that is
    40 counts above a background of 12000 is gone. This reads PNG, TIFF, NPY
    and raw frames as :mod:`..full_depth_reading` says, and maps the values to
    0..255 by :func:`..dynamic_range.map_range`, so that mean and deviation
    of the data preprocessor are given on that scale as ever. They should be
    those of the mapped images. With 'none', give them in counts; CenterPad
    then pads with 0 counts.

    Where there is no path but an array in ``img``, that is mapped alike.
    For arrays, and for MMSegInferencer, write the step in the scope of this
    package, as :mod:`...registry` explains::

        dict(type='LoadImageFromFile', _scope_='projects.dstransnet',
             mapping=dict(low=0, high=16383))

    Required keys: ``img_path`` or ``img``. Added or modified keys: ``img``,
    float32 of shape (H, W), or (H, W, 3), ``img_shape``, ``ori_shape`` and,
    for arrays, ``img_path`` (None).

    Args:
        mapping (str | Mapping): 'minmax', 'percentile', 'none' or
            ``dict(low=..., high=...)``; see :func:`..dynamic_range.map_range`.
            A fixed range keeps values comparable between images and ignores
            hot pixels; 'minmax' needs no knowledge of the sensor and clips no
            target. There is no default, because mmseg would then pass arrays
            to the network unmapped.
        percentiles (Sequence[float]): Low and high one for 'percentile', in
            percent. Defaults to (0.1, 100).
        channels (int): 1, or 3 for grey repeated. Defaults to 1.
        page (int, optional): Page of files that hold several, from 0.
            Defaults to None: files with several are an error.
        raw (Mapping, optional): Arguments of :class:`..RawFormat` for files
            that are raw frames. Defaults to None.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None.

    Raises:
        InputError: If an argument is none of these, a file cannot be read or
            does not hold such an image; the message names the file.
    """

    def __init__(self,
                 mapping: str | Mapping[str, float],
                 percentiles: Sequence[float] = PERCENTILES,
                 channels: int = 1,
                 page: int | None = None,
                 raw: RawFormat | Mapping[str, Any] | None = None,
                 backend_args: dict | None = None) -> None:
        check_mapping(mapping, percentiles)
        check_page(page, raw)
        if channels not in (1, 3):
            raise InputError(f'channels: expected 1 or 3, got {channels!r}')
        if raw is not None:
            raw = RawFormat.from_settings(raw)
        self.mapping = mapping
        self.percentiles = percentiles
        self.channels = channels
        self.page = page
        self.raw = raw
        self.backend_args = backend_args

    def _pixels(self, results: dict) -> np.ndarray:
        """Return values of shape (H, W) from the array or the file."""
        if results.get('img') is None:
            return read_infrared(results['img_path'], self.backend_args,
                                 self.page, self.raw)
        try:
            return check_pixels(results['img'])
        except InputError as error:
            raise InputError(f'img: {error}') from error

    def transform(self, results: dict) -> dict:
        """Load ``img``."""
        image = map_range(
            self._pixels(results), self.mapping, self.percentiles)
        if self.channels == 3:
            image = np.repeat(image[..., None], 3, axis=2)
        results.setdefault('img_path', None)
        results['img'] = image
        results['img_shape'] = results['ori_shape'] = image.shape[:2]
        return results
