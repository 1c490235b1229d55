import numpy as np
import pytest

from projects.dstransnet.datasets.labels import LocalThreshold
from projects.dstransnet.datasets.labels.shapes import Box, Point


@pytest.fixture
def image() -> np.ndarray:
    """A target of 3 x 3 pixels, and a brighter one 10 pixels beside it."""
    image = np.full((40, 40), 50, np.uint8)
    image[20:23, 12:15] = 90
    image[21, 13] = 150
    image[20:23, 24:27] = 250
    return image


def slow_region(image: np.ndarray, seed: tuple[int, int],
                level: float) -> np.ndarray:
    """Grow a region pixel by pixel."""
    found, queue = np.zeros(image.shape, bool), [seed]
    while queue:
        row, column = queue.pop()
        if (0 <= row < image.shape[0] and 0 <= column < image.shape[1]
                and image[row, column] > level and not found[row, column]):
            found[row, column] = True
            queue += [(row + a, column + b)
                      for a in (-1, 0, 1) for b in (-1, 0, 1)]
    return found


@pytest.mark.parametrize(('share', 'area'), [(0.3, 9), (0.5, 1)])
def test_share_of_the_contrast(image, share, area):
    found = LocalThreshold(share).pixels(image, Box(18, 10, 25, 17))
    assert found.sum() == area and found[21, 13]


def test_region_equals_one_grown_pixel_by_pixel():
    image = np.random.default_rng(0).normal(100, 20, (48, 48))
    box = image[20:30, 15:28]
    ring = image[12:38, 7:36].copy()
    ring[8:18, 8:21] = np.nan
    background = np.nanmedian(ring)
    level = background + 0.4 * (box.max() - background)
    expected = slow_region(
        box, np.unravel_index(box.argmax(), box.shape), level)
    found = LocalThreshold(0.4).pixels(image, Box(20, 15, 30, 28))
    assert np.array_equal(found[20:30, 15:28], expected)
    assert found.sum() == expected.sum()


def test_point_takes_the_brightest_pixel_near_it_alone(image):
    found = LocalThreshold().pixels(image, Point(20.5, 15.5))
    assert found[20:23, 12:15].all() and found.sum() == 9
    # Its square has the brighter target, which is farther than snap.
    found = LocalThreshold(reach=14).pixels(image, Point(20.5, 15.5))
    assert found[21, 13] and not found[21, 25]


def test_region_ends_at_the_box(image):
    image[20:23] = 200
    found = LocalThreshold().pixels(image, Point(21.5, 20.5))
    assert found.any(0).sum() == 17


def test_nothing_brighter_than_the_background(image):
    assert LocalThreshold().pixels(image, Box(2, 2, 6, 6)) is None
    assert LocalThreshold().pixels(image[:4, :4], Box(0, 0, 4, 4)) is None


def test_bad_arguments():
    for arguments in (dict(share=1), dict(share=-0.1), dict(reach=-1),
                      dict(snap=-1), dict(reach=1, snap=2)):
        with pytest.raises(ValueError, match='must be'):
            LocalThreshold(**arguments)
