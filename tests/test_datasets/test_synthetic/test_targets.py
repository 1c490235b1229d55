
import numpy as np
import pytest
from helpers.slow_reference import chebyshev_distance

from projects.dstransnet.datasets.synthetic.targets import draw_shape, window
from projects.dstransnet.imaging.components import connected_components
from projects.dstransnet.imaging.signal_to_clutter import GUARD, RING
from projects.dstransnet.utils.errors import InputError


@pytest.mark.parametrize('area', [(2, 80), (2, 2), (5, 9), (60, 300)])
def test_shapes_have_the_area_and_one_component(area):
    rng = np.random.default_rng(0)
    for _ in range(40):
        shape = draw_shape(rng, area)
        assert area[0] <= shape.mask.sum() <= area[1]
        assert len(connected_components(shape.mask)) == 1


def test_shape_is_its_contribution_cut_at_half_and_at_the_guard():
    rng = np.random.default_rng(1)
    for _ in range(20):
        shape = draw_shape(rng, (2, 80))
        radius = len(shape.mask) // 2
        distance = chebyshev_distance(shape.mask)
        assert shape.contribution.max() == 1
        np.testing.assert_array_equal(shape.mask, shape.contribution >= 0.5)
        assert not shape.contribution[distance > GUARD].any()
        # Nothing visible is lost: a grey level of the brightest target.
        assert shape.contribution[distance == GUARD].max() < 0.05
        np.testing.assert_array_equal(
            shape.surroundings,
            (distance > GUARD) & (distance <= GUARD + RING))
        assert shape.reach == np.abs(np.argwhere(shape.mask) - radius).max()
        weights = shape.contribution / shape.contribution.sum()
        centre = [(np.arange(-radius, radius + 1) * weights.sum(axis)).sum()
                  for axis in (1, 0)]
        np.testing.assert_allclose(centre, shape.offset, atol=0.05)


def test_no_shape_of_such_an_area_is_an_error():
    with pytest.raises(InputError, match='area: no target shape .* 2.2 '):
        draw_shape(np.random.default_rng(0), (2.2, 2.8))


@pytest.mark.parametrize('centre', [(0, 0), (3, 8), (9, 5)])
def test_window_cuts_image_and_patch_alike(centre):
    image = np.arange(100).reshape(10, 10)
    padded = np.pad(image, 3, constant_values=-1)
    patch = padded[centre[0]:centre[0] + 7, centre[1]:centre[1] + 7]
    place, part = window(centre, 3, 10)
    np.testing.assert_array_equal(image[place], patch[part])
    assert image[place].size == (patch >= 0).sum()
