"""--amp and --amp-dtype of tools/train.py."""
import argparse

import pytest
import torch
from mmengine.config import Config

from projects.dstransnet import cli
from projects.dstransnet.cli import amp_option
from projects.dstransnet.utils.errors import InputError

ADAM = dict(type='Adam', lr=1e-3)


def _after(kind, device, monkeypatch, **wrapper):
    monkeypatch.setattr(amp_option, 'get_device', lambda: device)
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda **_: True)
    config = Config(dict(optim_wrapper=dict(optimizer=ADAM, **wrapper)))
    cli.enable_amp(config, kind)
    settings = config.optim_wrapper.to_dict()
    assert settings.pop('optimizer') == ADAM
    return settings


SCALED = dict(type='AmpOptimWrapper', dtype='float16', loss_scale='dynamic')
UNSCALED = dict(type='AutocastOptimWrapper')


@pytest.mark.parametrize('kind, device, expected', [
    (None, 'cuda', UNSCALED),
    (None, 'npu', SCALED),
    ('fp16', 'cuda', SCALED),
    ('fp16', 'npu', SCALED),
    ('bf16', 'cuda', UNSCALED),
    (None, 'cpu', UNSCALED),
    ('bf16', 'cpu', UNSCALED),
])
def test_wrapper_of_a_precision(monkeypatch, kind, device, expected):
    for wrapper in ({}, dict(type='OptimWrapper')):
        assert _after(kind, device, monkeypatch, **wrapper) == expected
    more = dict(accumulative_counts=2)
    assert _after(kind, device, monkeypatch, **more) == dict(expected, **more)


def test_what_the_config_says_of_mixed_precision(monkeypatch):
    own = dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale=512.)
    assert _after(None, 'cuda', monkeypatch, **own) == own
    assert _after('fp16', 'cuda', monkeypatch, **own) == dict(
        own, dtype='float16')
    assert _after('bf16', 'cuda', monkeypatch, **own) == UNSCALED
    assert _after(None, 'cpu', monkeypatch, **own) == UNSCALED
    for device in ('cpu', 'cuda'):
        assert _after(None, device, monkeypatch, **UNSCALED) == UNSCALED


@pytest.mark.parametrize('kind, device, wrapper, message', [
    ('fp16', 'cpu', {}, '^--amp-dtype fp16 needs a GPU, .* bf16 runs on CPUs'),
    (None, 'mps', {}, '^--amp: expected a CPU or one of cuda, .* got mps'),
    (None, 'cpu', dict(type='ApexOptimWrapper'),
     '^--amp needs optim_wrapper.type=OptimWrapper .* got ApexOptimWrapper'),
])
def test_what_cannot_be(monkeypatch, kind, device, wrapper, message):
    with pytest.raises(InputError, match=message):
        _after(kind, device, monkeypatch, **wrapper)


def test_gpus_without_bfloat16(monkeypatch):
    monkeypatch.setattr(amp_option, 'get_device', lambda: 'cuda')
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported',
                        lambda including_emulation: including_emulation)
    config = Config(dict(optim_wrapper=dict(optimizer=ADAM)))
    with pytest.raises(InputError, match='^--amp-dtype bf16: this GPU'):
        cli.enable_amp(config, 'bf16')
    cli.enable_amp(config)
    assert config.optim_wrapper.type == 'AmpOptimWrapper'


def test_options_of_the_command_line(monkeypatch):
    monkeypatch.setattr(amp_option, 'get_device', lambda: 'cpu')
    parser = argparse.ArgumentParser()
    cli.add_amp_arguments(parser)
    for words, expected in (
        ([], 'OptimWrapper'), (['--amp'], 'AutocastOptimWrapper'),
            (['--amp', '--amp-dtype', 'bf16'], 'AutocastOptimWrapper')):
        config = Config(dict(
            optim_wrapper=dict(type='OptimWrapper', optimizer=ADAM)))
        cli.apply_amp_options(config, parser.parse_args(words))
        assert config.optim_wrapper.type == expected
    with pytest.raises(InputError, match='^--amp-dtype needs --amp$'):
        cli.apply_amp_options(
            Config(), parser.parse_args(['--amp-dtype', 'bf16']))
