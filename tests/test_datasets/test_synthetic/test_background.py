import numpy as np
import pytest

from projects.dstransnet.datasets.synthetic.background import (
    draw_background,
    fractal_field,
)


def power_slope(field: np.ndarray) -> float:
    """Exponent of the power spectrum between 4 and 32 cycles a side."""
    size = len(field)
    taper = np.hanning(size)
    power = abs(np.fft.fft2(field * np.outer(taper, taper)))**2
    cycles = np.fft.fftfreq(size, 1 / size)
    radius = np.hypot(cycles[:, None], cycles)
    rings = 2**np.arange(2, 6)
    means = [power[(radius >= r / 1.4) & (radius < r * 1.4)].mean()
             for r in rings]
    return np.polyfit(np.log(rings), np.log(means), 1)[0]


@pytest.mark.parametrize('persistence, exponent', [(0.5, -4), (0.7, -3.03)])
def test_power_of_a_field_falls_as_documented(persistence, exponent):
    slopes = [
        power_slope(
            fractal_field(
                np.random.default_rng(seed), (128, 128), (2, 2), persistence))
        for seed in range(8)
    ]
    assert np.mean(slopes) == pytest.approx(exponent, abs=0.35)


@pytest.mark.parametrize('shape', [(1, 100), (64, 64), (100, 131)])
def test_field_has_the_shape_and_is_normalised(shape):
    field = fractal_field(np.random.default_rng(0), shape, (1, 3), 0.6)
    assert field.shape == shape and field.dtype == np.float32
    assert field.mean() == pytest.approx(0, abs=1e-4)
    assert field.std() == pytest.approx(1, abs=1e-4)


def test_backgrounds_stay_in_range_and_some_have_buildings():
    built = 0
    for seed in range(60):
        image, buildings = draw_background(
            np.random.default_rng(seed), 96, clutter=1)
        assert image.shape == buildings.shape == (96, 96)
        assert image.dtype == np.float32
        assert 4 <= image.min() < image.max() <= 225
        built += buildings.any()
    assert 0 < built < 20
