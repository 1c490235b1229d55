import dataclasses
import json

import pytest
from helpers.benchmark_results import failed, result

from projects.dstransnet.profiling import (
    UNIT_FLOP,
    OperatorTime,
    describe_unit,
    draw_growth,
    exponents,
    operator_table,
    result_table,
)
from projects.dstransnet.profiling.results import speed_ups

RESULTS = [
    result(64, seconds=[8], memory=2**22),
    result(32, seconds=[2], memory=2**21),
    result(128, seconds=[32], memory=2**23),
    result(32, seconds=[1], compiled=True),
    failed(256),
    failed(256, compiled=True),
]


def test_figures():
    found = result(seconds=[4, 1, 2, 3, 9], unit=[0.5, 0.7, 0.4], batch=6)
    assert found.time.median == 3 and found.time.low == 2
    assert found.products == pytest.approx(6)
    assert found.images_per_second == pytest.approx(2)


def test_share_of_the_limit():
    # As many operations as the unit, in four times its time.
    found = result(macs=UNIT_FLOP // 2, seconds=[2], unit=[0.5])
    assert found.share_of_limit == pytest.approx(0.25)
    trained = result(macs=UNIT_FLOP // 2, seconds=[2], unit=[0.5], train=True)
    assert trained.step_macs == 3 * UNIT_FLOP // 2
    assert trained.share_of_limit == pytest.approx(0.75)
    assert result(macs=None).share_of_limit is None


def test_plain_data():
    found = json.loads(json.dumps(result(batch=2).as_dict()))
    assert found['case']['batch'] == 2 and found['form'] == 'plain'
    assert found['products'] == 4
    assert found['seconds'] == dict(median=2, low=2, high=2)
    assert found['measurement']['seconds'] == [2.0]
    assert found['measurement']['operators'][0]['name'] == 'aten::mm'
    lost = json.loads(json.dumps(failed().as_dict()))
    assert lost['problem'] == 'out of memory (no more)'
    assert 'measurement' not in lost


def cells(table):
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in str(table).splitlines() if line.startswith('|')]


def test_table():
    names, row, lost = cells(result_table([
        result(seconds=[2.0, 2.2, 2.4], batch=3, macs=5 * 10**9), failed()]))
    assert dict(zip(names, row)) == {
        'form': 'plain', 'batch': '3', 'height x width': '32 x 32',
        'ms': '2200.00', 'quartiles, ms': '2100.00 .. 2300.00',
        'products': '4.40', 'images/s': '1.36', 'GMACs': '5.00',
        'of the limit': '13%', 'memory, MiB': '1'}
    assert lost[3] == 'out of memory' and len(lost) == len(names)


def test_speed_up_over_the_plain_form():
    results = [
        result(), result(seconds=[1.0], unit=[0.25], compiled=True),
        result(64, seconds=[8.0]), failed(64, compiled=True),
        result(128), result(128, seconds=[0.5], compiled=True)]
    # The second machine was twice as fast: nothing gained.
    assert speed_ups(results) == {1: 1.0, 5: 4.0}
    names, *rows = cells(result_table(results))
    assert names[-2:] == ['first step, s', 'speed-up']
    assert [row[-1] for row in rows] == ['', '1.00', '', '', '', '4.00']
    assert rows[1][-2] == '12.34'


def test_operators_beyond_the_first_are_one_row():
    entries = [OperatorTime(f'op{n}', 2, 0.01, 0.05) for n in range(20)]
    names, *rows = cells(operator_table(entries))
    assert len(rows) == 16
    assert rows[0] == ['op0', '2', '10.00', '5.0%']
    assert rows[-1] == ['5 others', '10', '50.00', '25.0%']


def test_unit_is_of_all_cases():
    line = describe_unit([result(unit=[0.1]), failed(), result(unit=[0.3])])
    assert '200.00 ms' in line and '85.9 GFLOP/s' in line


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
    wide = result(64)
    wide = dataclasses.replace(wide, case=dataclasses.replace(
        wide.case, height=32, width=128))
    wide = draw_growth([result(64), wide, result(128)], 'shapes')
    assert [text.get_text() for text in wide.axes[0].get_xticklabels()] == [
        '64 x 64\n32 x 128', '128 x 128']
    figure.savefig(tmp_path / 'growth.png')
    assert (tmp_path / 'growth.png').stat().st_size > 10_000
