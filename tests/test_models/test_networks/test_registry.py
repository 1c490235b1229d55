import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from projects.dstransnet import build_network, list_networks
from projects.dstransnet.models.layers import ModulatedDeformConv2d

INFOS = {info.name: info for info in list_networks()}


@pytest.mark.parametrize('name', INFOS)
@torch.no_grad()
def test_listed_costs_are_those_of_the_network(name):
    with torch.device('meta'):
        network = build_network(name).eval()
    for module in network.modules():
        if isinstance(module, ModulatedDeformConv2d):
            module.impl = 'torch'  # compiled operators cannot be counted
    with FlopCounterMode(display=False) as counter:
        network(torch.empty(1, network.in_channels, 256, 256, device='meta'))
    assert sum(
        value.numel() for value in network.parameters()) \
        == INFOS[name].parameters
    assert counter.get_total_flops() // 2 == INFOS[name].macs


@pytest.mark.parametrize('name', INFOS)
def test_other_images_are_told(name):
    with torch.device('meta'):
        network = build_network(name)
    with pytest.raises(ValueError, match=f'expected shape .N, '
                                         f'{network.in_channels}, H, W'):
        network(torch.empty(1, 2, 64, 64, device='meta'))


def test_an_unknown_network_is_told():
    with pytest.raises(KeyError, match="'acm', .* got 'vgg'"):
        build_network('vgg')


def test_arguments_take_the_place_of_constants():
    network = build_network('acm', in_channels=3, channels=(4, 8, 16, 32))
    assert network.eval()(torch.rand(1, 3, 32, 48)).shape == (1, 1, 32, 48)
