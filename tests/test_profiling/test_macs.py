import pytest
import torch
from helpers.tiny_project import ROOT
from mmengine.config import Config
from torch import nn

from projects.dstransnet.models.layers import ModulatedDeformConv2d
from projects.dstransnet.profiling import count_macs, macs
from projects.dstransnet.profiling.macs import macs_by_size, network_cost


class Network(nn.Module):
    """What a segmentor's tensor mode looks like."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, images, samples, mode):
        assert samples is None and mode == 'tensor' and not self.training
        return self.layer(images)


def test_convolution():
    network = Network(nn.Conv2d(3, 8, 3, padding=1))
    assert count_macs(network, torch.zeros(2, 3, 10, 12)) \
        == 2 * 8 * 3 * 9 * 120


@pytest.mark.parametrize('impl', ['torch', 'strips'])
def test_deformable_convolution_is_the_product_it_ends_in(impl):
    layer = ModulatedDeformConv2d(3, 8, 5, impl=impl)
    pixels, points = 10 * 12, 25
    offsets = 3 * points * 3 * points * pixels
    product = points * 3 * 8 * pixels
    assert count_macs(Network(layer), torch.zeros(1, 3, 10, 12)) \
        == offsets + product


def test_full_network_is_near_the_release():
    """22.0 GMACs, of which 3.1 in the deformable convolutions.

    The release has more: fixed wavelet filters and up-sampled maps are
    convolved, and every central difference is two convolutions. Layers here
    come to the same with sums or fewer products.
    """
    cfg = Config.fromfile(ROOT / 'configs/_base_/models/dstransnet.py')
    found = macs_by_size(cfg, [(256, 256), (128, 256)])
    assert 0.93 * 22.0 < found[256, 256] / 1e9 <= 22.0
    assert found[128, 256] == pytest.approx(found[256, 256] / 2, rel=1e-3)


def test_network_that_needs_values(config, monkeypatch):
    monkeypatch.setattr(macs, 'build_segmentor', lambda cfg: Network(
        nn.Sequential(nn.Flatten(), LooksAtValues())))
    assert macs_by_size(Config.fromfile(config), [(32, 32)]) == {
        (32, 32): None}


def test_cost_of_a_network_and_of_a_classical_detector(config):
    macs, parameters = network_cost(Config.fromfile(config))
    assert 0 < parameters < 0.2 and 0 < macs < 0.2
    assert network_cost(Config.fromfile(config), tta=True) == pytest.approx(
        (8 * macs, parameters))
    classical = ROOT / 'configs/classical/top-hat_sirst-256x256.py'
    assert network_cost(Config.fromfile(classical)) == (0, 0)


class LooksAtValues(nn.Module):

    def forward(self, x):
        return x[x > x.mean()]
