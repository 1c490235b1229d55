"""Rows of the table of bad input: losses and memory while training."""
import os
from unittest import mock

import pytest
import torch
from helpers.forked_ranks import on_ranks
from helpers.tables import error_lines, run_test, run_train

from projects.dstransnet import DSTransNetBackbone
from projects.dstransnet.checkpoint.reading import read_checkpoint

FORWARD = 'projects.dstransnet.DSTransNetBackbone.forward'
CUDA = torch.cuda.OutOfMemoryError(
    'CUDA out of memory. Tried to allocate 2.00 GiB.')


def fail_from(step, forward=DSTransNetBackbone.forward):
    """Return a backbone's forward whose features are NaN from a step on."""
    steps = iter(range(10**6))

    def stand_in(self, inputs):
        features = forward(self, inputs)
        if not self.training or next(steps) < step:
            return features
        return tuple(each * float('nan') for each in features)

    return stand_in


def test_a_loss_that_is_nan_stops_training(damaged):
    """In the second epoch, whose first step is the fourth."""
    project = damaged()
    with mock.patch(FORWARD, fail_from(3)):
        message = error_lines(run_train(
            project, 'train_cfg.max_epochs=2', 'train_cfg.val_interval=9',
            'default_hooks.checkpoint.save_best=None'))
    assert 'epoch 2, step 4: loss nan' in message
    assert message.count(f'{project.data}/images/Misc_') == 2
    assert [path.name for path in project.work_dir.glob('*.pth')] == [
        'epoch_1.pth']
    state = read_checkpoint(
        str(project.work_dir / 'epoch_1.pth'))['state_dict']
    assert all(torch.isfinite(value).all() for value in state.values()
               if value.is_floating_point())


def _distributed(project, folder):
    """The second process alone has a loss that is NaN."""
    rank = int(os.environ['RANK'])
    with mock.patch(FORWARD, fail_from(1 if rank else 10**6)), \
            mock.patch('os.getcwd', lambda: str(folder)):
        return error_lines(run_train(
            project, 'train_dataloader.batch_size=1', '--launcher',
            'pytorch'))


def test_all_processes_of_a_distributed_run_stop(damaged, tmp_path):
    project = damaged()
    first, second = on_ranks(2, _distributed, project, tmp_path)
    assert first == second
    assert 'epoch 1, step 2: loss nan' in first
    assert first.count(f'{project.data}/images/Misc_') == 1
    assert not list(project.work_dir.glob('*.pth'))


@pytest.mark.parametrize(('run', 'expected'), [
    (run_train, ['out of memory in train_step', '2 of 3 x 32 x 32',
                 'train_dataloader.batch_size']),
    (run_test, ['out of memory in test_step', '1 of 3 x 32 x 32',
                'tools/test.py --tile SIZE']),
])
def test_out_of_memory_says_what_to_change(run, expected, damaged):
    project = damaged()
    with mock.patch(FORWARD, side_effect=CUDA):
        message = error_lines(run(project))
    for text in (*expected, str(CUDA)):
        assert text in message
