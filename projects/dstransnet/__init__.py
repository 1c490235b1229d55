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
from .deployment import deploy
from .evaluation import IRSTDMetric
from .hooks import (
    IRSTDCheckpointHook,
    IRSTDCurveHook,
    IRSTDVisualizationHook,
    RandomStateHook,
    ValidationStateHook,
)
from .inference import (
    Predictor,
    TiledEncoderDecoder,
    predict_folder,
    use_tiles,
)
from .models import CSCEHead, DSTransNetBackbone, IRSTDTTAModel, RDSFNeck
from .optim import AutocastOptimWrapper
from .segmentor import load_segmentor

__all__ = [
    'AutocastOptimWrapper', 'BENCHMARKS', 'CSCEHead', 'DSTransNetBackbone',
    'IRDSTDataset', 'IRSTD1kDataset', 'IRSTDCheckpointHook', 'IRSTDCurveHook',
    'IRSTDDataset', 'IRSTDMetric', 'IRSTDTTAModel', 'IRSTDVisualizationHook',
    'KeyedSampler', 'NUDTSIRSTDataset', 'NUDTSIRSTSeaDataset',
    'NUSTSIRSTDataset', 'Predictor', 'RDSFNeck', 'RandomStateHook',
    'SIRST3Dataset', 'SIRSTAugDataset', 'SIRSTDataset', 'SIRSTv2Dataset',
    'SyntheticIRSTDDataset', 'TiledEncoderDecoder', 'ValidationStateHook',
    'convert_official', 'deploy', 'load_segmentor', 'predict_folder',
    'use_tiles'
]
