import json
import sys

import numpy as np
import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    count,
    network_segmentor,
    randomize,
)

from projects.dstransnet import build_network, convert_official, deploy
from projects.dstransnet.models.networks.repisdnet import EdgeCompensationConv

BLOCK = 'backbone.down1.maxpool_conv.1.double_conv.1'


@pytest.fixture
def block(golden):
    """The second block of the first stage with the golden weights."""
    sys.path.insert(0, str(golden))
    from golden_state import golden_tensor
    block = EdgeCompensationConv(64, 64).eval()
    official = dict(
        dense=('rbr_dense.conv', 'rbr_dense.bn'),
        difference=('rbr_cdc.conv_cdc.conv1', 'rbr_cdc.conv_cdc.bn1'),
        point=('rbr_cdc.conv_cdc.conv2', 'rbr_cdc.conv_cdc.bn2'),
        identity=('rbr_identity', ))
    state = {}
    for key, value in block.state_dict().items():
        branch, *number, leaf = key.split('.')
        name = official[branch][int(number[0]) if number else 0]
        state[key] = torch.from_numpy(np.asarray(
            golden_tensor(f'{BLOCK}.{name}.{leaf}', tuple(value.shape))))
    block.load_state_dict(state)
    return block


def test_the_fold_equals_the_release(block, peers):
    expected = np.load(peers / 'repisdnet.npz')
    conv = block.folded().requires_grad_(False)
    np.testing.assert_allclose(
        conv.weight[::8, ::8], expected['fold_weight'], 0, 1e-5)
    np.testing.assert_allclose(conv.bias, expected['fold_bias'], 0, 1e-5)


@pytest.mark.parametrize('channels', [(4, 4), (4, 6)])
@torch.no_grad()
def test_the_fold_computes_what_the_branches_do(channels):
    block = randomize(EdgeCompensationConv(*channels)).double()
    x = torch.randn(2, channels[0], 9, 8, dtype=torch.float64)
    torch.testing.assert_close(block.folded()(x), block(x))


@torch.no_grad()
def test_sizes_that_four_does_not_divide():
    network = build_network('repisdnet', channels=8).eval()
    assert network(torch.rand(1, 3, 35, 50)).shape == (1, 2, 35, 50)


@torch.no_grad()
def test_the_training_form_is_deployed_as_the_other():
    model = randomize(network_segmentor('repisdnet_train', channels=8))
    images = torch.randn(1, 3, 32, 48)
    deployed = deploy(model, runtime='torch')
    assert count(deployed, EdgeCompensationConv) == 0
    assert_equal_up_to_rounding(deployed(images, mode='tensor'),
                                model(images, mode='tensor'))


def test_both_spellings_of_the_release_are_converted(peers):
    network = build_network('repisdnet_train')
    spelling = dict(
        dense=('rbr_dense.conv', 'rbr_dense.bn'), identity=('rbr_identity', ))
    for letter in 'cp':
        inner = f'rbr_{letter}dc.conv_{letter}dc.'
        spelling['difference'] = (f'{inner}conv1', f'{inner}bn1')
        spelling['point'] = (f'{inner}conv2', f'{inner}bn2')
        official = dict(_official(network.state_dict(), spelling))
        converted = convert_official(official, 'repisdnet_train')
        assert set(converted) == set(network.state_dict())
    listed = json.loads((peers / 'repisdnet.keys.json').read_text())['keys']
    shared = [key for key in official if 'rbr_' not in key]
    assert set(shared) < set(listed)


def _official(state, spelling):
    """Yield the release's names of the training form, and the weights."""
    paths = dict(
        inc='backbone.inc.double_conv',
        down1='backbone.down1.maxpool_conv.1.double_conv',
        down2='backbone.down2.maxpool_conv.1.double_conv',
        up3='backbone.up3.conv.double_conv',
        up4='backbone.up4.conv.double_conv')
    for key, value in state.items():
        stage, rest = key.split('.', 1)
        if rest.split('.')[1] in spelling:
            number, branch, *index, leaf = rest.split('.')
            name = spelling[branch][int(index[0]) if index else 0]
            rest = f'{int(number) // 2}.{name}.{leaf}'
        yield f'{paths.get(stage, stage)}.{rest}', value
