import pytest

from projects.dstransnet.visualization.cost_scatter import (
    LARGEST,
    SMALLEST,
    CostPoint,
    draw_cost_scatter,
)


def test_bubbles_by_hand():
    figure = draw_cost_scatter({
        'large_$net$': CostPoint(100, 8, 70), 'half': CostPoint(10, 4, 60),
        'none': CostPoint(1, 0, 50)})
    (axes, ) = figure.axes
    assert axes.get_xscale() == 'log'
    assert [tuple(bubble.get_offsets()[0]) for bubble in axes.collections] \
        == [(100, 70), (10, 60), (1, 50)]
    assert [bubble.get_sizes()[0] for bubble in axes.collections] == [
        LARGEST, LARGEST / 2, SMALLEST]
    (legend, ) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        'large_$net$ (8.00 M)', 'half (4.00 M)', 'none (0.00 M)']


def test_many_models_differ_by_colour_or_marker():
    figure = draw_cost_scatter({
        f'model {n}': CostPoint(n + 1, 1, n) for n in range(30)})
    (legend, ) = figure.legends
    styles = {(line.get_color(), line.get_marker())
              for line in legend.get_lines()}
    assert len(styles) == 30


def test_no_model_is_an_error():
    with pytest.raises(ValueError, match='at least one model'):
        draw_cost_scatter({})
