import numpy as np
import pytest

from projects.dstransnet.visualization.view import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    View,
    resize_map,
)


@pytest.mark.parametrize('size, scale', [
    ((100, 150), 3), ((200, 256), 2), ((1024, 1280), 0.4), ((1, 1), 512),
    ((300, 400), 1.28)
])
def test_images_fill_the_panel(size, scale):
    view = View.of(*size)
    assert view.scale == scale
    assert max(view.height, view.width) == round(max(size) * scale)
    assert view.height == pytest.approx(size[0] * scale, abs=0.5)


@pytest.mark.parametrize('size', [(1, 900), (900, 1), (3, 3), (40, 700)])
def test_panels_have_a_least_size(size):
    view = View.of(*size)
    panel = view.image(np.full(size, 7, np.uint8))
    assert panel.shape[0] >= LEAST_HEIGHT and panel.shape[1] >= LEAST_WIDTH
    top, left = view.offset
    image = panel[top:top + view.height, left:left + view.width]
    assert (image == 7).all()
    assert (panel == 7).sum() == image.size


@pytest.mark.parametrize('width', [512, 1279])
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
