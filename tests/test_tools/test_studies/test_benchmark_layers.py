"""tools/studies/benchmark_layers.py on the smallest maps."""
import pytest
from helpers.tiny_project import call_tool, error_of

TOOL = 'studies/benchmark_layers.py'
SMALL = ('--batch', 1, '--rounds', 1, '--threads', 1)


def test_one_row_a_layer_and_format():
    result = call_tool(TOOL, *SMALL, '--maps', '2:8', '3:4')
    assert result.returncode == 0, result.stderr
    head, *rows = [[cell.strip() for cell in line.strip('|').split('|')]
                   for line in result.stdout.splitlines()
                   if line.startswith('|')]
    assert head[2:] == ['1 x 2 x 8 x 8', '1 x 3 x 4 x 4']
    assert len({tuple(row[:2]) for row in rows}) == 8
    for *_, first, second in rows:
        for cell in (first, second):
            assert len([float(part) for part in cell.split(' / ')]) == 2
    assert '1 threads, product of' in result.stdout


@pytest.mark.parametrize('words, text', [
    (('--maps', '8x256'), "--maps: expected CHANNELS:SIDE, got '8x256'"),
    (('--rounds', 0), '--rounds: expected 1 or more, got 0'),
], ids=str)
def test_bad_settings_are_one_line(words, text):
    assert error_of(call_tool(TOOL, *SMALL, *words)).startswith(text)
