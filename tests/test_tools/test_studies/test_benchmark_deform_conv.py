"""tools/studies/benchmark_deform_conv.py on the smallest maps."""
import json

import pytest
from helpers.tiny_project import call_tool, error_of

TOOL = 'studies/benchmark_deform_conv.py'
SMALL = ('--device', 'cpu', '--batch', 2, '--sizes', 16, '--rounds', 1)


def _cells(text):
    rows = [line.strip('|').split('|') for line in text.splitlines()
            if line.startswith('|')]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.slow
def test_one_row_a_block_a_pass_and_an_implementation(tmp_path):
    file = tmp_path / 'result.json'
    result = call_tool(TOOL, *SMALL, '--blocks', 1, 2, '--impls', 'torch',
                       'strips', '--json', file)
    assert result.returncode == 0, result.stderr
    names, *cells = _cells(result.stdout)
    assert names[-2:] == ['of the limit', 'peak, MiB']
    passes = ('forward', 'forward + backward')
    assert [row[:5] for row in cells] == [
        [block, channels, maps, name, impl]
        for block, channels, maps in (('1', '3 - 32', '2 x 16 x 16'),
                                      ('2', '32 - 64', '2 x 8 x 8'))
        for name in passes for impl in ('torch', 'strips')]
    content = json.loads(file.read_text())
    limits = content['limits']
    assert content['dtype'] == 'float32' and len(content['rows']) == 8
    for row, shown in zip(content['rows'], cells):
        seconds = row['milliseconds'] / 1e3
        assert seconds > 0 and row['peak_bytes'] >= 0
        assert shown[5] == f"{row['milliseconds']:.3f}"
        share = max(row['gb_a_second'] * 1e9 / limits['bytes_a_second'],
                    row['gflop_a_second'] * 1e9 /
                    limits['operations_a_second'])
        assert row['of_the_limit'] == pytest.approx(share)
    first, both = content['rows'][0], content['rows'][2]
    pixels = 2 * 16 * 16
    for row, factor in ((first, 1), (both, 3)):
        assert row['gflop_a_second'] * row['milliseconds'] * 1e6 == (
            pytest.approx(factor * 2 * 25 * 3 * 32 * pixels))
    # Input, offset and mask, weight, and the output.
    assert first['gb_a_second'] * first['milliseconds'] * 1e6 == (
        pytest.approx(4 * ((3 + 75 + 32) * pixels + 25 * 3 * 32)))


@pytest.mark.parametrize('words, text', [
    (('--sizes', 24), '--sizes: expected multiples of 16, got 24'),
    (('--calls', -1), '--calls: expected 1 or more, got -1'),
    (('--json', 'no/such/folder/a.json'), '--json: expected a file in a'),
    (('--device', 'meta'), '--device: expected cpu, cuda or cuda:N, got meta'),
], ids=str)
def test_bad_settings_are_one_line(words, text):
    assert error_of(call_tool(TOOL, *SMALL, *words)).startswith(text)
