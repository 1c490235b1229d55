"""Transforms of the IRSTD pipelines."""
from .evaluation_size import EvaluateAtInputSize
from .geometry import CenterPad, RandomLongSideResize, RandomRot90
from .loading import LoadIRSTDMask, mask_to_labels, read_mask
from .rotate90 import Rotate90

__all__ = [
    'CenterPad', 'EvaluateAtInputSize', 'LoadIRSTDMask',
    'RandomLongSideResize', 'RandomRot90', 'Rotate90', 'mask_to_labels',
    'read_mask'
]
