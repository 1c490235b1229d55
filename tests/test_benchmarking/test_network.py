import pytest
import torch
from mmengine.config import Config

from projects.dstransnet.benchmarking import (
    build_segmentor,
    input_size,
    network,
    parameter_count,
)
from projects.dstransnet.errors import InputError


@pytest.fixture
def cfg(config):
    return Config.fromfile(config)


def test_checkpoint_is_loaded(cfg, tmp_path):
    first = build_segmentor(cfg)
    torch.save(dict(state_dict=first.state_dict()), tmp_path / 'a.pth')
    second = build_segmentor(cfg, str(tmp_path / 'a.pth'))
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key


def test_checkpoint_of_another_network(cfg, tmp_path):
    torch.save(dict(weight=torch.zeros(1)), tmp_path / 'a.pth')
    with pytest.raises(InputError, match='another network'):
        build_segmentor(cfg, str(tmp_path / 'a.pth'))


def test_missing_checkpoint(cfg):
    with pytest.raises(FileNotFoundError, match='no file none.pth'):
        build_segmentor(cfg, 'none.pth')


def test_config_without_model():
    with pytest.raises(InputError, match='"model"'):
        build_segmentor(Config(dict(default_scope='mmseg')))


def test_model_that_is_no_segmentor():
    cfg = Config(dict(model=dict(type='SegDataPreProcessor', size=(8, 8))))
    with pytest.raises(InputError, match='got SegDataPreProcessor'):
        build_segmentor(cfg)


def test_sizes(cfg):
    assert input_size(cfg) == (32, 32)
    cfg.model.data_preprocessor.size = (48, 64)
    assert input_size(cfg) == (48, 64)
    assert input_size(Config(dict(model=dict()))) == (256, 256)


def test_images_are_always_the_same(cfg):
    images = network.random_images(cfg, 2, 8, 16)
    assert images.shape == (2, 3, 8, 16)
    assert torch.equal(images, network.random_images(cfg, 2, 8, 16))
    cfg.model.backbone.in_channels = 1
    assert network.random_images(cfg, 1, 8, 16).shape == (1, 1, 8, 16)


def test_parameters(cfg):
    assert parameter_count(torch.nn.Conv2d(2, 3, 5)) == 2 * 3 * 25 + 3
    assert network.label_count(build_segmentor(cfg)) == 2
