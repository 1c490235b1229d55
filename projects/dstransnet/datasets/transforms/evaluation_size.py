"""Image size at which metrics are computed."""
from __future__ import annotations

from mmseg.registry import TRANSFORMS

from .base import Transform


@TRANSFORMS.register_module()
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
