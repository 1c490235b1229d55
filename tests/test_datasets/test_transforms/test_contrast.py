import math

import numpy as np
import pytest

from projects.dstransnet.datasets import RandomContrastGamma


def image(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(20, 230, (20, 30)).astype(np.float32)


def run(**kwargs) -> np.ndarray:
    results = dict(img=image())
    return RandomContrastGamma(prob=1, **kwargs)(results)['img']


@pytest.mark.parametrize('factor', [0.5, 1.7])
def test_contrast_is_around_the_mean(factor):
    mean = image().astype(np.float64).mean()
    found = run(contrast=(factor, factor), gamma=(1, 1))
    assert np.allclose(found, mean + factor * (image() - mean), atol=1e-3)
    assert found.mean() == pytest.approx(mean, abs=1e-3)
    assert found.std() == pytest.approx(factor * image().std(), rel=1e-4)


@pytest.mark.parametrize('gamma', [0.5, 2.2])
def test_gamma_is_a_power_of_the_part_of_255(gamma):
    found = run(contrast=(1, 1), gamma=(gamma, gamma))
    expected = [[255 * math.pow(value / 255, gamma) for value in row]
                for row in image().tolist()]
    assert np.allclose(found, expected, atol=1e-3)
    assert (found > image()).all() == (gamma < 1)


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
