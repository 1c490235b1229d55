import numpy as np
import pytest

from projects.dstransnet.detectors.patches import Patches


def image_of(shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape)


@pytest.mark.parametrize('overlap', ['last', 'median'])
@pytest.mark.parametrize('shape, size, step', [
    ((20, 31), 8, 8), ((20, 31), 8, 3), ((9, 40), 12, 5)])
def test_joined_patches_are_the_image(shape, size, step, overlap):
    image = image_of(shape)
    patches = Patches(shape, size, step)
    np.testing.assert_array_equal(
        patches.join(patches.cut(image), overlap), image)


def test_order_is_column_by_column():
    image = image_of((12, 16))
    cut = Patches(image.shape, 8, 4).cut(image)
    corners = [(0, 0), (4, 0), (0, 4), (4, 4), (0, 8), (4, 8)]
    assert cut.shape == (8, 8, len(corners))
    for number, (y, x) in enumerate(corners):
        np.testing.assert_array_equal(
            cut[..., number], image[y:y + 8, x:x + 8])


def test_far_borders_are_left_out_unless_anchored():
    image = image_of((15, 15))
    loose, anchored = (Patches(image.shape, 5, 4, each)
                       for each in (False, True))
    joined = loose.join(loose.cut(image), 'median')
    np.testing.assert_array_equal(joined[:13, :13], image[:13, :13])
    assert (joined[13:] == 0).all() and (joined[:, 13:] == 0).all()
    assert anchored.rows == [0, 4, 8, 10]


@pytest.mark.parametrize('size, step', [(6, 2), (7, 3), (5, 4)])
def test_overlaps_pixel_by_pixel(size, step):
    shape = (17, 14)
    patches = Patches(shape, size, step)
    values = np.random.default_rng(1).normal(
        size=patches.cut(np.zeros(shape)).shape)
    covering = {pixel: [] for pixel in np.ndindex(shape)}
    corners = [(y, x) for x in patches.columns for y in patches.rows]
    for number, (y, x) in enumerate(corners):
        for dy, dx in np.ndindex(size, size):
            covering[y + dy, x + dx].append(values[dy, dx, number])
    medians, last = (patches.join(values, overlap)
                     for overlap in ('median', 'last'))
    for pixel, found in covering.items():
        assert medians[pixel] == pytest.approx(np.median(found))
        assert last[pixel] == found[-1]


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match='positive, got 8 and 0'):
        Patches((20, 20), 8, 0)
