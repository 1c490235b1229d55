"""Scenes of the reference material."""
import functools
import importlib.util
from pathlib import Path

import numpy as np


@functools.cache
def golden_scenes(folder: Path, number: int = 24,
                  size: int = 256) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return masks and score maps of the first seeds.

    Args:
        folder: That of ``golden_scene.py``.
        number: Scenes, from seed 0.
        size: Pixels of a side.
    """
    spec = importlib.util.spec_from_file_location(
        'golden_scene', folder / 'golden_scene.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [module.golden_scene(seed, size) for seed in range(number)]
