"""tools/analysis_tools/pick_threshold.py as a user calls it."""
import itertools
import math
import re

import pytest
from helpers.tiny_project import call_tool, error_of, evaluated, run_tool

from projects.dstransnet.evaluation import EvaluationResult, choose_threshold

TOOL = 'analysis_tools/pick_threshold.py'
SEEN_IN_TEST = ('warning: {} images of --split {} belong to the test split: '
                'figures on it with this threshold are too good')
SEEN_IN_TRAINING = ('warning: {} images of --split {} belong to the train '
                    'split: the network knows them; unseen images may want '
                    'another')
_numbers = itertools.count()


@pytest.fixture
def pick(tiny, tmp_path):
    """Run the tool in this process."""

    def call(*arguments: object, checkpoint=tiny.checkpoint, options=()):
        # Runs of one process need names of their own.
        return call_tool(
            TOOL, tiny.config, checkpoint, '--work-dir', tmp_path, *arguments,
            '--cfg-options', f'experiment_name=pick{next(_numbers)}', *options)

    return call


def warnings(result) -> list[str]:
    return [line for line in result.stderr.splitlines()
            if line.startswith('warning: ')]


def test_best_under_a_budget(tiny, tmp_path):
    """The validation split is the test split here."""
    curves = EvaluationResult.read(
        evaluated(tiny.config, tiny.checkpoint).out).curves
    budget = float(curves['Fa_component'].max()) / 4
    result = run_tool(
        TOOL, tiny.config, tiny.checkpoint, '--work-dir', tmp_path, '--split',
        'val', '--fa-budget', budget, '--fa', 'Fa_component', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    best = choose_threshold(curves, 'Pd', budget, 'Fa_component')
    value = f'{curves["threshold"][best]:g}'
    assert (f'\nBest Pd with Fa_component <= {budget:g}e-6 on val: threshold '
            f'{value}\n') in result.stdout
    assert result.stdout.endswith(f'CHECKPOINT --threshold {value}\n')
    for name in ('IoU', 'Pd', 'Fa_component', 'F1'):
        shown = re.search(rf'\n\| {name} +\| +(\S+) \|', result.stdout)
        assert shown[1] == f'{curves[name][best]:.2f}'
    assert warnings(result) == [SEEN_IN_TEST.format(3, 'val')]


def test_list_of_images(pick, tiny):
    (tiny.folder / 'SIRST/mixed.txt').write_text('Misc_1\nMisc_6\nMisc_7')
    result = pick('--split', 'mixed.txt', '--goal', 'IoU')
    assert result.returncode == 0, result.stderr
    assert '\nBest IoU on mixed.txt: threshold ' in result.stdout
    assert warnings(result) == [
        SEEN_IN_TEST.format(2, 'mixed.txt'),
        SEEN_IN_TRAINING.format(1, 'mixed.txt')]


def test_training_images_that_are_elsewhere(pick, tiny):
    """On another machine there may be the images to choose on alone."""
    result = pick('--split', 'test', '--goal', 'IoU', options=[
        'train_dataloader.dataset.data_root=/no/such'])
    assert result.returncode == 0, result.stderr
    seen, unknown = warnings(result)
    assert seen == SEEN_IN_TEST.format(3, 'test')
    assert unknown.startswith(
        'warning: whether --split test has images of the train split is not '
        'known: SIRSTDataset: no folder /no/such; check data_root')


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--split', 'val', '--goal', 'Pd'], '--goal Pd needs --fa-budget'),
    (['--split', 'val', '--fa', 'Fa'], '--fa needs --fa-budget'),
    *[(['--split', 'val', '--fa-budget', budget],
       f'--fa-budget must be 0 or more, got {budget}')
      for budget in (-1.0, math.nan)],
    *[(['--split', 'val', '--step', step],
       '--step must be a part of 1, as 0.01 is, of at least 0.0001, got '
       f'{step}') for step in (0.0, 0.03, math.nan)],
    ([], 'the following arguments are required: --split'),
    (['--split', 'val', '--goal', 'AUC'],
     "argument --goal: invalid choice: 'AUC'"),
    (['--split', 'none.txt'], 'SIRSTDataset: no split file '),
])
def test_bad_values_get_one_line(pick, arguments, message):
    assert error_of(pick(*arguments)).startswith(message)


def test_a_name_stands_for_shipped_weights(monkeypatch, tmp_path):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    result = call_tool(TOOL, 'lw-dstransnet-nano_sirst', '--split', 'val')
    assert error_of(result).startswith('SIRSTDataset: no folder ')


def test_missing_checkpoint(pick):
    result = pick('--split', 'val', checkpoint='none.pth')
    assert error_of(result) == 'checkpoint: no file none.pth'
