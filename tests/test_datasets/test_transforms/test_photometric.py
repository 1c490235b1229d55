import math

import numpy as np
import pytest

from projects.dstransnet.datasets import (
    RandomContrastGamma,
    SensorNoise,
    StripeNoise,
)


def drawn(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(20, 230, (20, 30)).astype(np.float32)


def changed(**kwargs) -> np.ndarray:
    results = dict(img=drawn())
    return RandomContrastGamma(prob=1, **kwargs)(results)['img']


@pytest.mark.parametrize('factor', [0.5, 1.7])
def test_contrast_is_around_the_mean(factor):
    mean = drawn().astype(np.float64).mean()
    found = changed(contrast=(factor, factor), gamma=(1, 1))
    assert np.allclose(found, mean + factor * (drawn() - mean), atol=1e-3)
    assert found.mean() == pytest.approx(mean, abs=1e-3)
    assert found.std() == pytest.approx(factor * drawn().std(), rel=1e-4)


@pytest.mark.parametrize('gamma', [0.5, 2.2])
def test_gamma_is_a_power_of_the_part_of_255(gamma):
    found = changed(contrast=(1, 1), gamma=(gamma, gamma))
    expected = [[255 * math.pow(value / 255, gamma) for value in row]
                for row in drawn().tolist()]
    assert np.allclose(found, expected, atol=1e-3)
    assert (found > drawn()).all() == (gamma < 1)


@pytest.mark.parametrize('gamma', [0.6, 1.9])
def test_levels_below_0_stay_below(gamma):
    """Of float images whose contrast grew."""
    levels = np.array([[-100, -1, 0, 1, 300]], np.float32)
    transform = RandomContrastGamma((1, 1), (gamma, gamma), prob=1)
    found = transform(dict(img=levels.copy()))['img']
    expected = np.sign(levels) * 255 * np.abs(levels / 255)**gamma
    assert np.allclose(found, expected, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize('name', ['contrast', 'gamma'])
def test_factors_are_log_uniform_within_the_range(name):
    np.random.seed(0)
    ranges = dict(dict(contrast=(1, 1), gamma=(1, 1)), **{name: (0.5, 2)})
    transform = RandomContrastGamma(prob=1, **ranges)
    levels = np.array([[64, 128]], np.float32)
    factors = []
    for _ in range(1000):
        low, high = transform(dict(img=levels))['img'][0].tolist()
        factors.append((high - low) / 64 if name == 'contrast' else
                       math.log2(high / low))
    assert 0.499 < min(factors) < 0.51 and 1.96 < max(factors) < 2.001
    # A quarter of them in each quarter of the range's logarithm.
    counts, _ = np.histogram(np.log2(factors), np.linspace(-1, 1, 5))
    assert (abs(counts - 250) < 4 * (1000 * 0.25 * 0.75)**0.5).all()


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


def test_deviations_are_drawn_from_the_range():
    np.random.seed(0)
    transform = SensorNoise((1, 5), prob=1)
    image = np.full((40, 40), 100, np.float32)
    found = [transform(dict(img=image))['img'].std() for _ in range(200)]
    assert 0.9 < min(found) < 1.3 and 4.7 < max(found) < 5.4
    assert np.mean(found) == pytest.approx(3, abs=0.35)


ROWS, COLUMNS = 30, 2000


def striped(image: np.ndarray, offset: float = 0, gain: float = 0,
        direction: str = 'columns', seed: int = 0) -> np.ndarray:
    np.random.seed(seed)
    transform = StripeNoise((offset, offset), (gain, gain), direction, prob=1)
    return transform(dict(img=image))['img'].astype(np.float64)


def flat_lines(level: float, shape=(ROWS, COLUMNS)) -> np.ndarray:
    return np.full(shape, level, np.float32)


def ramp() -> np.ndarray:
    """Grey levels that differ from row to row and column to column."""
    rows, cols = np.mgrid[:ROWS, :COLUMNS]
    return (20 + 5 * rows + cols % 50).astype(np.float32)


def test_offsets_are_constant_along_columns():
    added = striped(ramp(), offset=3) - ramp()
    assert np.allclose(added, added[0], atol=1e-4)
    assert added[0].std() == pytest.approx(3, rel=4 / (2 * COLUMNS)**0.5)
    assert abs(added[0].mean()) < 4 * 3 / COLUMNS**0.5


def test_rows_are_the_columns_of_the_transpose():
    image = np.ascontiguousarray(ramp().T)
    added = striped(image, offset=3, direction='rows') - image
    assert np.allclose(added, added[:, :1], atol=1e-4)
    assert added[:, 0].std() == pytest.approx(3, rel=4 / (2 * COLUMNS)**0.5)


def test_gains_are_constant_along_columns():
    gains = striped(ramp(), gain=0.05) / ramp()
    assert np.allclose(gains, gains[0], atol=1e-5)
    assert gains[0].std() == pytest.approx(0.05, rel=4 / (2 * COLUMNS)**0.5)
    assert abs(gains[0].mean() - 1) < 4 * 0.05 / COLUMNS**0.5


def test_gain_and_offset_are_linear_in_the_level():
    """Levels 0, 100 and 200 of the same lines."""
    dark, middle, bright = (
        striped(flat_lines(level), offset=2, gain=0.03)[0]
        for level in (0, 100, 200))
    assert np.allclose(bright - middle, middle - dark, atol=1e-3)
    assert dark.std() == pytest.approx(2, rel=0.1)
    gains = (bright - dark) / 200 - 1
    assert gains.std() == pytest.approx(0.03, rel=0.1)
    assert abs(np.corrcoef(dark, gains)[0, 1]) < 4 / COLUMNS**0.5


def test_either_direction_by_chance():
    transform = StripeNoise((3, 3), (0, 0), 'either', prob=1)
    np.random.seed(0)
    vertical = 0
    for _ in range(200):
        added = transform(dict(img=flat_lines(100, (6, 7))))['img'] - 100
        along = added.std(axis=0).max() < 1e-4
        across = added.std(axis=1).max() < 1e-4
        assert along != across
        vertical += along
    assert abs(vertical - 100) < 4 * 50**0.5


@pytest.mark.parametrize('direction', ['vertical', '', None])
def test_wrong_direction(direction):
    with pytest.raises(ValueError, match='direction must be one of columns, '
                       f'rows, either, got {direction!r}'):
        StripeNoise(direction=direction)
