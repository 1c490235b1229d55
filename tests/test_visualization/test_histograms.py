import io

import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.datasets.statistics import (
    ImageStatistics,
    TargetStatistics,
)
from projects.dstransnet.visualization.histograms import draw_histograms


def record(areas, scrs, size=(20, 30)) -> ImageStatistics:
    targets = tuple(TargetStatistics(1, 2, area, scr, 0, 0)
                    for area, scr in zip(areas, scrs))
    return ImageStatistics('a', *size, 'uint8', 9, 1, targets)


SPLITS = dict(
    train=[record([4, 4, 300], [1, 2, np.nan]), record([], [])],
    test=[record([12], [5], (40, 30))])


def test_axes_have_units_and_shares_sum_to_a_hundred():
    figure = draw_histograms(SPLITS)
    areas, scrs, counts, sizes = figure.axes
    assert areas.get_xscale() == 'log'
    assert areas.get_xlabel() == 'target area / pixels'
    assert sizes.get_ylabel() == 'height / pixels'
    for axes in (areas, scrs):
        for patch in axes.patches:
            assert patch.get_data().values.sum() == pytest.approx(100)
    by_split = [[bar.get_height() for bar in bars]
                for bars in counts.containers]
    assert by_split == [[50, 0, 0, 50], [0, 100, 0, 0]]
    assert [text.get_text() for text in areas.get_legend().get_texts()
            ] == ['train', 'test']
    assert sizes.collections[1].get_offsets().tolist() == [[30, 40]]


@pytest.mark.parametrize('images', [
    [record([], [])],
    [record([1], [np.nan])],
])
def test_little_to_draw(images):
    stream = io.BytesIO()
    draw_histograms(dict(train=images)).savefig(stream)
    assert np.asarray(Image.open(stream)).std() > 0


def test_nothing_to_draw():
    for splits in ({}, dict(train=[])):
        with pytest.raises(ValueError, match='splits must be 1 to 3'):
            draw_histograms(splits)
