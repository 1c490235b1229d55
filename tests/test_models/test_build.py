"""Networks of configs, with the weights of a checkpoint."""

import pytest
import torch
from helpers.tiny_project import CONFIG, ROOT
from mmengine.config import Config
from torch import nn

from projects.dstransnet import build_network  # noqa: E402
from projects.dstransnet.models.build import (  # noqa: E402
    build_segmentor,
    load_segmentor,
)
from projects.dstransnet.utils.errors import InputError  # noqa: E402


@pytest.fixture
def cfg(tmp_path):
    path = tmp_path / 'tiny.py'
    base = ROOT / ('configs/dstransnet/'
                   'dstransnet-s_1xb4-adam-40e_sirst-256x256.py')
    path.write_text(CONFIG.format(base=base, data='none'))
    return Config.fromfile(path)


@pytest.mark.parametrize('prefix, nested', [('', True), ('module.', False)])
def test_checkpoint_is_loaded(cfg, tmp_path, prefix, nested):
    first = build_segmentor(cfg)
    state = {
        prefix + key: value for key, value in first.state_dict().items()}
    path = str(tmp_path / 'a.pth')
    torch.save(dict(state_dict=state) if nested else state, path)
    second = build_segmentor(cfg, path)
    third = load_segmentor(cfg, path, 'cpu')
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key
        assert torch.equal(value, third.state_dict()[key]), key
    assert first.training and second.training and not third.training


@pytest.mark.parametrize('function', [build_segmentor, load_segmentor])
def test_checkpoint_of_another_network(function, cfg, tmp_path):
    path = str(tmp_path / 'a.pth')
    torch.save(dict(weight=torch.zeros(1)), path)
    with pytest.raises(InputError, match=f'{path} is of another network'):
        function(cfg, path)


def test_a_checkpoint_without_weights(cfg, tmp_path):
    path = str(tmp_path / 'a.pth')
    torch.save(dict(state_dict={}), path)
    with pytest.raises(InputError, match=f'{path} is of another network'):
        build_segmentor(cfg, path)


def test_a_preprocessor_beside_the_model_is_used_as_in_training(cfg):
    cfg.data_preprocessor = cfg.model.pop('data_preprocessor')
    mean = build_segmentor(cfg).data_preprocessor.mean
    assert mean.flatten().tolist() == pytest.approx(
        list(cfg.data_preprocessor.mean))


def test_networks_that_a_checkpoint_fits_are_named(cfg, tmp_path):
    path = str(tmp_path / 'a.pth')
    state = build_network('acm').state_dict()
    torch.save({f'backbone.network.{key}': value
                for key, value in state.items()}, path)
    with pytest.raises(InputError, match=(
            r'has unknown \S+, \S+, \S+, \.\.\. and \d+ more; '
            r'its keys fit acm \(official_to_mmseg')):
        build_segmentor(cfg, path)


@pytest.mark.parametrize('function', [build_segmentor, load_segmentor])
def test_missing_checkpoint(function, cfg):
    with pytest.raises(FileNotFoundError, match='no file none.pth'):
        function(cfg, 'none.pth')


def test_batch_norms_are_those_of_one_process():
    norm_cfg = dict(type='SyncBN')
    model = build_segmentor(Config(dict(model=dict(
        type='EncoderDecoder',
        backbone=dict(type='ResNetV1c', depth=18, base_channels=4,
                      stem_channels=4, norm_cfg=norm_cfg),
        decode_head=dict(
            type='FCNHead', in_channels=32, channels=8, num_convs=1,
            num_classes=5, norm_cfg=norm_cfg,
            loss_decode=dict(type='CrossEntropyLoss')),
        train_cfg=dict(), test_cfg=dict(mode='whole')))))
    norms = [module for module in model.modules()
             if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    assert len(norms) > 10
    assert not any(isinstance(norm, nn.SyncBatchNorm) for norm in norms)


@pytest.mark.parametrize('model, message', [
    (None, 'expected a setting "model"'),
    (dict(type='SegDataPreProcessor', size=(8, 8)),
     'expected a segmentor as model, got SegDataPreProcessor'),
    (dict(type='EncoderDecoder', depth=3),
     r'the model cannot be built \(TypeError: .*depth'),
])
def test_configs_of_no_segmentor(model, message):
    with pytest.raises(InputError, match=f'^config: {message}'):
        build_segmentor(Config(dict(model=model)))
