import math

import numpy as np
import pytest
from helpers.slow_reference import chebyshev_distance

from projects.dstransnet.imaging.components import connected_components
from projects.dstransnet.imaging.signal_to_clutter import (
    GUARD,
    RING,
    local_scr,
    surroundings,
    target_contrasts,
)


def slow_surroundings(mask: np.ndarray) -> np.ndarray:
    distance = chebyshev_distance(mask)
    return (distance > GUARD) & (distance <= GUARD + RING)


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    mask = np.zeros((40, 50), bool)
    mask[3:5, 4:7] = mask[20, 24] = mask[28:30, 40:43] = True
    return rng.integers(0, 2**14, mask.shape, np.uint16), mask


def test_surroundings_are_a_ring(scene):
    _, mask = scene
    assert np.array_equal(surroundings(mask), slow_surroundings(mask))


def test_ratio_of_each_target(scene):
    image, mask = scene
    targets = connected_components(mask)
    expected = []
    for number in range(1, 4):
        target = targets.labels == number
        around = image[slow_surroundings(target)].astype(np.float64)
        expected.append((image[target].mean() - around.mean()) / around.std())
        assert local_scr(image, target) == pytest.approx(expected[-1])
    assert target_contrasts(image, targets) == pytest.approx(expected)


def test_no_clutter_no_ratio():
    image = np.zeros((40, 40))
    image[20, 20] = 1
    (ratio, ) = target_contrasts(image, connected_components(image))
    assert math.isnan(ratio)
