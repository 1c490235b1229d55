"""tools/benchmark_models.py as a user calls it."""
import json

import numpy as np
import pytest
from helpers.tiny_project import ROOT, error_of, run_tool

from projects.dstransnet.evaluation import EvaluationProtocol

TOOL = 'benchmark_models.py'


@pytest.fixture
def saved(tmp_path):
    """Two saved results of other programs."""
    mask = np.zeros((32, 32), np.float32)
    mask[4:7, 4:7] = 1
    protocol = EvaluationProtocol()
    for name, level in (('good', 0.9), ('bad', 0.3)):
        protocol.evaluate(
            ['a', 'b'], [protocol.measure(mask * level, mask)] * 2).write(
                str(tmp_path / name))
    return tmp_path


def test_saved_results_alone(saved):
    done = run_tool(TOOL, '--results', 'good', 'bad', '--reference', 'good',
                    '--metrics', 'IoU', 'Pd', '--out', 'out', cwd=saved)
    assert done.returncode == 0, done.stderr
    assert '| good |' in done.stdout
    assert '**100.00**' in done.stdout
    data = json.loads((saved / 'out/benchmark.json').read_text())
    assert list(data['runs']) == ['good', 'bad']
    assert data['runs']['bad']['p_values']['IoU'] < 0.01


@pytest.mark.parametrize(('arguments', 'message'), [
    ([], 'expected a config or --results, got neither'),
    (['a.py', '--epochs', 3], '--schedule, --epochs, --minutes, --seeds, '
     '--amp and --cfg-options need --train'),
    (['a.py', '--amp'], '--schedule, --epochs'),
    (['a.py', '--cfg-options', 'a=1'], '--schedule, --epochs'),
    (['a.py', '--train', '--cfg-options', 'randomness.seed=1'],
     '--cfg-options randomness.seed: use --seeds'),
    (['a.py', '--train', '--datasets', 'b.py', '--cfg-options',
      'test_evaluator.threshold=0.3'],
     '--cfg-options test_evaluator.threshold: the test is that of --datasets'),
    (['a.py', '--train', '--minutes', 0], '--minutes: expected more than 0'),
    (['a.py', '--datasets', 'b.py'], '--datasets: no file b.py'),
    (['a.py', '--train', '--seeds', 0], '--seeds: expected 1 or more, got 0'),
    (['--results', 'good', '--reference', 'x'],
     '--reference: expected one of good, got x'),
    (['good.py', '--results', 'good'],
     '--results: good is the name of a model too'),
    (['a.py', '--metrics', 'IoU', 'mIoU'], '--metrics: expected some of IoU, '
     'nIoU'),
    (['a.py', '--shape', -1, 3], '--shape: expected 1 or more, got -1'),
    (['a.py', '--shape', 0, 0], '--shape: expected 1 or more, got 0'),
    (['a.py', '--repeats', 0], '--repeats: expected 1 or more, got 0'),
    (['a.py', '--device', 'foo'], "--device: expected cpu"),
    (['a.py', '--names', '../../b'], '--names: expected names of folders'),
])
def test_bad_arguments(saved, arguments, message):
    done = run_tool(TOOL, *arguments, '--out', 'out', cwd=saved)
    assert error_of(done).startswith(message)


def test_a_config_that_cannot_be_read_is_reported_at_the_end(saved):
    done = run_tool(TOOL, 'missing.py', '--results', 'good', '--out', 'out',
                    cwd=saved)
    assert done.returncode == 1
    assert '| good |' in done.stdout
    assert 'error: missing: config: no file missing.py' in done.stderr


def test_why_nothing_can_be_drawn_is_told(saved):
    done = run_tool(TOOL, 'missing.py', '--images', 'a', '--out', 'out',
                    cwd=saved)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        'error: missing: config: no file missing.py',
        'error: --images: expected a config whose test is done']


def test_a_table_is_not_replaced_by_an_empty_one(saved):
    run_tool(TOOL, '--results', 'good', '--out', 'out', cwd=saved)
    table = (saved / 'out/benchmark.md').read_text()
    done = run_tool(TOOL, 'missing.py', '--out', 'out', cwd=saved)
    assert done.returncode == 1 and done.stdout == ''
    assert 'error: missing: config: no file missing.py' in done.stderr
    assert (saved / 'out/benchmark.md').read_text() == table


@pytest.mark.slow
def test_weights_training_and_saved_results_in_one_table(tiny, saved):
    broken = saved / 'broken.py'
    broken.write_text(f"_base_ = ['{tiny.config}']\n"
                      "data_root = 'nowhere'\n"
                      'train_dataloader = dict('
                      'dataset=dict(data_root=data_root))\n')
    arguments = (
        tiny.config, tiny.config, broken, '--names', 'given', 'trained',
        'broken', '--checkpoints', tiny.checkpoint, 'none', 'none',
        '--train', '--epochs', 1, '--results', 'good', '--reference',
        'given', '--repeats', 1, '--bootstrap', 20, '--out', 'out')
    first = run_tool(TOOL, *arguments, cwd=saved, PYTHONPATH=str(ROOT))
    assert first.returncode == 1
    assert 'broken: train' in first.stderr
    data = json.loads((saved / 'out/benchmark.json').read_text())
    assert list(data['failed']) == ['broken: train', 'broken: test']
    runs = data['runs']
    assert list(runs) == ['given', 'trained', 'broken', 'good']
    for name in ('given', 'trained'):
        assert runs[name]['cost']['measurement']['parameters'] > 0
        assert 'IoU' in runs[name]['result']['intervals_95']
    assert 'IoU' in runs['trained']['p_values']
    assert runs['good']['p_values'] == {}  # other images
    second = run_tool(TOOL, *arguments, cwd=saved, PYTHONPATH=str(ROOT))
    assert '6 of 8 jobs are done already' in second.stderr
    assert second.stdout == first.stdout
