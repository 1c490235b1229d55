"""Transforms of the IRSTD pipelines."""
from ...imaging.masks import mask_to_labels, read_mask
from .blur import RandomGaussianBlur, RandomMotionBlur
from .copy_paste import TargetCopyPaste
from .geometry import (
    CenterPad,
    CentredTargetCrop,
    PillowResize,
    RandomLongSideResize,
    RandomRot90,
    RandomTargetCrop,
    Rotate90,
)
from .loading import EvaluateAtInputSize, LoadInfraredImage, LoadIRSTDMask
from .photometric import RandomContrastGamma, SensorNoise, StripeNoise

__all__ = [
    'CenterPad', 'CentredTargetCrop', 'EvaluateAtInputSize', 'LoadIRSTDMask',
    'LoadInfraredImage', 'PillowResize', 'RandomContrastGamma',
    'RandomGaussianBlur', 'RandomLongSideResize', 'RandomMotionBlur',
    'RandomRot90', 'RandomTargetCrop', 'Rotate90', 'SensorNoise',
    'StripeNoise', 'TargetCopyPaste', 'mask_to_labels', 'read_mask'
]
