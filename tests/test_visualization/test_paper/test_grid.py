import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.patches import Circle

from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.paper import draw_grid


def circles(axes) -> list[Circle]:
    return [each for each in axes.patches if isinstance(each, Circle)]


def test_panels_circles_and_insets(scenes):
    figure = draw_grid(scenes, colours={Kind.HIT: 'lime'})
    assert len(figure.axes) == 2 * 4
    image, good, bad, truth = figure.axes[:4]
    assert [axes.get_title() for axes in figure.axes[:4]] == [
        'Input', 'good_$x$', 'bad', 'Ground truth']
    assert not circles(image) and not circles(truth)
    missed, hit, alarm = circles(bad)
    assert missed.center == (11, 7)
    for circle, colour in ((missed, np.divide(Kind.MISSED.colour, 255)),
                           (hit, 'lime'),
                           (alarm, np.divide(Kind.FALSE_ALARM.colour, 255))):
        assert same_color(circle.get_edgecolor(), colour)
    # The inset hides neither the targets nor the false alarm.
    (inset, ) = bad.child_axes
    box = inset.get_window_extent()
    for circle in circles(bad):
        assert not box.contains(*bad.transData.transform(circle.center))
    assert inset.get_xlim() == (11 - 8, 11 + 8)
    assert [each.get_text() for each in figure.legends[0].get_texts()] == [
        'hit', 'missed', 'false alarm']


def test_panels_keep_the_shape_of_images(scenes):
    figure = draw_grid(scenes, width=4, legend=False)
    assert not figure.legends
    width, height = figure.axes[5].get_window_extent().size
    assert width / height == pytest.approx(64 / 48)


@pytest.mark.parametrize('content', ['scores', 'image'])
def test_contents(scenes, content):
    figure = draw_grid(scenes[:1], content=content)
    picture = figure.axes[1].get_images()[0].get_array()
    if content == 'image':
        assert np.array_equal(picture, scenes[0].image)
    else:
        assert picture[7, 11].sum() > 500 and picture[0, 0].sum() < 20


def test_bad_arguments(scenes):
    with pytest.raises(ValueError, match='content must be one of'):
        draw_grid(scenes, content='logits')
    with pytest.raises(ValueError, match='one or more of the same models'):
        draw_grid([])
