"""Datasets, their random state, and transforms."""
from ..imaging.display import read_for_display
from ..imaging.dynamic_range import map_range, to_display
from ..imaging.full_depth_reading import decode_infrared, read_infrared
from ..imaging.raw_frames import RawFormat
from ..imaging.signal_to_clutter import local_scr
from .benchmarks import (
    IRDSTDataset,
    IRSTD1kDataset,
    NUDTSIRSTDataset,
    NUDTSIRSTSeaDataset,
    NUSTSIRSTDataset,
    SIRST3Dataset,
    SIRSTAugDataset,
    SIRSTDataset,
    SIRSTv2Dataset,
)
from .irstd_dataset import IRSTDDataset
from .keyed_random import KeyedSampler, keyed_random_state
from .layouts import Files, Layout, find_layouts
from .synthetic.scene import Scene, Target, synthesize_scene
from .synthetic.scene_config import SceneConfig
from .synthetic.synthetic_dataset import (
    SyntheticBackend,
    SyntheticIRSTDDataset,
)
from .torch_dataset import TorchDataset, as_torch_dataset
from .transforms import *  # noqa: F401,F403 (registers the transforms)
from .transforms import __all__ as _transforms

BENCHMARK_DATASETS = {
    'SIRST': SIRSTDataset,
    'SIRST-v2': SIRSTv2Dataset,
    'NUDT-SIRST': NUDTSIRSTDataset,
    'IRSTD-1K': IRSTD1kDataset,
    'SIRST-Aug': SIRSTAugDataset,
    'NUST-SIRST': NUSTSIRSTDataset,
    'NUDT-SIRST-Sea': NUDTSIRSTSeaDataset,
    'IRDST': IRDSTDataset,
    'SIRST3': SIRST3Dataset,
}
"""Datasets by the name of their folder below ``IRSTD_DATA_ROOT``."""

__all__ = [
    'BENCHMARK_DATASETS', 'Files', 'IRDSTDataset', 'IRSTD1kDataset',
    'IRSTDDataset', 'KeyedSampler', 'Layout', 'NUDTSIRSTDataset',
    'NUDTSIRSTSeaDataset', 'NUSTSIRSTDataset', 'RawFormat', 'SIRST3Dataset',
    'SIRSTAugDataset', 'SIRSTDataset', 'SIRSTv2Dataset', 'Scene',
    'SceneConfig', 'SyntheticBackend', 'SyntheticIRSTDDataset', 'Target',
    'TorchDataset', 'as_torch_dataset', 'decode_infrared', 'find_layouts',
    'keyed_random_state', 'local_scr', 'map_range', 'read_for_display',
    'read_infrared', 'synthesize_scene', 'to_display', *_transforms
]
