"""Loading of target masks."""
from __future__ import annotations

import mmcv
from mmseg.registry import TRANSFORMS

from ...imaging.masks import mask_to_labels, read_mask
from .base import Transform


@TRANSFORMS.register_module()
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
        height, width = results['ori_shape'][:2]
        if labels.shape != (height, width):
            labels = mmcv.imresize(labels, (width, height),
                                   interpolation='nearest', backend='pillow')
        results['gt_seg_map'] = labels
        results.setdefault('seg_fields', []).append('gt_seg_map')
        return results
