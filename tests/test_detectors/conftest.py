"""Comparison with reference maps, and an image to detect in."""
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def check_golden(
        classical: Path) -> Callable[[str, Callable, float], None]:
    """Compare a detector with the golden maps of a name."""
    golden = np.load(classical / 'golden.npz')

    def check(name: str, detector: Callable, tolerance: float) -> None:
        scores = np.stack([detector(image) for image in golden['input']])
        highest = np.abs(golden[name]).max((1, 2), keepdims=True)
        bound = np.where(highest > 0, tolerance * highest, 1e-6)
        assert scores.dtype == np.float64
        assert (np.abs(scores - golden[name]) <= bound).all()

    return check


@pytest.fixture
def spot() -> np.ndarray:
    """Noise around 60 grey levels with a target at (30, 40)."""
    image = np.random.default_rng(0).normal(60, 2, (64, 80))
    rows, columns = np.indices(image.shape)
    distance = (rows - 30)**2 + (columns - 40)**2
    image += 80 * np.exp(-distance / (2 * 1.2**2))
    return image.round().astype(np.uint8)
