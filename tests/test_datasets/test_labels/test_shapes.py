import numpy as np
import pytest
from matplotlib.path import Path

from projects.dstransnet.datasets.labels.shapes import (
    Box,
    Point,
    Polygon,
    box_slices,
    polygon_mask,
    shape_pixels,
)
from projects.dstransnet.utils.errors import InputError


def test_box_covers_the_centres_inside():
    rows, columns = box_slices(Box(1.4, 2.6, 3.6, 5.4), (8, 8))
    assert (rows, columns) == (slice(1, 4), slice(3, 5))


def test_box_without_a_centre_is_the_pixel_of_its_own():
    mask = shape_pixels(Box(2.6, 3.6, 2.9, 3.9), (8, 8))
    assert np.argwhere(mask).tolist() == [[2, 3]]


def test_box_is_cut_at_the_border():
    assert shape_pixels(Box(-3, 6, 2, 11), (8, 8)).sum() == 2 * 2
    assert box_slices(Box(1, 2, float('inf'), 3), (8, 9)) == (
        slice(1, 8), slice(2, 3))
    with pytest.raises(InputError, match='inside of the image of 9 x 8 pixel'):
        box_slices(Box(8, 0, 9, 3), (8, 9))


@pytest.mark.parametrize('seed', range(3))
def test_polygon_equals_that_of_another_library(seed):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radii = rng.uniform(3, 14, (9, 1))
    vertices = 15.3 + radii * np.stack((np.sin(angles), np.cos(angles)), 1)
    size = (30, 32)
    centres = np.indices(size).reshape(2, -1).T + 0.5
    expected = Path(vertices).contains_points(centres).reshape(size)
    polygon = Polygon((tuple(map(tuple, vertices.tolist())), ))
    assert np.array_equal(polygon_mask(polygon, size), expected)


def test_polygon_of_several_outlines_and_of_none_inside():
    mask = polygon_mask(Polygon.of_xy([
        [0, 0, 2, 0, 2, 2, 0, 2], [5.6, 3.6, 5.9, 3.6, 5.9, 3.9]]), (6, 8))
    assert np.argwhere(mask).tolist() == [
        [0, 0], [0, 1], [1, 0], [1, 1], [3, 5]]


def test_point_is_its_pixel():
    assert np.argwhere(shape_pixels(Point(2.9, 0.1), (4, 4))).tolist() == [
        [2, 0]]
    with pytest.raises(InputError, match='inside of the image'):
        shape_pixels(Point(4.1, 0), (4, 4))
