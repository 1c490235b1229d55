import numpy as np
import pytest

from projects.dstransnet.visualization.view import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    LONG_SIDE,
    View,
    heat,
    resize_map,
)


@pytest.mark.parametrize('size, scale', [
    ((64, 64), 8), ((96, 128), 4), ((256, 256), 2), ((200, 256), 2),
    ((512, 300), 1), ((1024, 1280), 0.4), ((1, 1), 512), ((300, 400), 1.28)
])
def test_images_fill_the_panel(size, scale):
    view = View.of(*size)
    assert view.scale == scale
    assert max(view.height, view.width) == LONG_SIDE
    assert view.height == pytest.approx(size[0] * scale, abs=0.5)


def test_from_two_on_the_factor_is_whole():
    assert View.of(100, 150) == View(3, 300, 450)


@pytest.mark.parametrize('size', [(1, 900), (900, 1), (3, 3), (40, 700)])
def test_panels_have_a_least_size(size):
    view = View.of(*size)
    panel = view.image(np.full(size, 7, np.uint8))
    assert panel.shape[0] >= LEAST_HEIGHT and panel.shape[1] >= LEAST_WIDTH
    top, left = view.offset
    image = panel[top:top + view.height, left:left + view.width]
    assert (image == 7).all()
    assert (panel == 7).sum() == image.size


@pytest.mark.parametrize('width', [512, 320, 1279])
def test_every_pixel_of_a_map_survives_shrinking(width):
    factor = 1280 / width
    for position in range(0, 1280 * 9, 7):
        values = np.zeros((9, 1280), np.float32)
        values.flat[position] = 0.9
        small = resize_map(values, width, 4)
        assert small.max() == np.float32(0.9)
        columns = np.nonzero(small)[1]
        middle = (columns.mean() + 0.5) * factor
        # Half a pixel of the small map, half a pixel of the large one.
        assert abs(middle - position % 1280 - 0.5) <= factor / 2 + 0.5


def test_maps_grow_as_squares():
    mask = np.eye(3, dtype=np.uint8)
    large = resize_map(mask, 12, 12)
    assert (large == np.kron(mask, np.ones((4, 4)))).all()


def test_heat_gets_brighter_evenly():
    colours = heat(np.linspace(0, 1, 256)[None])[0].astype(float)
    brightness = colours @ (0.299, 0.587, 0.114)
    assert brightness[0] < 5 and brightness[-1] > 240
    assert (np.diff(brightness) > -0.5).all()
