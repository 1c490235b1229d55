"""DSTransNet for MMSegmentation: infrared small target detection.

Importing this package registers the network, datasets, transforms, metrics
and hooks with mmseg; ``custom_imports`` of the configs does so. It also calls
:func:`.framework.adapt_framework`, which lists all changes in mmengine and
mmseg: they read checkpoints as data and images as they are stored.
"""
from . import quiet_imports  # noqa: F401 (before other imports)
from .datasets import (
    BENCHMARK_DATASETS,
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
    as_torch_dataset,
)
from .deployment import deploy
from .detectors import ClassicalDetector
from .engine.hooks import (
    IRSTDCheckpointHook,
    IRSTDCurveHook,
    IRSTDVisualizationHook,
    RandomStateHook,
    ValidationStateHook,
)
from .engine.optim import AutocastOptimWrapper
from .evaluation import IRSTDMetric, evaluate
from .framework import adapt_framework
from .inference import (
    Detector,
    Predictor,
    TiledEncoderDecoder,
    predict_folder,
    use_tiles,
)
from .models import (
    CSCEHead,
    DSTransNetBackbone,
    IRSTDTTAModel,
    LogitsHead,
    NetworkBackbone,
    RDSFNeck,
    build_network,
    list_networks,
)
from .models.build import load_segmentor
from .models.official_weights import convert_official
from .version import __version__

__all__ = [
    'AutocastOptimWrapper', 'BENCHMARK_DATASETS', 'CSCEHead',
    'ClassicalDetector', 'Detector', 'DSTransNetBackbone', 'IRDSTDataset',
    'IRSTD1kDataset',
    'IRSTDCheckpointHook', 'IRSTDCurveHook', 'IRSTDDataset', 'IRSTDMetric',
    'IRSTDTTAModel', 'IRSTDVisualizationHook', 'KeyedSampler', 'LogitsHead',
    'NUDTSIRSTDataset', 'NUDTSIRSTSeaDataset', 'NUSTSIRSTDataset',
    'NetworkBackbone', 'Predictor', 'RDSFNeck', 'RandomStateHook',
    'SIRST3Dataset', 'SIRSTAugDataset', 'SIRSTDataset', 'SIRSTv2Dataset',
    'SyntheticIRSTDDataset', 'TiledEncoderDecoder', 'ValidationStateHook',
    '__version__', 'as_torch_dataset',
    'build_network', 'convert_official', 'deploy', 'evaluate',
    'list_networks', 'load_segmentor', 'predict_folder', 'use_tiles'
]

adapt_framework()
