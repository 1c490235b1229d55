"""Every step alone, and after the others."""
import copy

import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    count,
    dstransnet,
    images,
    logits,
    unet,
)
from mmcv.cnn import ConvModule
from torch import nn

from projects.dstransnet.deployment.deployed_layers import (
    ExportedDeformConv2d,
    FoldedDecoderConv,
    FoldedWTConv2d,
)
from projects.dstransnet.deployment.network_folding import (
    STEPS,
    export_deform_convs,
    fold_batch_norms,
    fold_central_differences,
)
from projects.dstransnet.models.decode_heads.csce_head import JoiningConvModule
from projects.dstransnet.models.layers import (
    CentralDifferenceConv2d,
    ModulatedDeformConv2d,
    WTConv2d,
)

ALL = {**STEPS, 'export': export_deform_convs}
ALL.pop('reparameterised')  # nothing of DSTransNet; see test_repisdnet.py
NORM = nn.BatchNorm2d
# What is gone after a step and what came for it: alone, and after the others.
REPLACED = {
    'central_difference': (CentralDifferenceConv2d, None, True),
    'batch_norm': (NORM, None, False),
    'wavelet_scale': (WTConv2d, FoldedWTConv2d, True),
    'upsampling': (JoiningConvModule, FoldedDecoderConv, False),
    'export': (ModulatedDeformConv2d, ExportedDeformConv2d, True),
}


@pytest.fixture(scope='module')
def plain():
    model, x = dstransnet(), images(2, 3, 16, 32)
    return model, x, logits(model, x)


@pytest.mark.parametrize('name', ALL)
def test_alone(plain, name):
    model, x, expected = plain
    model = copy.deepcopy(model)
    ALL[name](model)
    assert_equal_up_to_rounding(logits(model, x), expected)
    if name == 'side_outputs':
        assert not hasattr(model.decode_head, 'side_convs')
        assert not hasattr(model.decode_head, 'fuse_conv')
        assert model.decode_head.deep_supervision is False
        return
    gone, came, alone = REPLACED[name]
    before, after = count(plain[0], gone), count(model, gone)
    if alone:
        assert before > 0 and after == 0
        if came is not None:
            assert count(model, came) == before
    elif name == 'batch_norm':
        # Those after central differences have to wait for these.
        assert after == count(model, CentralDifferenceConv2d) == 5
    else:  # needs norms that are folded
        assert before == after > 0 and count(model, came) == 0


def test_one_after_the_other(plain):
    model, x, expected = plain
    model = copy.deepcopy(model)
    for name, step in ALL.items():
        step(model)
        assert_equal_up_to_rounding(logits(model, x), expected)
        if name in REPLACED:
            assert count(model, REPLACED[name][0]) == 0
    step_again = copy.deepcopy(model)
    for step in ALL.values():
        step(step_again)
    assert torch.equal(logits(step_again, x), logits(model, x))


def test_norms_that_depend_on_the_input_stay():
    model, x = dstransnet(type='GN', num_groups=2), images(2, 3, 16, 16)
    norms, expected = count(model, nn.GroupNorm), logits(model, x)
    for step in ALL.values():
        step(model)
        assert_equal_up_to_rounding(logits(model, x), expected)
    assert count(model, nn.GroupNorm) == norms > 0
    assert count(model, FoldedDecoderConv) == 0
    assert count(model, FoldedWTConv2d) == 5


def test_networks_of_others():
    model, x = unet(), images(1, 3, 16, 24)
    expected = logits(model, x)
    assert count(model.backbone, NORM) > 0
    for step in ALL.values():
        step(model)
        assert_equal_up_to_rounding(logits(model, x), expected)
    assert count(model.backbone, NORM) == 0


def random_norms(module):
    for norm in module.modules():
        if isinstance(norm, NORM):
            norm.running_mean.uniform_(-1, 1)
            norm.running_var.uniform_(0.5, 2)
    return module.eval()


@pytest.mark.parametrize('settings', [
    dict(conv_cfg=dict(type='deconv')),  # kernel of shape (C, O, kh, kw)
    dict(conv_cfg=dict(type='ConvWS')),  # normalises its weight
    dict(with_spectral_norm=True),
    dict(order=('norm', 'conv', 'act')),
    dict(order=('conv', 'act', 'norm')),
])
def test_layers_of_which_a_norm_is_no_part(settings):
    layer = nn.Sequential(
        random_norms(ConvModule(3, 3, 3, norm_cfg=dict(type='BN'),
                                **settings)))
    x = images(1, 3, 8, 8)
    expected = layer(x)
    fold_batch_norms(layer)
    assert count(layer, NORM) == 1
    assert torch.equal(layer(x), expected)


def test_convolutions_with_two_norms():
    first, second = (ConvModule(3, 3, 3, norm_cfg=dict(type='BN'))
                     for _ in range(2))
    second.conv = first.conv
    layers = random_norms(nn.Sequential(first, second))
    x = images(1, 3, 8, 8)
    expected = layers(x)
    fold_batch_norms(layers)
    assert torch.equal(layers(x), expected) and count(layers, NORM) == 2


def test_geometry_of_central_differences():
    layers = nn.Sequential(CentralDifferenceConv2d(
        4, 8, stride=2, groups=2, padding_mode='reflect', bias=False))
    x = images(1, 4, 8, 8)
    expected = layers(x)
    fold_central_differences(layers)
    assert_equal_up_to_rounding(layers(x), expected.detach())


@pytest.mark.parametrize('settings, replaced', [
    (dict(kernel_size=3, padding=1), True),
    (dict(kernel_size=3, padding=2, dilation=2, bias=False), True),
    (dict(kernel_size=1, padding=0), True),
    (dict(kernel_size=3, padding=1, stride=2), False),
    (dict(kernel_size=3, padding=0), False),
])
def test_geometry_of_deformable_convolutions(settings, replaced):
    layers = nn.Sequential(ModulatedDeformConv2d(2, 3, **settings))
    nn.init.normal_(layers[0].conv_offset_mask.weight, std=0.5)
    x = images(2, 2, 7, 9)
    with torch.no_grad():
        expected = layers(x)
        export_deform_convs(layers)
        assert_equal_up_to_rounding(layers(x), expected)
    assert isinstance(layers[0], ExportedDeformConv2d) == replaced
