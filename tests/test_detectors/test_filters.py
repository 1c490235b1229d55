import numpy as np
import pytest

from projects.dstransnet.datasets import SceneConfig, synthesize_scene
from projects.dstransnet.detectors import (
    difference_of_gaussians,
    fit_top_hat,
    laplacian_of_gaussian,
    lcm,
    max_median,
    top_hat,
)


@pytest.mark.parametrize('image, expected', [
    (np.zeros((8, 8, 3), np.uint8), r'shape \(H, W\), got \(8, 8, 3\)'),
    (np.zeros((0, 8)), r'shape \(H, W\), got \(0, 8\)'),
    (np.zeros((8, 8), bool), 'integers or floats, got bool'),
])
def test_images_of_other_kinds_are_refused(image, expected):
    with pytest.raises(ValueError, match=expected):
        top_hat(image)


@pytest.mark.parametrize('size', [1, 4])
def test_sizes_that_have_no_centre_are_refused(size):
    with pytest.raises(ValueError, match=f'at least 3, got {size}'):
        lcm(np.zeros((8, 8)), sizes=(3, size))


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


def test_wrong_scales_are_named(spot):
    with pytest.raises(ValueError, match='sigmas must not be empty'):
        laplacian_of_gaussian(spot, ())
    with pytest.raises(ValueError, match='inner=2, outer=1'):
        difference_of_gaussians(spot, 2, 1)


def test_fit_agrees_with_counting_every_threshold():
    scenes = [synthesize_scene(SceneConfig(size=96), 2, n) for n in range(6)]
    images = [scene.image for scene in scenes]
    masks = [scene.mask for scene in scenes]
    ious = {}
    for size in (3, 7, 13):
        scores = np.stack([top_hat(image, size) for image in images])
        for threshold in range(256):
            found, truth = scores > threshold, np.stack(masks) > 0
            ious[size, threshold] = ((found & truth).sum()
                                     / (found | truth).sum())
    size, threshold, iou = fit_top_hat(images, masks, (3, 7, 13))
    assert iou == max(ious.values()) == ious[size, threshold]
    assert max(ious, key=ious.get) == (size, threshold)  # the lowest of equals
    with pytest.raises(ValueError, match='shorter'):
        fit_top_hat(images, masks[1:])
