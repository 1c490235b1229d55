import numpy as np

from projects.dstransnet.evaluation.target_contrast_metric import pd_over_scr
from projects.dstransnet.visualization.contrast_curve import draw_pd_over_scr


def test_points_bars_and_labels():
    scr = np.array([1.5, 1.6, 2.5, 7, 7])
    bins = pd_over_scr(scr, np.array([0, 1, 1, 1, 1]))
    figure = draw_pd_over_scr(bins, 'a title\nof two lines')
    upper, lower = figure.axes
    (line, ) = upper.lines[:1]
    assert line.get_ydata().tolist() == [50, 100, 100]
    # Empty bins in between stay, those at the ends do not.
    assert [bar.get_height() for bar in lower.patches] == [2, 1, 0, 0, 0, 2]
    names = [text.get_text() for text in lower.get_xticklabels()]
    assert names[0] == '1 .. 2' and names[-1] == '6 .. 8'
    assert upper.get_ylabel() == 'Detected targets Pd (%)'
    assert 'SCR' in lower.get_xlabel()


def test_no_targets_at_all():
    figure = draw_pd_over_scr(pd_over_scr(np.zeros(0), np.zeros(0)), 'none')
    figure.canvas.draw()
