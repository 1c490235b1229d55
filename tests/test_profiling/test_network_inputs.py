import pytest
import torch
from mmengine.config import Config

from projects.dstransnet.models.build import build_segmentor
from projects.dstransnet.profiling import network_inputs as network
from projects.dstransnet.profiling import parameter_count


@pytest.fixture
def cfg(config):
    return Config.fromfile(config)


def test_images_are_always_the_same(cfg):
    images = network.random_images(cfg, 2, 8, 16)
    assert images.shape == (2, 3, 8, 16)
    assert torch.equal(images, network.random_images(cfg, 2, 8, 16))
    cfg.model.backbone.in_channels = 1
    assert network.random_images(cfg, 1, 8, 16).shape == (1, 1, 8, 16)


def test_parameters(cfg):
    assert parameter_count(torch.nn.Conv2d(2, 3, 5)) == 2 * 3 * 25 + 3
    assert network.label_count(build_segmentor(cfg)) == 2
