"""tools/studies/compare_tiling.py as a user calls it."""
import argparse
import collections
import json
import re
import runpy

import pytest
import torch
from helpers.tiny_project import ROOT, call_tool, error_of

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.profiling import peak_above

TOOL = 'studies/compare_tiling.py'
SMALL = ('--size', 96, 64, '--tile', 64, '--tile-overlap', 16, '--near', 4,
         '--targets', 1, 2, '--threshold', 0.2)


def test_figures(tiny, tmp_path):
    path = tmp_path / 'found.json'
    arguments = (TOOL, tiny.config, tiny.checkpoint, *SMALL, '--json', path)
    result = call_tool(*arguments, '--frames', 1)
    assert result.returncode == 0, result.stderr
    first = json.loads(path.read_text())
    assert len(first['frames']) == 1
    result = call_tool(*arguments, '--frames', 3)
    assert result.returncode == 0, result.stderr
    found = json.loads(path.read_text())
    # The first frame is taken from the file, with the time that it took.
    assert found['frames'][0] == first['frames'][0]
    assert [each['frame'] for each in found['frames']] == [0, 1, 2]
    assert found['settings']['tile'] == 64
    figures = found['figures']
    for kind in ('disagree', 'whole_wrong', 'tiled_wrong'):
        assert {zone: row['area'] for zone, row in figures[kind].items()} == (
            # Tiles end at 64 and start at 32, and overlap in between.
            dict(inside=3 * 64 * 56, overlap=3 * 64 * 24,
                 border=3 * 64 * 16))
    for run in ('whole', 'tiled'):
        counts = [each[run] for each in found['frames']]
        union = sum(each['predicted'] + each['actual']
                    - each['true_positives'] for each in counts)
        hits = sum(each['true_positives'] for each in counts)
        assert figures[run]['IoU'] == pytest.approx(100 * hits / union)
        wrong = sum(row['pixels']
                    for row in figures[f'{run}_wrong'].values())
        assert wrong == union - hits
        assert re.search(rf'\| +IoU \|.* {figures[run]["IoU"]:.2f} ',
                         result.stdout)
    for row in figures['disagree'].values():
        assert 0 <= row['tiled_wrong'] <= row['pixels']
    assert '3 frames' in result.stdout and 'They disagree on' in result.stdout
    other = call_tool(*arguments, '--frames', 1, '--seed', 3)
    assert 'found.json has other settings: seed was 1000, is 3' in (
        error_of(other))
    copy = tmp_path / tiny.checkpoint.name  # of other weights
    state = read_checkpoint(str(tiny.checkpoint))['state_dict']
    torch.save(dict(state_dict={key: value * 2 for key, value in
                                state.items()}), copy)
    other = call_tool(TOOL, tiny.config, copy, *SMALL, '--json', path)
    assert 'other settings: checkpoint_sha256 was' in error_of(other)
    path.write_text('[]')
    assert 'not of this tool' in error_of(call_tool(*arguments))


def test_one_tile_is_the_whole_frame(tiny):
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, '--size', 96, 96,
                       '--tile', 128, '--tile-overlap', 32, '--targets', 1, 2,
                       '--frames', 1)
    assert result.returncode == 0, result.stderr
    assert 'They disagree on 0 of 9216 pixels' in result.stdout


def test_memory_of_one(tiny):
    """Without a process of its own, of which the peak could be told apart."""
    tool = runpy.run_path(str(ROOT / 'tools' / TOOL))
    args = argparse.Namespace(
        config=str(tiny.config), checkpoint=str(tiny.checkpoint), device='cpu',
        size=(256, 256), tile=128, tile_overlap=0, tile_batch=1, threshold=0.5)
    whole, tiled = (tool['peak'](args, run, []) for run in ('whole', 'tiled'))
    assert 0 <= tiled[0] < whole[0]
    assert whole[1] == peak_above(lambda: None, torch.device('cpu')).method


@pytest.mark.slow  # two processes
def test_memory_of_both(tiny):
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, *SMALL, '--memory')
    assert result.returncode == 0, result.stderr
    for run in ('whole', 'tiled'):
        assert re.search(rf'^{run}: \d+ MiB at most above the loaded network',
                         result.stdout, re.M)


@pytest.mark.slow  # three processes
def test_memory_with_an_old_checkpoint(tiny, tmp_path):
    path = tmp_path / 'old.pth'
    state = read_checkpoint(str(tiny.checkpoint))['state_dict']
    torch.save(dict(state_dict=state, meta=collections.deque([1])), path)
    arguments = (TOOL, tiny.config, path, *SMALL, '--memory')
    result = call_tool(*arguments)
    assert error_of(result).startswith(f'checkpoint: {path} is not a')
    result = call_tool(*arguments, '--trust-checkpoint', path)
    assert result.returncode == 0, result.stderr
    assert 'tiled: ' in result.stdout


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--frames', '0'], '--frames must be positive, got 0'),
    (['--size', '100', '64'], '--size: expected multiples of 16'),
    (['--near', '-1'], '--near must be 0 or more, got -1'),
    (['--targets', '3', '1'], '--size, --targets: targets: expected'),
    (['--tile', '40', '--tile-overlap', '0'], 'multiples of 16 pixels'),
])
def test_wrong_arguments_get_one_line(tiny, arguments, message):
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, *arguments)
    assert message in error_of(result)
