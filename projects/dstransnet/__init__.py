"""DSTransNet for MMSegmentation: infrared small target detection.

Importing this package registers the network, data sets, transforms, metrics
and hooks with mmseg, which is what ``custom_imports`` of the configs does.
From then on mmengine reads checkpoints as data, and runs no code in them.
"""
# Imported for what they change in mmengine.
from . import checkpoint_program, checkpoint_sources  # noqa: F401
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
from .hooks import (
    IRSTDCheckpointHook,
    IRSTDCurveHook,
    IRSTDVisualizationHook,
    RandomStateHook,
    ValidationStateHook,
)
from .models import CSCEHead, DSTransNetBackbone, IRSTDTTAModel, RDSFNeck

__all__ = [
    'BENCHMARKS', 'CSCEHead', 'DSTransNetBackbone', 'IRDSTDataset',
    'IRSTD1kDataset', 'IRSTDCheckpointHook', 'IRSTDCurveHook', 'IRSTDDataset',
    'IRSTDMetric', 'IRSTDTTAModel', 'IRSTDVisualizationHook', 'KeyedSampler',
    'NUDTSIRSTDataset', 'NUDTSIRSTSeaDataset', 'NUSTSIRSTDataset', 'RDSFNeck',
    'RandomStateHook', 'SIRST3Dataset', 'SIRSTAugDataset', 'SIRSTDataset',
    'SIRSTv2Dataset', 'SyntheticIRSTDDataset', 'ValidationStateHook',
    'convert_official'
]
