import pytest
import torch

from projects.dstransnet.models.backbones import DSTransNetBackbone
from projects.dstransnet.models.layers import grey_channel


@pytest.mark.parametrize('channels, given', [(3, 3), (1, 1), (2, 2)])
def test_fitting_images_stay(channels, given):
    images = torch.randn(1, given, 2, 2)
    assert grey_channel(images, channels) is images


@torch.no_grad()
def test_dstransnet_of_one_channel_takes_the_middle_one():
    backbone = DSTransNetBackbone(
        in_channels=1, base_channels=2, wavelet_levels=(2, 1, 1, 1, 1)).eval()
    images = torch.randn(1, 3, 32, 32)
    for one, other in zip(backbone(images), backbone(images[:, 1:2])):
        assert torch.equal(one, other)
