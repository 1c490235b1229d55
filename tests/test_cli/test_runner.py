"""Hooks of runners."""
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import EMAHook

from projects.dstransnet import cli
from projects.dstransnet.cli import runner
from projects.dstransnet.cli.runner import hook_name
from projects.dstransnet.engine.hooks import RunRecordHook

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

    kind = type('Runner', (runner._WrapsTrainable, Plain), {})
    model = torch.nn.Linear(2, 2)
    assert kind().wrap_model(dict(a=1), model) == ('wrapped', dict(a=1))
    model.requires_grad_(False)
    assert kind().wrap_model(dict(a=1), model) is model
