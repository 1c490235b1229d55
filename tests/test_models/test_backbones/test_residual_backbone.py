import pytest
import torch
from helpers.tiny_project import ROOT
from mmengine.config import Config

from projects.dstransnet.deployment import deploy
from projects.dstransnet.models import ResidualBackbone, build_network
from projects.dstransnet.models.build import build_segmentor


def test_maps_halve_in_size():
    backbone = ResidualBackbone(1, channels=(4, 8, 6), num_blocks=(1, 2, 1))
    maps = backbone(torch.rand(2, 1, 24, 16))
    assert [tuple(each.shape) for each in maps] == [
        (2, 4, 24, 16), (2, 8, 12, 8), (2, 6, 6, 4)]


def test_sizes_that_cannot_be_halved_are_told():
    with pytest.raises(ValueError, match='multiples of 4, got 24 x 18; .*'
                       r'size=\(24, 20\) pads'):
        ResidualBackbone(3, (4, 8, 6), (1, 1, 1))(torch.rand(1, 3, 24, 18))


def test_grey_images_have_three_equal_channels():
    backbone = ResidualBackbone(1, (4, 8), (1, 1)).eval()
    grey = torch.rand(1, 1, 8, 8)
    for one, three in zip(backbone(grey), backbone(grey.expand(1, 3, 8, 8))):
        assert torch.equal(one, three)


def test_blocks_and_widths_must_fit():
    with pytest.raises(ValueError, match='num_blocks .* got 2 and 3'):
        ResidualBackbone(3, (4, 8, 6), (1, 1))


def test_config_is_the_network_and_deploys():
    torch.manual_seed(0)
    network = build_network('dstransnet-r')
    network(torch.rand(2, 3, 64, 64))  # running statistics other than 0, 1
    network.eval()
    segmentor = build_segmentor(Config.fromfile(
        ROOT / 'configs/dstransnet/'
        'dstransnet-r_1xb4-adamw-30e_sirst-256x256.py'))
    segmentor.load_state_dict(network.state_dict())
    segmentor.eval()
    images = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        expected = network(images)
        fast = deploy(segmentor, runtime='torch')(images, mode='tensor')
    torch.testing.assert_close(fast, expected, rtol=0, atol=1e-4)
