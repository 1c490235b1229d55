"""Rotations for test-time augmentation."""
from __future__ import annotations

import numpy as np
from mmseg.registry import TRANSFORMS

from .base import Transform

# Pairs of height and width, or width and height.
_PAIRS = ('ori_shape', 'pad_shape', 'scale', 'scale_factor')


@TRANSFORMS.register_module()
class Rotate90(Transform):
    """Rotate the image by ``k`` times 90 degrees counter-clockwise.

    One view of test-time augmentation, which :class:`IRSTDTTAModel` turns
    back. A rotation by 90 or 270 degrees swaps all heights and widths, so
    predictions are resized to the rotated ``ori_shape``.

    The truth stays as it is, in the size before rotation: that model takes
    it from the first view, which is not rotated. To turn it as well, as in
    training, use :class:`RandomRot90`.

    Put it before ``RandomFlip``, as the framework undoes flips first, and
    ``rot90`` among the ``meta_keys`` of ``PackSegInputs``.

    Required key: ``img``. Modified keys: ``img``, ``img_shape`` and, where
    they are there, ``ori_shape``, ``pad_shape``, ``scale`` and
    ``scale_factor``. Added key: ``rot90``, quarter turns so far, 0 to 3.

    Args:
        k (int): Number of quarter turns, 0 to 3.

    Raises:
        ValueError: If ``k`` is anything else, or the image has been flipped.
    """

    def __init__(self, k: int) -> None:
        if type(k) is not int or not 0 <= k <= 3:
            raise ValueError(f'k must be 0, 1, 2 or 3, got {k!r}')
        self.k = k

    def transform(self, results: dict) -> dict:
        """Rotate the image and swap its sizes."""
        if results.get('flip'):
            raise ValueError('Rotate90 must come before RandomFlip, got an '
                             'image that is flipped')
        results['img'] = np.ascontiguousarray(np.rot90(results['img'], self.k))
        results['img_shape'] = results['img'].shape[:2]
        if self.k % 2:
            for key in _PAIRS:
                if results.get(key) is not None:
                    first, second, *rest = results[key]
                    results[key] = (second, first, *rest)
        results['rot90'] = (results.get('rot90', 0) + self.k) % 4
        return results
