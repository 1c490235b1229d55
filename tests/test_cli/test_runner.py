"""Hooks of runners."""
import copy

import pytest
import torch
from mmcv.cnn import build_norm_layer
from mmengine.config import Config
from mmengine.hooks import EMAHook

from projects.dstransnet import cli
from projects.dstransnet.cli import runner
from projects.dstransnet.cli.runner import hook_name
from projects.dstransnet.engine.hooks import RunRecordHook
from projects.dstransnet.utils.errors import InputError

NAMES = ['RunRecordHook', 'FiniteLossHook', 'MemoryHook',
         'SegmentorCheckHook', 'BatchSizeHook']


@pytest.mark.parametrize('hook', [
    dict(type='RunRecordHook'),
    dict(type='mmseg.RunRecordHook'),
    dict(type='projects.dstransnet.engine.hooks.RunRecordHook'),
    dict(type=RunRecordHook, contents=False),
    RunRecordHook(),
])
def test_names_of_hooks(hook):
    assert hook_name(hook) == 'RunRecordHook'


@pytest.mark.parametrize('hook', [dict(), dict(type=EMAHook)])
def test_names_of_other_hooks(hook):
    assert hook_name(hook) != 'RunRecordHook'


def test_any_config_gets_the_hooks_of_every_run():
    cfg = Config(dict(custom_hooks=[dict(type='EMAHook')]))
    for _ in range(2):
        cli.add_run_hooks(cfg)
        assert [hook.type for hook in cfg.custom_hooks] == ['EMAHook', *NAMES]
    cfg = Config(dict(custom_hooks=None))
    cli.add_run_hooks(cfg)
    assert cfg.custom_hooks == [dict(type=name) for name in NAMES]


def test_hooks_that_a_config_has_are_not_added():
    own = [dict(type='mmseg.MemoryHook'),
           dict(type=RunRecordHook, contents=False)]
    cfg = Config(dict(custom_hooks=own))
    cli.add_run_hooks(cfg)
    assert cfg.custom_hooks == [*own, dict(type='FiniteLossHook'),
                                dict(type='SegmentorCheckHook'),
                                dict(type='BatchSizeHook')]


def test_hooks_among_the_default_ones_are_not_added():
    cfg = Config(dict(default_hooks=dict(
        record=dict(type='RunRecordHook', contents=False), logger=None)))
    cli.add_run_hooks(cfg)
    assert [hook.type for hook in cfg.custom_hooks] == NAMES[1:]


def test_models_without_weights_stay_unwrapped():
    class Plain:

        def wrap_model(self, settings, model):
            return 'wrapped', settings

    kind = type('Runner', (runner._ToolRunner, Plain), dict(
        cfg=Config(), distributed=False))
    model = torch.nn.Linear(2, 2)
    assert kind().wrap_model(dict(a=1), model) == ('wrapped', dict(a=1))
    model.requires_grad_(False)
    assert kind().wrap_model(dict(a=1), model) is model


@pytest.mark.parametrize('device, shared, kinds', [
    ('cpu', None, ['BatchNorm2d', 'PortableSyncBN']),
    ('cpu', 'torch', ['PortableSyncBN', 'PortableSyncBN']),
    ('cuda', 'torch', ['BatchNorm2d', 'SyncBatchNorm']),  # mmengine goes on
])
def test_batch_norms_of_several_processes(monkeypatch, device, shared, kinds):
    seen = []

    class Plain:

        def wrap_model(self, settings, model):
            seen.append(copy.deepcopy(self.cfg.get('sync_bn')))
            return model

    monkeypatch.setattr(runner, 'get_device', lambda: device)
    cfg = Config({} if shared is None else dict(sync_bn=shared))
    kind = type('Runner', (runner._ToolRunner, Plain), dict(
        cfg=cfg, distributed=True))
    model = torch.nn.Sequential(
        torch.nn.BatchNorm2d(2), build_norm_layer(dict(type='SyncBN'), 2)[1])
    found = kind().wrap_model(None, model)
    assert [type(each).__name__ for each in found] == kinds
    # On CPUs mmengine has nothing left to replace.
    assert seen == [shared if device == 'cuda' else None]
    assert cfg.get('sync_bn') == shared


def test_shared_statistics_need_a_batch_norm():
    kind = type('Runner', (runner._ToolRunner, object), dict(
        cfg=Config(dict(sync_bn='torch')), distributed=True,
        wrap_model=runner._ToolRunner.wrap_model))
    with pytest.raises(InputError, match='--sync-bn .* batch norms, and it'):
        type('Runner', (kind, type('Plain', (), dict(
            wrap_model=None))), {})().wrap_model(None, torch.nn.Linear(2, 2))


def test_initial_weights_have_to_fit_the_backbone(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(
        runner, 'print_log', lambda text, *settings: told.append(text))

    def network(width: int, head: int) -> torch.nn.Module:
        return torch.nn.ModuleDict(dict(
            backbone=torch.nn.Linear(2, width),
            head=torch.nn.Linear(4, head)))

    path = str(tmp_path / 'a.pth')
    torch.save(dict(state_dict={
        f'module.{name}': value
        for name, value in network(4, 1).state_dict().items()}), path)
    cli.check_initial_weights(path, network(4, 1))
    assert told == []
    cli.check_initial_weights(path, network(4, 3))
    assert told == [f'load_from: 2 of 4 tensors come from {path}']
    with pytest.raises(InputError, match='load_from: .*a.pth: expected weights'
                       ' of the model, such as backbone.bias, got module.b'):
        cli.check_initial_weights(path, network(5, 1))
