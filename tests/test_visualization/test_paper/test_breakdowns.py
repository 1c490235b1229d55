import dataclasses

import numpy as np
import pytest

from projects.dstransnet.visualization.paper import (
    WIDTHS,
    draw_difficulty,
    draw_errors,
)


@pytest.mark.parametrize('width', WIDTHS.values())
def test_parts_add_up(results, width):
    figure = draw_errors(results, width=width)
    figure.draw_without_rendering()
    for axes, keys in zip(figure.axes, (
            ('seg_IoU', 'seg_merge', 'seg_interference', 'seg_perception'),
            ('loc_IoU', 'loc_many_to_one', 'loc_one_to_many',
             'loc_interference', 'loc_perception'))):
        bars = np.array([[bar.get_width() for bar in container]
                         for container in axes.containers])
        assert np.allclose(bars.sum(0), 100)
        for number, result in enumerate(results.values()):
            assert bars[:, number] == pytest.approx(
                [result.metrics[key] for key in keys])
        low, high = axes.get_ylim()
        assert low > high  # the first model is above
        extent = axes.get_legend().get_window_extent()
        assert 0 <= extent.x0 and extent.x1 <= width * figure.dpi


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


def test_bins_that_only_some_runs_have(results):
    """A rate stands above its own bin, and numbers that differ are not said.

    The second run has the targets of 1 to 4 pixels twice as large.
    """
    good, bad = results.values()
    moved = {each.label: each for each in bad.difficulty if each.by == 'area'}
    small, large = moved['1 to 4'], moved['10 to 25']
    bins = [
        dataclasses.replace(each, targets=0, detected=dict.fromkeys(
            each.detected, 0)) if each is small else
        dataclasses.replace(each, targets=1, detected=small.detected)
        if each is large else each for each in bad.difficulty]
    area = draw_difficulty(dict(good=good, bad=dataclasses.replace(
        bad, difficulty=bins))).axes[0]
    assert [tick.get_text() for tick in area.get_xticklabels()] == [
        '1 to 4', '5 to 9\n(3)', '10 to 25']
    first, second = (container[0].get_xdata() for container in area.containers)
    assert first.round().tolist() == [0, 1]
    assert second.round().tolist() == [1, 2]
