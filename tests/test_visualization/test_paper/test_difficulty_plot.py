import pytest

from projects.dstransnet.visualization.paper import draw_difficulty


def test_rates_and_numbers_of_targets(results):
    figure = draw_difficulty(results)
    figure.draw_without_rendering()
    area, scr, border, targets = figure.axes
    assert area.get_title() == 'Area (pixels)'
    labels = [tick.get_text() for tick in area.get_xticklabels()]
    assert labels == ['1 to 4\n(1)', '5 to 9\n(3)']
    good, bad = (container[0].get_ydata() for container in area.containers)
    assert good.tolist() == [100, 100]
    assert bad.tolist() == pytest.approx([100, 100 / 3])
    assert len(figure.legends[0].get_texts()) == 2
