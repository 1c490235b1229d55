"""Arguments of deployed networks."""
import argparse
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config, ConfigDict
from mmengine.registry import DefaultScope
from mmseg.models import EncoderDecoder
from mmseg.registry import MODELS
from torch import nn

from projects.dstransnet import IRSTDTTAModel, cli
from projects.dstransnet.deployment import EagerRuntime, choose_runtime
from projects.dstransnet.utils import dtypes
from projects.dstransnet.utils.errors import InputError


def form(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli.add_deploy_arguments(parser)
    return parser.parse_args(words)


def test_the_plain_form_unless_asked_for():
    model = nn.Identity()
    assert cli.deployed(model, form()) is model
    assert cli.deploy_settings(form()) == {}
    with pytest.raises(InputError, match='--deploy-dtype needs --deploy'):
        cli.deploy_settings(form('--deploy-dtype', 'bfloat16'))
    with pytest.raises(InputError, match='--runtime needs --deploy'):
        cli.deploy_settings(form('--runtime', 'torch'))


def test_settings_of_the_deployed_form(cpu_bfloat16):
    assert cli.deploy_settings(form('--deploy'), 'cpu') == dict(
        deploy=choose_runtime('auto', 'cpu'), deploy_dtype='float32')
    words = ('--deploy', '--runtime', 'torch', '--deploy-dtype', 'bfloat16')
    assert cli.deploy_settings(form(*words)) == dict(
        deploy='torch', deploy_dtype='bfloat16')
    with pytest.raises(InputError, match="--runtime: 'cuda_graph' "
                       'needs a model on'):
        cli.deploy_settings(form('--deploy', '--runtime', 'cuda_graph'), 'cpu')


def segmentor() -> EncoderDecoder:
    with DefaultScope.overwrite_default_scope('mmseg'):
        return MODELS.build(ConfigDict(
            type='EncoderDecoder',
            data_preprocessor=dict(type='SegDataPreProcessor'),
            backbone=dict(
                type='UNet', base_channels=4, num_stages=2, strides=(1, 1),
                enc_num_convs=(1, 1), dec_num_convs=(1, ),
                downsamples=(True, ), enc_dilations=(1, 1),
                dec_dilations=(1, )),
            decode_head=dict(
                type='FCNHead', num_convs=0, concat_input=False,
                in_channels=4, channels=4, num_classes=3))).eval()


def test_the_deployed_form(monkeypatch, cpu_bfloat16):
    model, x = segmentor(), torch.randn(1, 3, 16, 16)
    args = form(
        '--deploy', '--runtime', 'torch', '--deploy-dtype', 'bfloat16')
    expected = model(x, None, mode='tensor')
    fast = cli.deployed(model, args)
    assert fast is not model
    assert fast.backbone.runtime.dtype == torch.bfloat16
    torch.testing.assert_close(
        fast(x, None, mode='tensor'), expected, rtol=0.05, atol=0.02)
    monkeypatch.setattr(dtypes, '_cpu_has_bfloat16', lambda: False)
    assert cli.deploy_settings(args, 'cpu')['deploy_dtype'] == 'float32'
    fast = cli.deployed(model, args)
    assert fast.backbone.runtime.dtype == torch.float32
    # Inside of wrappers, one in the other.
    wrapper = nn.Module()
    wrapper.module = IRSTDTTAModel(model)
    assert cli.deployed(wrapper, args) is wrapper
    assert isinstance(wrapper.module, IRSTDTTAModel)
    assert isinstance(wrapper.module.module.backbone.runtime, EagerRuntime)
    with pytest.raises(InputError, match='expected an mmseg EncoderDecoder'):
        cli.deployed(nn.Identity(), args)


def test_runners_that_test_twice_deploy_once():
    hooks, args = [], form(
        '--deploy', '--runtime', 'torch', '--deploy-dtype', 'float16')
    runner = SimpleNamespace(
        model=IRSTDTTAModel(segmentor()),
        register_hook=lambda hook, priority: hooks.append(hook))
    cli.deploy_for_test(runner, form())
    assert not hooks
    cli.deploy_for_test(runner, args)
    hooks[0].before_test_epoch(runner)
    fast = runner.model.module
    assert fast.backbone.runtime.dtype == torch.float16
    hooks[0].before_test_epoch(runner)
    assert runner.model.module is fast


@pytest.mark.parametrize('name, weights', [
    ('net.xml', 'net.bin'), ('net.onnx', 'net.onnx')])
def test_other_weights_in_an_exported_file_are_another_network(
        tmp_path, name, weights):
    (tmp_path / name).touch()
    args = argparse.Namespace(config=str(tmp_path / name), checkpoint=None)
    found = []
    for content in (b'a', b'b'):
        (tmp_path / weights).write_bytes(content)
        found.append(cli.network_settings(Config(), args))
    assert found[0]['checkpoint'] == weights
    assert found[0]['checkpoint_sha256'] != found[1]['checkpoint_sha256']
