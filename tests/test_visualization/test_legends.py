import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from projects.dstransnet.visualization.legends import (
    fitting_columns,
    fitting_size,
    legend_below,
)

LABELS = ['a', '_b_$x$', 'a name of fifty letters'.ljust(50, '.')]


@pytest.mark.parametrize('size', [7, 9])
def test_columns_fit_in_the_figure(size):
    for width in (3, 6, 12):
        figure = Figure((width, 3), layout='constrained')
        columns = fitting_columns(figure, LABELS, size)
        legend_below(figure, [Line2D([], []) for _ in LABELS], LABELS,
                     columns, size=size)
        figure.draw_without_rendering()
        (legend, ) = figure.legends
        assert columns == 1 or legend.get_window_extent().width < (
            width * figure.dpi)
        assert [text.get_text() for text in legend.get_texts()] == LABELS
    assert columns == 3


def test_figure_grows_with_the_lines():
    heights = []
    for labels in (['a'], ['a', 'b'], ['a\nb', 'c']):
        figure = Figure((3, 3), layout='constrained')
        legend_below(figure, [Line2D([], [])] * len(labels), labels, 1)
        heights.append(figure.get_size_inches()[1] - 3)
    assert heights == pytest.approx([heights[0] * n for n in (1, 2, 4)])


def test_size_of_letters_that_fit():
    figure = Figure((3, 3))
    assert fitting_size(figure, ['a'], 1, 7) == 7
    small = fitting_size(figure, [LABELS[-1]], 0.5, 7)
    assert fitting_size(figure, [LABELS[-1]], 0.25, 7) == small / 2
