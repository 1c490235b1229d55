"""Loading of images from infrared sensors and of target masks."""
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
from ...imaging.masks import mask_to_labels, read_mask, resize_labels
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


@MMSEG_TRANSFORMS.register_module()
class LoadIRSTDMask(Transform):
    """Load a target mask as labels 0 and 1, in the size ``ori_shape``.

    That is the image file's own size until :class:`EvaluateAtInputSize`
    changes it; a mask of another size is resized once, from its file. Reads
    grey, 1-bit, palette and colour files. Does nothing where there is no
    ``seg_map_path``, so that a test pipeline serves inference as well.

    Required keys: ``ori_shape``, ``seg_map_path`` (optional) and
    ``mask_threshold`` (optional, the dataset's). Added key: ``gt_seg_map``,
    uint8 of shape (H, W). Modified key: ``seg_fields``.

    Args:
        threshold (int, optional): See :func:`mask_to_labels`. Defaults to
            None, that of the dataset.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None.

    Raises:
        InputError: If the file is not an image or not a mask; the message
            names it.
    """

    def __init__(self, threshold: int | None = None,
                 backend_args: dict | None = None) -> None:
        self.threshold = threshold
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        """Add ``gt_seg_map`` to ``results``."""
        path = results.get('seg_map_path')
        if path is None:
            return results
        threshold = (results.get('mask_threshold')
                     if self.threshold is None else self.threshold)
        labels = mask_to_labels(
            read_mask(path, self.backend_args), threshold, path)
        results['gt_seg_map'] = resize_labels(
            labels, results['ori_shape'][:2])
        results.setdefault('seg_fields', []).append('gt_seg_map')
        return results


@MMSEG_TRANSFORMS.register_module()
class EvaluateAtInputSize(Transform):
    """Take metrics at the network's input size instead of the file's.

    The framework resizes predictions to ``ori_shape``. The published results
    of this field compare at the network's size, image and mask each resized
    once; so where there is a truth to compare with, ``ori_shape`` becomes the
    current size. Without one (inference on a user's image) nothing changes,
    and the mask that comes back has the file's size.

    Put it between the resize and :class:`LoadIRSTDMask`, which follows
    ``ori_shape``. To evaluate at the file's own size, leave it out.

    Required keys: ``img`` and ``seg_map_path`` (optional). Modified key:
    ``ori_shape``.
    """

    def transform(self, results: dict) -> dict:
        """Set ``ori_shape`` where there is a ground truth."""
        if results.get('seg_map_path') is not None:
            results['ori_shape'] = results['img'].shape[:2]
        return results
