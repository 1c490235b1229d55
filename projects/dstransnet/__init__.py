"""DSTransNet for MMSegmentation: infrared small target detection.

Importing this package registers the network, data sets, transforms, metrics
and hooks with mmseg, which is what ``custom_imports`` of the configs does.
"""
from .convert import convert_official
from .datasets import (
    IRSTDDataset,
    KeyedSampler,
    SIRSTDataset,
    SyntheticIRSTDDataset,
)
from .evaluation import IRSTDMetric
from .hooks import IRSTDCurveHook, IRSTDVisualizationHook
from .models import CSCEHead, DSTransNetBackbone, IRSTDTTAModel, RDSFNeck

__all__ = [
    'CSCEHead', 'DSTransNetBackbone', 'IRSTDCurveHook', 'IRSTDDataset',
    'IRSTDMetric', 'IRSTDTTAModel', 'IRSTDVisualizationHook', 'KeyedSampler',
    'RDSFNeck', 'SIRSTDataset', 'SyntheticIRSTDDataset', 'convert_official'
]
