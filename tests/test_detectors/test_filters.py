import numpy as np
import pytest

from projects.dstransnet.detectors import (
    difference_of_gaussians,
    laplacian_of_gaussian,
    max_median,
    top_hat,
)


@pytest.mark.parametrize('name, filter_, tolerance', [
    ('tophat', top_hat, 0),
    ('maxmedian', max_median, 1e-6),
    ('log', laplacian_of_gaussian, 1e-5),
    ('dog', difference_of_gaussians, 1e-5),
])
def test_goldens(check_golden, name, filter_, tolerance):
    check_golden(name, filter_, tolerance)


def slow_top_hat(image: np.ndarray, size: int) -> np.ndarray:
    """Image minus its opening, by windows; the outside never matters."""
    half = size // 2

    def windows(values: np.ndarray, outside: float) -> np.ndarray:
        padded = np.pad(values, half, constant_values=outside)
        return np.lib.stride_tricks.sliding_window_view(padded, (size, size))

    image = image.astype(np.float64)
    eroded = windows(image, np.inf).min((-2, -1))
    return image - windows(eroded, -np.inf).max((-2, -1))


@pytest.mark.parametrize('size', [3, 7])
@pytest.mark.parametrize('dtype', [np.uint8, np.float32])
def test_top_hat_is_image_minus_opening(size, dtype):
    image = np.random.default_rng(0).integers(0, 256, (40, 31)).astype(dtype)
    np.testing.assert_array_equal(
        top_hat(image, size), slow_top_hat(image, size))


def test_max_median_is_above_the_medians_of_four_lines():
    size, half = 5, 2
    image = np.random.default_rng(1).integers(0, 256, (14, 11), np.uint8)
    padded = np.pad(image.astype(float), half, 'edge')
    steps = np.arange(-half, half + 1)
    for y, x in np.ndindex(image.shape):
        background = max(
            np.median(padded[y + half + dy * steps, x + half + dx * steps])
            for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)))
        expected = max(float(image[y, x]) - background, 0)
        assert max_median(image, size)[y, x] == expected


def test_log_responds_most_at_the_scale_of_the_spot():
    rows, columns = np.indices((65, 65)) - 32
    image = 100 * np.exp(-(rows**2 + columns**2) / (2 * 2.**2))
    peaks = {sigma: laplacian_of_gaussian(image, [sigma])[32, 32]
             for sigma in (1, 2, 4)}
    assert max(peaks, key=peaks.get) == 2
    # sigma^2 times the Laplacian of a Gaussian of variance r^2 + sigma^2.
    assert peaks[2] == pytest.approx(100 * 2 * 4 * 4 / 8**2, rel=0.02)


def test_wrong_scales_are_named(spot):
    with pytest.raises(ValueError, match='sigmas must not be empty'):
        laplacian_of_gaussian(spot, ())
    with pytest.raises(ValueError, match='inner=2, outer=1'):
        difference_of_gaussians(spot, 2, 1)
