import numpy as np
import pytest

from projects.dstransnet.visualization.paper import (
    CostPoint,
    draw_bubbles,
    draw_froc,
    draw_roc,
)
from projects.dstransnet.visualization.paper.charts import (
    LARGEST,
    SMALLEST,
    area_up_to,
)


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


def test_bubbles_by_hand():
    figure = draw_bubbles({
        'large_$net$': CostPoint(2000, 8, 70), 'half': CostPoint(10, 4, 60),
        'none': CostPoint(1, 0, 50)}, width=4)
    figure.draw_without_rendering()
    (axes, ) = figure.axes
    assert [tuple(bubble.get_offsets()[0]) for bubble in axes.collections] \
        == [(2000, 70), (10, 60), (1, 50)]
    assert [bubble.get_sizes()[0] for bubble in axes.collections] == [
        4 * LARGEST, 2 * LARGEST, SMALLEST]
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert '100' in ticks and '200' not in ticks
    (legend, ) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        'large_$net$ (8.00 M)', 'half (4.00 M)', 'none (0.00 M)']
    with pytest.raises(ValueError, match='at least one model'):
        draw_bubbles({})


def test_many_models_differ_by_colour_or_marker():
    figure = draw_bubbles({
        f'model {n}': CostPoint(n + 1, 1, n) for n in range(30)})
    (legend, ) = figure.legends
    styles = {(line.get_color(), line.get_marker())
              for line in legend.get_lines()}
    assert len(styles) == 30
