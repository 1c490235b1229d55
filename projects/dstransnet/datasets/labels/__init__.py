"""Boxes, points and polygons as masks, and masks as COCO and YOLO labels."""
from .conversion import FORMATS, ConversionReport, read_labels, write_masks
from .image_index import ImageIndex
from .local_threshold import LocalThreshold
from .mask_labels import LABEL_WRITERS, mask_targets

__all__ = [
    'FORMATS', 'LABEL_WRITERS', 'ConversionReport', 'ImageIndex',
    'LocalThreshold', 'mask_targets', 'read_labels', 'write_masks'
]
