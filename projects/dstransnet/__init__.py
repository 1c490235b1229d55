"""DSTransNet for MMSegmentation: infrared small target detection.

Importing this package registers the network, data sets, transforms, metrics
and hooks with mmseg, which is what ``custom_imports`` of the configs does.
From then on mmengine reads checkpoints as data, and runs no code in them.
"""
# Imported for what they change in mmengine.
from .checkpoint import (  # noqa: F401
    config_guard,
    loaders,
)
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
)
from .deployment import deploy
from .engine.hooks import (
    IRSTDCheckpointHook,
    IRSTDCurveHook,
    IRSTDVisualizationHook,
    RandomStateHook,
    ValidationStateHook,
)
from .engine.optim import AutocastOptimWrapper
from .evaluation import IRSTDMetric
from .inference import (
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

BENCHMARKS = BENCHMARK_DATASETS
"""Former name of ``BENCHMARK_DATASETS``."""

__all__ = [
    'AutocastOptimWrapper', 'BENCHMARKS', 'BENCHMARK_DATASETS', 'CSCEHead',
    'DSTransNetBackbone', 'IRDSTDataset', 'IRSTD1kDataset',
    'IRSTDCheckpointHook', 'IRSTDCurveHook', 'IRSTDDataset', 'IRSTDMetric',
    'IRSTDTTAModel', 'IRSTDVisualizationHook', 'KeyedSampler', 'LogitsHead',
    'NUDTSIRSTDataset', 'NUDTSIRSTSeaDataset', 'NUSTSIRSTDataset',
    'NetworkBackbone', 'Predictor', 'RDSFNeck', 'RandomStateHook',
    'SIRST3Dataset', 'SIRSTAugDataset', 'SIRSTDataset', 'SIRSTv2Dataset',
    'SyntheticIRSTDDataset', 'TiledEncoderDecoder', 'ValidationStateHook',
    'build_network', 'convert_official', 'deploy', 'list_networks',
    'load_segmentor', 'predict_folder', 'use_tiles'
]
