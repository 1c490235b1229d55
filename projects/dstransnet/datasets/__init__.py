"""Data sets, their random state, and transforms."""
from .irstd_dataset import IRSTDDataset
from .keyed_random import KeyedSampler, keyed_random_state
from .sirst import SIRSTDataset
from .transforms import *  # noqa: F401,F403 (registers the transforms)
from .transforms import __all__ as _transforms

__all__ = [
    'IRSTDDataset', 'KeyedSampler', 'SIRSTDataset', 'keyed_random_state',
    *_transforms
]
