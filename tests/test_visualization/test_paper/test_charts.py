import numpy as np
import pytest

from projects.dstransnet.visualization.cost_scatter import CostPoint
from projects.dstransnet.visualization.paper import (
    draw_bubbles,
    draw_froc,
    draw_roc,
)
from projects.dstransnet.visualization.paper.charts import area_up_to


def test_area_by_steps():
    rates, found = np.array([0.5, 0, 3]), np.array([60., 20, 100])
    assert area_up_to(rates, found) == pytest.approx(0.5 * 0.2 + 0.5 * 0.6)
    assert area_up_to(rates, found, 4) == pytest.approx(
        (0.5 * 0.2 + 2.5 * 0.6 + 1) / 4)
    assert area_up_to(np.zeros(0), np.zeros(0)) == 0


@pytest.mark.parametrize('draw', [draw_roc, draw_froc])
def test_areas_are_in_the_legend(results, draw):
    figure = draw(results)
    figure.draw_without_rendering()
    first, second = (text.get_text()
                     for text in figure.legends[0].get_texts())
    assert first == 'good_$x$ (AUC 1.0000)'
    assert second.startswith('bad (AUC 0.')
    assert figure.axes[0].get_xscale() == 'log'


def test_bubbles():
    points = {'a': CostPoint(1, 2, 60), 'b': CostPoint(2000, 1, 70)}
    figure = draw_bubbles(points)
    figure.draw_without_rendering()
    (axes, ) = figure.axes
    large, small = (each.get_sizes()[0] for each in axes.collections)
    assert large == 2 * small
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert '100' in ticks and '200' not in ticks
    with pytest.raises(ValueError, match='at least one model'):
        draw_bubbles({})
