"""Data sets, their random state, and transforms."""
from .irstd_dataset import IRSTDDataset
from .keyed_random import KeyedSampler, keyed_random_state
from .scene import Scene, Target, synthesize_scene
from .scene_config import SceneConfig
from .scene_targets import local_scr
from .sirst import SIRSTDataset
from .synthetic import SyntheticBackend, SyntheticIRSTDDataset
from .transforms import *  # noqa: F401,F403 (registers the transforms)
from .transforms import __all__ as _transforms

__all__ = [
    'IRSTDDataset', 'KeyedSampler', 'SIRSTDataset', 'Scene', 'SceneConfig',
    'SyntheticBackend', 'SyntheticIRSTDDataset', 'Target',
    'keyed_random_state', 'local_scr', 'synthesize_scene', *_transforms
]
