"""Options of a training run."""
import argparse
import os

import pytest
import torch
from mmengine.config import Config

from projects.dstransnet import cli
from projects.dstransnet.cli import run_options
from projects.dstransnet.utils.errors import InputError


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ('WORLD_SIZE', 'SLURM_NTASKS', 'OMPI_COMM_WORLD_SIZE'):
        monkeypatch.delenv(name, raising=False)
    # Set, so that it is taken away again.
    monkeypatch.setenv('CUBLAS_WORKSPACE_CONFIG', ':16:8')


def config(**changes) -> Config:
    return Config({**dict(
        launcher='none',
        model=dict(
            backbone=dict(type='A', norm_cfg=dict(type='BN', eps=1)),
            decode_head=dict(norm_cfg=dict(type='GN', num_groups=1))),
        train_dataloader=dict(batch_size=4),
        optim_wrapper=dict(optimizer=dict(type='Adam', lr=1e-3)),
        auto_scale_lr=dict(enable=False, base_batch_size=8)), **changes})


def apply(cfg: Config, *words: str) -> Config:
    parser = argparse.ArgumentParser()
    cli.add_run_arguments(parser)
    cli.apply_run_options(cfg, parser.parse_args(words))
    return cfg


def test_without_options_a_config_stays_as_it_is():
    assert apply(config()).to_dict() == config().to_dict()


def test_seed():
    assert apply(config(), '--seed', '3').randomness == dict(seed=3)
    cfg = config(randomness=dict(seed=0, diff_rank_seed=True))
    assert apply(cfg, '--seed', '3').randomness == dict(
        seed=3, diff_rank_seed=True)


@pytest.mark.parametrize('seed', ['-1', '4294967296'])
def test_seeds_that_numpy_does_not_take(seed):
    with pytest.raises(InputError, match=f'--seed: .* got {seed}'):
        apply(config(), f'--seed={seed}')


def test_deterministic(monkeypatch):
    monkeypatch.delenv('CUBLAS_WORKSPACE_CONFIG')
    cfg = config(env_cfg=dict(cudnn_benchmark=True))
    apply(cfg, '--deterministic')
    assert cfg.randomness == dict(deterministic=True)
    assert cfg.env_cfg.cudnn_benchmark is False
    assert os.environ['CUBLAS_WORKSPACE_CONFIG'] == ':4096:8'


@pytest.mark.parametrize(('device', 'expected'), [
    ('cpu', False), ('cuda', True)])
def test_operators_that_vary_are_allowed_on_gpus(monkeypatch, device,
                                                 expected):
    monkeypatch.setattr(run_options, 'get_device', lambda: device)
    torch.use_deterministic_algorithms(True)
    try:
        run_options.allow_nondeterministic_operators()
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled(
        ) == expected
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize(('rule', 'processes', 'factor'), [
    ('linear', 1, 0.5), ('linear', 8, 4), ('sqrt', 8, 2), ('sqrt', 1, 0.5**.5),
    (None, 8, 4)])
def test_learning_rate_by_rule(monkeypatch, rule, processes, factor):
    monkeypatch.setenv('WORLD_SIZE', str(processes))
    settings = dict(base_batch_size=8, enable=True)
    if rule:
        settings['rule'] = rule
    cfg = apply(config(auto_scale_lr=settings, launcher='pytorch'),
                '--auto-scale-lr')
    assert cfg.optim_wrapper.optimizer.lr == pytest.approx(1e-3 * factor)
    # The runner does not scale again.
    assert cfg.auto_scale_lr.enable is False


def test_a_config_that_enables_it_gets_its_own_rule(monkeypatch):
    """mmengine would scale in proportion, whatever the rule."""
    monkeypatch.setenv('WORLD_SIZE', '8')
    settings = dict(base_batch_size=8, enable=True, rule='sqrt')
    cfg = apply(config(auto_scale_lr=settings, launcher='pytorch'))
    assert cfg.optim_wrapper.optimizer.lr == pytest.approx(2e-3)
    assert cfg.auto_scale_lr.enable is False


@pytest.mark.parametrize('settings', [
    dict(base_batch_size=8, enable=True),
    dict(base_batch_size=8, enable=False, rule='sqrt')])
def test_other_configs_are_left_to_the_framework(settings):
    cfg = apply(config(auto_scale_lr=settings))
    assert cfg.optim_wrapper.optimizer.lr == 1e-3
    assert cfg.auto_scale_lr == settings


def test_accumulated_steps_belong_to_the_batch():
    cfg = config()
    cfg.optim_wrapper.accumulative_counts = 6
    apply(cfg, '--auto-scale-lr')
    assert cfg.optim_wrapper.optimizer.lr == pytest.approx(3e-3)


@pytest.mark.parametrize(('launcher', 'variable'), [
    ('pytorch', 'WORLD_SIZE'), ('slurm', 'SLURM_NTASKS'),
    ('mpi', 'OMPI_COMM_WORLD_SIZE'), ('none', None)])
def test_number_of_processes(monkeypatch, launcher, variable):
    assert run_options.launched_processes(launcher) == 1
    if variable:
        monkeypatch.setenv(variable, '6')
        assert run_options.launched_processes(launcher) == 6


@pytest.mark.parametrize(('changes', 'message'), [
    (dict(auto_scale_lr=None), 'needs auto_scale_lr=dict.base_batch_size'),
    (dict(auto_scale_lr=dict(enable=True)), 'needs auto_scale_lr'),
    (dict(auto_scale_lr=dict(base_batch_size=0)), '1 or more, got 0'),
    (dict(auto_scale_lr=dict(base_batch_size=8, rule='cubic')),
     "rule: expected one of linear, sqrt, got 'cubic'"),
    (dict(train_dataloader=dict(batch_sampler=1)), 'batch_size in the config'),
    (dict(optim_wrapper=dict(optimizer=dict(type='A'))), 'optimizer.lr'),
])
def test_what_cannot_be_scaled(changes, message):
    with pytest.raises(InputError, match=message):
        apply(config(**changes), '--auto-scale-lr')


def test_batch_norms_of_all_processes():
    """The runner replaces them in the model, see its tests."""
    assert apply(config(), '--sync-bn').sync_bn == 'torch'
    with pytest.raises(InputError, match='--sync-bn: FlexibleRunner takes '):
        apply(config(runner_type='FlexibleRunner'), '--sync-bn')
