
import pytest
from helpers.samples import failed, result

from projects.dstransnet.profiling import draw_growth, exponents

RESULTS = [
    result(64, seconds=[8], memory=2**22),
    result(32, seconds=[2], memory=2**21),
    result(128, seconds=[32], memory=2**23),
    result(32, seconds=[1], compiled=True),
    failed(256),
    failed(256, compiled=True),
]


def test_exponents():
    found = exponents(RESULTS)
    assert found['plain'] == dict(
        products=pytest.approx(1), memory=pytest.approx(0.5))
    # The other form has one size, and one that failed.
    assert list(found) == ['plain']


def test_figure(tmp_path):
    figure = draw_growth(RESULTS, 'a title')
    time, memory = figure.axes
    for axes in (time, memory):
        assert axes.get_xscale() == axes.get_yscale() == 'log'
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert labels == ['plain', 'plain compiled', 'linear in pixels']
        ticks = [text.get_text() for text in axes.get_xticklabels()]
        assert '256 x 256' in ticks
    plain, _, linear = time.get_lines()
    assert list(plain.get_xdata()) == [32**2, 64**2, 128**2]
    assert list(plain.get_ydata()) == [4, 16, 64]
    assert list(linear.get_ydata()) == [4, 16, 64]
    plain, _, linear = memory.get_lines()
    assert list(plain.get_ydata()) == [2, 4, 8]
    assert list(linear.get_ydata()) == [0.5, 2, 8]
    assert [text.get_text() for text in time.texts] == ['4', '16', '64', '2']
    figure.savefig(tmp_path / 'growth.png')
    assert (tmp_path / 'growth.png').stat().st_size > 10_000


def test_figure_of_nothing(tmp_path):
    draw_growth([failed()], 'none').savefig(tmp_path / 'growth.png')
