
from helpers.samples import failed, result

from projects.dstransnet.profiling import (
    OperatorTime,
    describe_unit,
    operator_table,
    result_table,
)
from projects.dstransnet.profiling import (
    profile_table as report,
)


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
    assert report.speed_ups(results) == {1: 1.0, 5: 4.0}
    names, *rows = cells(result_table(results))
    assert names[-2:] == ['first step, s', 'speed-up']
    assert [row[-1] for row in rows] == ['', '1.00', '', '', '', '4.00']
    assert rows[1][-2] == '12.34'


def test_first_steps_of_deployed_forms():
    names, _, row = cells(result_table(
        [result(), result(deployed=True, runtime='openvino')]))
    assert row[names.index('first step, s')] == '12.34'
    names, _ = cells(result_table([result(deployed=True, runtime='torch')]))
    assert 'first step, s' not in names


def test_operators_beyond_the_first_are_one_row():
    entries = [OperatorTime(f'op{n}', 2, 0.01, 0.05) for n in range(20)]
    names, *rows = cells(operator_table(entries))
    assert len(rows) == 16
    assert rows[0] == ['op0', '2', '10.00', '5.0%']
    assert rows[-1] == ['5 others', '10', '50.00', '25.0%']


def test_unit_is_of_all_cases():
    line = describe_unit([result(unit=[0.1]), failed(), result(unit=[0.3])])
    assert '200.00 ms' in line and '85.9 GFLOP/s' in line
