import numpy as np
import pytest

from projects.dstransnet.datasets import SensorNoise

SIDE = 256


def noise(level: float, std: float, gain: float = 0,
          seed: int = 0) -> np.ndarray:
    """Return what is added to a flat image, shape (SIDE, SIDE)."""
    np.random.seed(seed)
    image = np.full((SIDE, SIDE), level, np.float32)
    transform = SensorNoise((std, std), (gain, gain), prob=1)
    return transform(dict(img=image))['img'].astype(np.float64) - level


def assert_deviation(values: np.ndarray, expected: float) -> None:
    """Within four deviations of the estimate."""
    error = expected / (2 * values.size)**0.5
    assert abs(values.std() - expected) < 4 * error
    assert abs(values.mean()) < 4 * expected / values.size**0.5


@pytest.mark.parametrize('level, std, gain', [
    (0, 0.5, 0), (100, 3, 0), (100, 20, 0), (10, 0, 0.4), (200, 0, 0.4),
    (60, 3, 0.4)])
def test_variances_add_up(level, std, gain):
    assert_deviation(noise(level, std, gain), (std**2 + gain * level)**0.5)


def test_negative_levels_have_no_photons():
    assert not noise(-20, 0, 0.5).any()


def test_noise_is_gaussian_and_white():
    values = noise(100, 2) / 2
    for bound, part in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        assert (abs(values) < bound).mean() == pytest.approx(part, abs=0.01)
    for axis in (0, 1):
        product = values * np.roll(values, 1, axis)
        assert abs(product.mean()) < 4 / SIDE


def test_rounding_keeps_the_deviation():
    np.random.seed(0)
    image = np.full((SIDE, SIDE), 100, np.uint8)
    found = SensorNoise((4, 4), prob=1)(dict(img=image))['img']
    # Rounding adds a twelfth to the variance.
    assert found.std() == pytest.approx((16 + 1 / 12)**0.5, rel=0.02)


def test_deviations_are_drawn_from_the_range():
    np.random.seed(0)
    transform = SensorNoise((1, 5), prob=1)
    image = np.full((40, 40), 100, np.float32)
    found = [transform(dict(img=image))['img'].std() for _ in range(200)]
    assert 0.9 < min(found) < 1.3 and 4.7 < max(found) < 5.4
    assert np.mean(found) == pytest.approx(3, abs=0.35)
