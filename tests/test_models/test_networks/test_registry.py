import pytest
import torch
from helpers.network_macs import network_macs

from projects.dstransnet import build_network, list_networks
from projects.dstransnet.profiling import parameter_count

INFOS = {info.name: info for info in list_networks()}


@pytest.mark.parametrize('name', INFOS)
def test_listed_costs_are_those_of_the_network(name):
    with torch.device('meta'):
        network = build_network(name).eval()
    assert parameter_count(network) == INFOS[name].parameters
    assert network_macs(network) == INFOS[name].macs


@pytest.mark.parametrize('name', INFOS)
def test_other_images_are_told(name):
    with torch.device('meta'):
        network = build_network(name)
    with pytest.raises(ValueError, match=f'expected shape .N, '
                                         f'{network.in_channels}, H, W'):
        network(torch.empty(1, 2, 64, 64, device='meta'))


@pytest.mark.parametrize('name, fitting, sizes, words', [
    ('agpcnet', 76, [(72, 76), (76, 64)], 'at least 76 x 76 pixels'),
    ('serankdet', 96, [(64, 64), (528, 96)], '96 to 512 pixels')])
def test_sizes_that_do_not_fit_are_told(name, fitting, sizes, words):
    with torch.device('meta'):
        network = build_network(name).eval()
        network(torch.empty(1, 3, fitting, fitting))
        for size in sizes:
            with pytest.raises(ValueError, match=f'expected {words}.*got '
                                                 '{} x {}'.format(*size)):
                network(torch.empty(1, 3, *size))


def test_an_unknown_network_is_told():
    with pytest.raises(KeyError, match="no 'vgg'; expected one of acm, "):
        build_network('vgg')
    with pytest.raises(KeyError, match="no 'amc'; did you mean 'acm'"):
        build_network('amc')
