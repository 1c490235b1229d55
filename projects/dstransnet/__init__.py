"""DSTransNet for MMSegmentation: infrared small target detection.

Importing this package registers the network, data sets, transforms, metrics
and hooks with mmseg, which is what ``custom_imports`` of the configs does.
"""
from .convert import convert_official
from .datasets import (
    BENCHMARKS,
    IRDSTDataset,
    IRSTD1kDataset,
    IRSTDDataset,
    KeyedSampler,
    NUDTSIRSTDataset,
    NUDTSIRSTSeaDataset,
    NUSTSIRSTDataset,
    SIRST3Dataset,
    SIRSTAugDataset,
    SIRSTDataset,
    SIRSTv2Dataset,
    SyntheticIRSTDDataset,
)
from .evaluation import IRSTDMetric
from .hooks import IRSTDCurveHook, IRSTDVisualizationHook
from .models import CSCEHead, DSTransNetBackbone, IRSTDTTAModel, RDSFNeck

__all__ = [
    'BENCHMARKS', 'CSCEHead', 'DSTransNetBackbone', 'IRDSTDataset',
    'IRSTD1kDataset', 'IRSTDCurveHook', 'IRSTDDataset', 'IRSTDMetric',
    'IRSTDTTAModel', 'IRSTDVisualizationHook', 'KeyedSampler',
    'NUDTSIRSTDataset', 'NUDTSIRSTSeaDataset', 'NUSTSIRSTDataset', 'RDSFNeck',
    'SIRST3Dataset', 'SIRSTAugDataset', 'SIRSTDataset', 'SIRSTv2Dataset',
    'SyntheticIRSTDDataset', 'convert_official'
]
