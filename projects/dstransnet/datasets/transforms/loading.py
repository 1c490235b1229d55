"""Loading of target masks."""
from __future__ import annotations

import io

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine import fileio
from mmseg.registry import TRANSFORMS
from PIL import Image

from ...errors import InputError


def read_mask(path: str, backend_args: dict | None = None) -> np.ndarray:
    """Read a mask file with its values as they are.

    Args:
        path (str): A grey, 1-bit, palette or colour image; an alpha channel
            is dropped.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None.

    Returns:
        np.ndarray: Shape (H, W), or (H, W, 3) for palette and colour files.

    Raises:
        InputError: If it is not a readable image; the message names it.
    """
    data = fileio.get(path, backend_args)
    try:
        with Image.open(io.BytesIO(data)) as file:
            image: Image.Image = file
            if image.mode == 'P':
                image = image.convert('RGB')
            elif image.mode in ('LA', 'RGBA'):
                image = image.convert(image.mode[:-1])
            return np.array(image)
    except (OSError, ValueError, SyntaxError,
            Image.DecompressionBombError) as error:
        raise InputError(f'{path}: not a readable mask ({error})') from error


def mask_to_labels(mask: np.ndarray,
                   threshold: int | None = None,
                   name: str = 'mask') -> np.ndarray:
    """Turn mask values into labels 0 (background) and 1 (target).

    Args:
        mask (np.ndarray): Boolean, 0 / 1 or 0 / 255 values of shape (H, W),
            or (H, W, 3) with equal channels. True counts as 255.
        threshold (int, optional): Label every value above it 1 instead of
            allowing two values only. Defaults to None.
        name (str): What to call the mask in errors, a path usually.

    Returns:
        np.ndarray: Labels of shape (H, W), uint8.

    Raises:
        InputError: If the channels differ, or there is any other value.

    Examples:
        >>> mask_to_labels(np.array([[0, 255]])).tolist()
        [[0, 1]]
        >>> mask_to_labels(np.array([[0, 80, 200]]), threshold=100).tolist()
        [[0, 0, 1]]
    """
    if mask.ndim == 3:
        channels = np.moveaxis(mask, -1, 0)
        if not all(np.array_equal(channels[0], each) for each in channels):
            raise InputError(f'{name}: expected a mask of one channel, got '
                             f'{mask.shape[-1]} different ones')
        mask = mask[..., 0]
    if mask.dtype == bool:
        mask = mask.astype(np.uint8) * 255
    if threshold is not None:
        return (mask > threshold).astype(np.uint8)
    labels = (mask != 0).astype(np.uint8)
    # Values are sorted for the message alone, as that takes far longer.
    if not any(np.array_equal(mask, np.uint8(target) * labels)
               for target in (255, 1)):
        values = np.unique(mask)
        shown = ', '.join(map(str, values[:8])) + ', ...' * (len(values) > 8)
        raise InputError(
            f'{name}: expected only the values 0 and 255, or 0 and 1, got '
            f'{shown}; set threshold to binarise such a mask')
    return labels


@TRANSFORMS.register_module()
class LoadIRSTDMask(BaseTransform):
    """Load a target mask as labels 0 and 1, in the size ``ori_shape``.

    That is the image file's own size until :class:`EvaluateAtInputSize`
    changes it; a mask of another size is resized once, from its file. Reads
    grey, 1-bit, palette and colour files. Does nothing where there is no
    ``seg_map_path``, so that a test pipeline serves inference as well.

    Required keys: ``ori_shape`` and ``seg_map_path`` (optional). Added key:
    ``gt_seg_map``, uint8 of shape (H, W). Modified key: ``seg_fields``.

    Args:
        threshold (int, optional): See :func:`mask_to_labels`. Defaults to
            None.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None.

    Raises:
        InputError: If the file is not an image or not a mask; the message
            names it.
    """

    def __init__(self,
                 threshold: int | None = None,
                 backend_args: dict | None = None) -> None:
        self.threshold = threshold
        self.backend_args = backend_args

    def transform(self, results: dict) -> dict:
        """Add ``gt_seg_map`` to ``results``."""
        path = results.get('seg_map_path')
        if path is None:
            return results
        labels = mask_to_labels(
            read_mask(path, self.backend_args), self.threshold, path)
        height, width = results['ori_shape'][:2]
        if labels.shape != (height, width):
            labels = mmcv.imresize(
                labels, (width, height),
                interpolation='nearest',
                backend='pillow')
        results['gt_seg_map'] = labels
        results.setdefault('seg_fields', []).append('gt_seg_map')
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(threshold={self.threshold})'
