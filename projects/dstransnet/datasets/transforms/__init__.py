"""Transforms of the IRSTD pipelines."""
from ...imaging.masks import mask_to_labels, read_mask
from .blur import RandomGaussianBlur, RandomMotionBlur
from .centred_target_crop import CentredTargetCrop
from .contrast import RandomContrastGamma
from .copy_paste import TargetCopyPaste
from .evaluation_size import EvaluateAtInputSize
from .geometry import (
    CenterPad,
    PillowResize,
    RandomLongSideResize,
    RandomRot90,
    RandomTargetCrop,
)
from .infrared_image import LoadInfraredImage
from .loading import LoadIRSTDMask
from .noise import SensorNoise
from .rotate90 import Rotate90
from .stripes import StripeNoise

__all__ = [
    'CenterPad', 'CentredTargetCrop', 'EvaluateAtInputSize', 'LoadIRSTDMask',
    'LoadInfraredImage', 'PillowResize', 'RandomContrastGamma',
    'RandomGaussianBlur', 'RandomLongSideResize', 'RandomMotionBlur',
    'RandomRot90', 'RandomTargetCrop', 'Rotate90', 'SensorNoise',
    'StripeNoise', 'TargetCopyPaste', 'mask_to_labels', 'read_mask'
]
