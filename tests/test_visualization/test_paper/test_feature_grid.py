import numpy as np
import pytest

from projects.dstransnet.visualization.paper import draw_feature_grid

IMAGE = np.full((32, 48, 3), 90, np.uint8)
ROWS = {
    'backbone': [('one', np.eye(8)), ('two', np.eye(4)), ('$_', np.eye(2))],
    'neck': [('one', np.eye(8))]}


@pytest.mark.parametrize('overlay', [False, True])
def test_places_and_titles(overlay):
    figure = draw_feature_grid(IMAGE, np.zeros((32, 48)), ROWS, 5, overlay)
    figure.draw_without_rendering()
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title() for axes in shown] == [
        'input', 'scores', 'one', 'two', '$_', 'one']
    assert [axes.get_ylabel() for axes in shown] == [
        '', '', 'backbone', '', '', 'neck']
    pictures = shown[2].get_images()
    assert len(pictures) == 1 + overlay
    assert np.array_equal(pictures[-1].get_array(), np.eye(8))
    if overlay:
        assert pictures[0].get_extent() == pictures[1].get_extent()


@pytest.mark.parametrize('overlay', [False, True])
def test_maps_of_a_padded_image_reach_beyond_it(overlay):
    figure = draw_feature_grid(IMAGE, np.zeros((32, 48)), ROWS, 5, overlay,
                               (64, 64))
    shown = [axes for axes in figure.axes if axes.get_visible()]
    for axes in shown[2:]:
        assert axes.get_images()[-1].get_extent() == [
            -.5, 63.5, 63.5, -.5]
    for axes in shown:
        assert axes.get_xlim() == (-.5, 47.5)
        assert axes.get_ylim() == (31.5, -.5)


def test_no_map():
    with pytest.raises(ValueError, match='at least one map'):
        draw_feature_grid(IMAGE, np.zeros((32, 48)), {'neck': []})
