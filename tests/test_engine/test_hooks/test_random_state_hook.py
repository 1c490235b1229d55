import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from helpers.forked_ranks import on_ranks
from helpers.forked_training import as_one_thread, assert_same_end
from helpers.tiny_project import call_tool
from helpers.toy_training import write_config

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.engine.hooks import RandomStateHook
from projects.dstransnet.engine.hooks.random_state_hook import (
    random_state,
    set_random_state,
)

RESUMED = SimpleNamespace(
    _resume=True, iter=7, train_loop=None, val_loop=None)


def draw() -> tuple:
    # One number of a pair stays in the generator's state.
    return (random.random(), random.gauss(0, 1), np.random.rand(),
            np.random.randn(), torch.rand(()).item())


def test_states_are_plain_data_and_complete(tmp_path):
    draw()
    torch.save(random_state(), tmp_path / 'state.pth')
    expected = [draw() for _ in range(3)]
    set_random_state(read_checkpoint(str(tmp_path / 'state.pth')))
    assert [draw() for _ in range(3)] == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')
def test_states_of_a_gpu(tmp_path):
    torch.save(random_state(), tmp_path / 'state.pth')
    expected = torch.rand(5, device='cuda')
    state = read_checkpoint(str(tmp_path / 'state.pth'), map_location='cuda')
    set_random_state(state)
    assert torch.equal(torch.rand(5, device='cuda'), expected)


def test_only_checkpoints_to_resume_from_have_states():
    hook, best, last = RandomStateHook(), {}, dict(optimizer={})
    for checkpoint in (best, last):
        hook.before_save_checkpoint(RESUMED, checkpoint)
    assert best == {}
    assert len(last['random_states']) == 1


def test_weights_to_start_from_change_nothing():
    hook, state = RandomStateHook(), random_state()
    checkpoint = dict(random_states=[state])
    draw()
    before = random_state()
    hook.after_load_checkpoint(SimpleNamespace(_resume=False), checkpoint)
    hook.before_train(RESUMED)
    assert random.getstate() == before['python']


@pytest.mark.parametrize('count', [0, 2])
def test_states_of_other_processes_are_not_taken(count, monkeypatch):
    hook, before, said = RandomStateHook(), random.getstate(), []
    monkeypatch.setattr(
        'projects.dstransnet.engine.hooks.random_state_hook.print_log',
        lambda message, *_: said.append(message))
    hook.after_load_checkpoint(
        RESUMED, dict(random_states=[random_state()] * count))
    assert f'random states of {count} processes, this run has 1' in said[0]
    hook.before_train(RESUMED)
    assert random.getstate() == before


def test_each_process_gets_its_own_back(tmp_path):
    config = write_config(
        tmp_path, randomness=dict(seed=3, diff_rank_seed=True))

    def run(work_dir: str, *arguments: str) -> int:
        results = []
        as_one_thread(lambda: results.append(
            call_tool('train.py', config, '--launcher', 'pytorch',
                      '--work-dir', tmp_path / work_dir, *arguments)))
        assert not results[0].returncode, results[0].stderr
        return results[0].returncode

    on_ranks(2, run, 'whole')
    on_ranks(2, run, 'run', '--cfg-options', 'train_cfg.max_epochs=2')
    first, second = read_checkpoint(
        str(tmp_path / 'run' / 'epoch_2.pth'))['random_states']
    assert not torch.equal(first['torch'], second['torch'])
    on_ranks(2, run, 'run', '--resume')
    assert_same_end(tmp_path / 'run', tmp_path / 'whole')
