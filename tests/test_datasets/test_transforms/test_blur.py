import math

import numpy as np
import pytest

from projects.dstransnet.datasets import RandomGaussianBlur, RandomMotionBlur
from projects.dstransnet.datasets.transforms.blur import motion_kernel

LENGTHS = [0.3, 2.5, 7.7]
ANGLES = [0, 0.2, math.pi / 2, 2.5]


def image(shape=(24, 31)) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.uniform(20, 230, shape).astype(np.float32)


def gaussian(levels: np.ndarray, sigma: float) -> np.ndarray:
    return RandomGaussianBlur((sigma, sigma), 1)(dict(img=levels))['img']


def motion(levels: np.ndarray, length: float, degrees: float) -> np.ndarray:
    transform = RandomMotionBlur((length, length), (degrees, degrees), 1)
    return transform(dict(img=levels))['img']


def point(side: int = 41) -> np.ndarray:
    """255 at the middle pixel."""
    levels = np.zeros((side, side), np.float32)
    levels[side // 2, side // 2] = 255
    return levels


def filtered(levels: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Correlate, the image mirrored at its borders, pixel by pixel."""
    radius = len(kernel) // 2
    padded = np.pad(levels.astype(np.float64), radius, mode='symmetric')
    out = np.zeros(levels.shape)
    for row in range(len(kernel)):
        for col in range(len(kernel)):
            out += kernel[row, col] * padded[row:row + levels.shape[0],
                                             col:col + levels.shape[1]]
    return out


def moments(kernel: np.ndarray) -> np.ndarray:
    """Covariance of (x, y), y upwards, in pixels."""
    radius = len(kernel) // 2
    rows, cols = np.mgrid[-radius:radius + 1, -radius:radius + 1]
    return np.cov(np.stack([cols, -rows]).reshape(2, -1), ddof=0,
                  aweights=kernel.reshape(-1))


# RandomGaussianBlur


@pytest.mark.parametrize('sigma', [0.4, 1, 2.3])
def test_gaussian_is_that_of_its_formula(sigma):
    """Borders included; the formula reaches farther than the filter."""
    radius = math.ceil(7 * sigma)
    offsets = np.arange(-radius, radius + 1)
    line = np.exp(-offsets**2 / (2 * sigma**2))
    kernel = np.outer(line, line) / line.sum()**2
    # Beyond 4 deviations there are 6e-5 of the weight.
    assert np.abs(gaussian(image(), sigma) -
                  filtered(image(), kernel)).max() < 0.05


def test_gaussian_deviation_is_drawn_from_the_range():
    np.random.seed(0)
    transform = RandomGaussianBlur((1, 3), 1)
    found = []
    for _ in range(100):
        covariance = moments(transform(dict(img=point()))['img'])
        found.append(covariance[0, 0]**0.5)
    assert 0.99 < min(found) < 1.1 and 2.9 < max(found) < 3.01
    assert np.mean(found) == pytest.approx(2, abs=4 * 0.58 / 10)


# RandomMotionBlur


@pytest.mark.parametrize('length', LENGTHS)
@pytest.mark.parametrize('angle', ANGLES)
def test_kernel_is_the_integral_along_the_line(length, angle):
    """Point by point, far finer, into the four pixels around each."""
    kernel = motion_kernel(length, angle)
    radius, count = len(kernel) // 2, 4001
    expected = np.zeros((2 * radius + 3, 2 * radius + 3))
    for step in range(count):
        along = length * (step / (count - 1) - 0.5)
        x = radius + 1 + along * math.cos(angle)
        y = radius + 1 - along * math.sin(angle)
        col, row = math.floor(x), math.floor(y)
        for right in (0, 1):
            for down in (0, 1):
                expected[row + down, col + right] += (
                    abs(1 - right - (x - col)) *
                    abs(1 - down - (y - row)) / count)
    assert np.allclose(np.pad(kernel, 1), expected, atol=1e-3)
    assert kernel.shape[0] == kernel.shape[1] == 2 * math.ceil(length / 2) + 1
    assert kernel.sum(dtype=np.float64) == pytest.approx(1, abs=1e-6)
    assert np.allclose(kernel, kernel[::-1, ::-1], atol=1e-7)


@pytest.mark.parametrize('length, degrees', [
    (2.5, 30), (5, 120), (14, 77), (6, 0), (1.5, 90)])
def test_motion_filters_by_the_kernel(length, degrees):
    """Borders included, and kernels large enough for a transform."""
    kernel = motion_kernel(length, math.radians(degrees))
    expected = filtered(image(), kernel)
    assert np.allclose(motion(image(), length, degrees), expected, atol=2e-3)


def test_lengths_and_angles_are_drawn_from_their_ranges():
    np.random.seed(0)
    transform = RandomMotionBlur((4, 10), (20, 70), 1)
    lengths, angles = [], []
    for _ in range(200):
        covariance = moments(transform(dict(img=point()))['img'])
        # Of the line alone: the part that interpolation does not add to.
        angle = 0.5 * math.atan2(2 * covariance[0, 1],
                                 covariance[0, 0] - covariance[1, 1])
        angles.append(math.degrees(angle))
        lengths.append((12 * 2 * covariance[0, 1] / math.sin(2 * angle))**0.5)
    assert 19 < min(angles) < 23 and 67 < max(angles) < 71
    assert 3.9 < min(lengths) < 4.4 and 9.7 < max(lengths) < 10.1
    assert abs(np.corrcoef(lengths, angles)[0, 1]) < 4 / 200**0.5


def test_images_smaller_than_the_kernel():
    levels = image((2, 3))
    assert np.isfinite(gaussian(levels, 4)).all()
    kernel = motion_kernel(13, math.radians(40))
    assert np.allclose(motion(levels, 13, 40), filtered(levels, kernel),
                       atol=2e-3)
