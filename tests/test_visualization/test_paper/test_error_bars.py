import numpy as np
import pytest

from projects.dstransnet.visualization.paper import WIDTHS, draw_errors


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
