"""tools/studies/benchmark_deform_conv.py on the smallest maps."""
import json
import runpy

import pytest
import torch
from helpers.tiny_project import ROOT, call_tool, error_of

TOOL = 'studies/benchmark_deform_conv.py'
SMALL = ('--device', 'cpu', '--batch', 2, '--sizes', 16, '--rounds', 1)


@pytest.fixture(scope='module')
def tool():
    return runpy.run_path(str(ROOT / 'tools' / TOOL))


def _cells(text):
    rows = [line.strip('|').split('|') for line in text.splitlines()
            if line.startswith('|')]
    return [[cell.strip() for cell in row] for row in rows]


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


def test_work_of_half_precision(tool):
    shape = tool['Shape'](block=2, batch=1, side=10)
    size, operations = shape.work(tool['BOTH'], torch.bfloat16)
    assert operations == 3 * 2 * 25 * 32 * 64 * 100
    once = 2 * 32 * 100 + 4 * 75 * 100 + 2 * 25 * 32 * 64
    assert size == 3 * once + 2 * (2 * 64 * 100)


def test_half_precision_for_all(tool):
    given = tool['arguments'](tool['Shape'](1, 1, 4), torch.bfloat16,
                              torch.device('cpu'))
    assert given['x'].dtype == given['weight'].dtype == torch.bfloat16
    assert given['offset'].dtype == torch.float32
    grad = torch.ones(1, 32, 4, 4, dtype=torch.bfloat16)
    for action in tool['actions']('torch', given, grad).values():
        action()


def test_one_out_of_memory_is_left_out(tool, capsys, monkeypatch):

    def fail(*args, **kwargs):
        raise torch.OutOfMemoryError('too large')

    monkeypatch.setitem(tool['DEFORM_CONV_IMPLS'], 'strips', fail)
    rows = tool['measure'](
        tool['Shape'](1, 1, 4), ['strips', 'torch'], torch.float32,
        torch.device('cpu'), dict(bytes_a_second=1, operations_a_second=1),
        rounds=1, calls=2)
    assert [row.impl for row in rows] == ['torch', 'torch']
    assert capsys.readouterr().err.startswith('strips: out of memory, Shape')


@pytest.mark.parametrize('words, text', [
    (('--sizes', 24), '--sizes: expected multiples of 16, got 24'),
    (('--batch', 0), '--batch: expected 1 or more, got 0'),
    (('--rounds', 0), '--rounds: expected 1 or more, got 0'),
    (('--calls', -1), '--calls: expected 1 or more, got -1'),
    (('--json', 'no/such/folder/a.json'), '--json: expected a file in a'),
    (('--device', 'nonsense'), '--device: expected cpu, cuda or cuda:N, got '
     "'nonsense'"),
    (('--device', 'meta'), '--device: expected cpu, cuda or cuda:N, got meta'),
], ids=str)
def test_bad_settings_are_one_line(words, text):
    assert error_of(call_tool(TOOL, *SMALL, *words)).startswith(text)


def test_an_implementation_that_cannot_run_is_named(monkeypatch):
    from projects.dstransnet.models.layers import deform_conv_available
    missing = [name for name in ('mmcv', 'torchvision', 'triton')
               if not deform_conv_available(name)]
    if not missing:
        pytest.skip('every implementation can run here')
    error = error_of(call_tool(TOOL, *SMALL, '--impls', missing[0]))
    assert error == f'--impls: {missing[0]} cannot run here'
