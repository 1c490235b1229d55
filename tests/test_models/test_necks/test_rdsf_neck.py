import pytest
import torch
import torch.nn.functional as F
from mmseg.registry import MODELS

from projects.dstransnet.models import RDSFNeck
from projects.dstransnet.models.necks.rdsf_neck import (
    RDSFBlock,
    Reconstruction,
)

CHANNELS = (2, 4, 6)
PATCHES = (4, 2, 1)


def _neck(**settings):
    return RDSFNeck(**dict(
        in_channels=CHANNELS, patch_sizes=PATCHES, num_blocks=2) | settings)


def _features(size=(12, 8), channels=CHANNELS, **like):
    return [
        torch.randn(2, c, size[0] // 2**i, size[1] // 2**i, **like)
        for i, c in enumerate(channels)
    ]


def _randomise_norms(module):
    for child in module.modules():
        if isinstance(child, (torch.nn.BatchNorm2d, torch.nn.LayerNorm)):
            torch.nn.init.normal_(child.weight, 1, 0.3)
            torch.nn.init.normal_(child.bias)
        if isinstance(child, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(child.running_mean)
            torch.nn.init.uniform_(child.running_var, 0.5, 1.5)
    return module.double().eval()


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('factor', [2, 4, 16])
def test_convolving_before_up_sampling_equals_after(factor, training):
    block = _randomise_norms(Reconstruction(3, factor, dict(type='BN')))
    block.train(training)
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    out = block(x)
    up = F.interpolate(
        x, scale_factor=factor, mode='bilinear', align_corners=False)
    up = F.conv2d(up, block.conv.weight, block.conv.bias)
    if training:
        mean = up.mean(dim=(0, 2, 3), keepdim=True)
        variance = up.var(dim=(0, 2, 3), unbiased=False, keepdim=True)
    else:
        mean = block.norm.running_mean.view(-1, 1, 1)
        variance = block.norm.running_var.view(-1, 1, 1)
    unit = (up - mean) / torch.sqrt(variance + 1e-5)
    expected = unit * block.norm.weight.view(
        -1, 1, 1) + block.norm.bias.view(-1, 1, 1)
    torch.testing.assert_close(
        out, expected.clamp(min=0), rtol=1e-10, atol=1e-10)


def _layer_norm(x, norm):
    mean = x.mean(dim=1, keepdim=True)
    variance = ((x - mean)**2).mean(dim=1, keepdim=True)
    unit = (x - mean) / torch.sqrt(variance + 1e-5)
    return unit * norm.weight.view(-1, 1, 1) + norm.bias.view(-1, 1, 1)


def test_block_is_residual_and_normalised_first():
    block = _randomise_norms(RDSFBlock(CHANNELS, 2.66, 3))
    scales = [torch.randn(2, c, 3, 4, dtype=torch.float64) for c in CHANNELS]
    joint = _layer_norm(torch.cat(scales, dim=1), block.joint_norm)
    selected = block.attention([
        _layer_norm(x, norm) for x, norm in zip(scales, block.attention_norms)
    ], joint)
    expected = []
    for x, out, norm, ffn in zip(scales, selected, block.ffn_norms,
                                 block.ffns):
        x = x + out
        expected.append(x + ffn(_layer_norm(x, norm)))
    for got, wanted in zip(block(scales), expected):
        torch.testing.assert_close(got, wanted, rtol=1e-10, atol=1e-10)


def test_neck_embeds_mixes_and_reconstructs_every_scale():
    neck = _randomise_norms(_neck())
    features = _features(dtype=torch.float64)
    scales = []
    for x, embed, patch in zip(features, neck.embeddings, PATCHES):
        n, channels, height, width = x.shape
        cut = x.view(n, channels, height // patch, patch, width // patch,
                     patch)
        scales.append(
            torch.einsum('ncipjq,ocpq->noij', cut, embed.weight) +
            embed.bias.view(-1, 1, 1))
    assert {tuple(x.shape[2:]) for x in scales} == {(3, 2)}
    for block in neck.blocks:
        scales = block(scales)
    expected = [
        rebuild(_layer_norm(x, norm)) + skip for x, norm, rebuild, skip in zip(
            scales, neck.norms, neck.reconstructions, features)
    ]
    got = neck(features)
    assert len(neck.blocks) == 2 and len(got) == len(CHANNELS)
    for mine, reference in zip(got, expected):
        torch.testing.assert_close(mine, reference, rtol=1e-10, atol=1e-10)


def test_deeper_maps_pass_as_the_same_objects():
    features = _features(channels=(*CHANNELS, 5, 7), size=(32, 16))
    out = _neck()(features)
    assert len(out) == 5
    assert out[3] is features[3] and out[4] is features[4]
    assert not any(a is b for a, b in zip(out[:3], features[:3]))
    assert [a.shape for a in out] == [b.shape for b in features]


def test_defaults_are_those_of_the_paper():
    with torch.device('meta'):
        neck = MODELS.build(dict(type='RDSFNeck'))
    assert [embed.weight.shape for embed in neck.embeddings] == [
        (32, 32, 16, 16), (64, 64, 8, 8), (128, 128, 4, 4), (256, 256, 2, 2)
    ]
    assert all(embed.bias is not None for embed in neck.embeddings)
    assert len(neck.blocks) == 4
    assert [rebuild.factor for rebuild in neck.reconstructions
            ] == [16, 8, 4, 2]
    assert neck.blocks[0].joint_norm.weight.shape == (480, )


def test_settings_are_passed_on():
    neck = _neck(expansion=1.5, eca_kernel_size=5, norm_cfg=dict(
        type='BN', momentum=0.3))
    ffn = neck.blocks[1].ffns[2]
    assert ffn.project_in.weight.shape == (18, 6, 1, 1)
    assert ffn.eca.conv.weight.shape == (1, 1, 5)
    assert neck.reconstructions[0].norm.momentum == 0.3


def test_arguments_must_pair_up():
    with pytest.raises(
            ValueError, match='in_channels and patch_sizes.* got 3 and 2'):
        _neck(patch_sizes=(4, 2))


def test_too_few_maps_are_refused():
    with pytest.raises(
            ValueError, match='at least 3 feature maps, got 2'):
        _neck()(_features()[:2])


@pytest.mark.parametrize('sizes', [
    ((12, 8), (6, 4), (3, 3)),
    ((12, 10), (6, 5), (3, 2)),
    ((14, 8), (7, 4), (3, 2)),
    ((10, 6), (5, 3), (2, 1)),
], ids=str)
def test_maps_of_different_grids_are_refused(sizes):
    features = [torch.randn(1, c, *s) for c, s in zip(CHANNELS, sizes)]
    with pytest.raises(ValueError, match='into one grid') as error:
        _neck()(features)
    assert str(sizes[0]) in str(error.value)
    assert '4, 2, 1' in str(error.value)
