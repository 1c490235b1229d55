import math

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from projects.dstransnet.models.layers import (
    LayerNorm2d,
    ModulatedDeformConv2d,
)

SEGMENTOR = dict(
    type='EncoderDecoder',
    backbone=dict(type='DSTransNetBackbone', base_channels=16),
    neck=dict(type='RDSFNeck', in_channels=(16, 32, 64, 128)),
    decode_head=dict(
        type='CSCEHead',
        in_channels=(16, 32, 64, 128, 128),
        stage_channels=(64, 32, 16, 16)))


def _spoil(network):
    """Overwrite what construction left, so that only the init can pass.

    Parameters that keep their construction's values are spared.
    """
    for module in network.modules():
        if isinstance(module,
                      (nn.Conv2d, nn.Linear, nn.modules.batchnorm._BatchNorm)):
            for parameter in module.parameters(recurse=False):
                nn.init.constant_(parameter, 3.)


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    init_default_scope('mmseg')
    network = MODELS.build(Config(SEGMENTOR))
    _spoil(network)
    network.init_weights()
    return network


def _of(network, *types):
    found = [
        item for item in network.named_modules() if isinstance(item[1], types)
    ]
    assert found
    return found


def test_kernels_are_kaiming_normal_by_fan_in(network):
    extremes = []
    for name, module in _of(network, nn.Conv2d, nn.Linear):
        weight = module.weight.detach()
        expected = math.sqrt(2 / weight[0].numel())
        count = weight.numel()
        # five standard errors of the mean and of the deviation
        assert abs(weight.mean()) < 5 * expected / math.sqrt(count), name
        if count > 30:
            assert weight.std().item() == pytest.approx(
                expected, rel=5 / math.sqrt(2 * count)), name
        if count > 3000:
            extremes.append(weight.abs().max().item() / expected)
    # A uniform distribution of that deviation ends at sqrt(3).
    assert len(extremes) > 50 and min(extremes) > 3


def test_biases_keep_the_default_of_pytorch(network):
    ratios = []
    for name, module in _of(network, nn.Conv2d, nn.Linear):
        if module.bias is not None:
            bound = module.weight[0].numel()**-0.5
            ratio = module.bias.detach() / bound
            assert ratio.abs().max() <= 1 + 1e-6, name
            ratios.append(ratio)
    ratios = torch.cat(ratios)
    assert len(ratios) > 1000
    assert abs(ratios.mean()) < 5 / math.sqrt(3 * len(ratios))
    assert ratios.std().item() == pytest.approx(1 / math.sqrt(3), rel=0.05)


def test_batch_norms(network):
    norms = [m for _, m in _of(network, nn.BatchNorm2d)]
    weights = torch.cat([norm.weight.detach() for norm in norms])
    assert len(weights) > 1000
    assert weights.mean().item() == pytest.approx(1, abs=0.003)
    assert weights.std().item() == pytest.approx(0.02, rel=0.1)
    assert all((norm.bias == 0).all() for norm in norms)


def test_deformable_kernels_are_uniform(network):
    for name, module in _of(network, ModulatedDeformConv2d):
        weight = module.weight.detach()
        bound = 1 / math.sqrt(25 * weight.shape[1])
        assert bound * 0.98 < weight.abs().max() <= bound, name
        # relative standard error of a uniform deviation: sqrt(0.2 / count)
        assert weight.std().item() == pytest.approx(
            bound / math.sqrt(3),
            rel=5 * math.sqrt(0.2 / weight.numel())), name


def test_layer_norms_and_channel_gates_are_left_alone(network):
    for _, norm in _of(network, LayerNorm2d):
        assert (norm.weight == 1).all() and (norm.bias == 0).all()
    for _, conv in _of(network, nn.Conv1d):
        assert conv.weight.abs().max() <= 3**-0.5
