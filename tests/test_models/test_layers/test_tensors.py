import pytest
import torch

from projects.dstransnet.models.backbones import DSTransNetBackbone
from projects.dstransnet.models.layers import grey_channel, to_float32


@pytest.mark.parametrize('dtype, expected', [
    (torch.float16, torch.float32), (torch.bfloat16, torch.float32),
    (torch.float32, torch.float32), (torch.float64, torch.float64)])
def test_single_precision_or_more(dtype, expected):
    x = torch.rand(3).to(dtype)
    found = to_float32(x)
    assert found.dtype == expected and torch.equal(found, x.to(expected))
    assert (found is x) is (dtype == expected)


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
