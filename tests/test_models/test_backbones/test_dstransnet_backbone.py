import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models import DSTransNetBackbone
from projects.dstransnet.models.backbones.dstransnet_backbone import ESRBlock
from projects.dstransnet.utils.errors import InputError


def _tiny(**settings):
    return DSTransNetBackbone(**dict(base_channels=2) | settings)


def _randomise_norms(module):
    """Give batch norms statistics and affine parts that matter."""
    for child in module.modules():
        if isinstance(child, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(child.weight, 1, 0.3)
            torch.nn.init.normal_(child.bias)
            torch.nn.init.normal_(child.running_mean)
            torch.nn.init.uniform_(child.running_var, 0.5, 1.5)
    return module.eval()


@pytest.mark.parametrize('size', [(32, 32), (16, 48)])
def test_scales_halve_and_widths_follow_the_multipliers(size):
    features = _tiny().eval()(torch.randn(2, 3, *size))
    assert [tuple(f.shape) for f in features] == [
        (2, width, size[0] // 2**i, size[1] // 2**i)
        for i, width in enumerate((2, 4, 8, 16, 16))
    ]


def test_default_widths_and_levels_are_those_of_the_paper():
    with torch.device('meta'):
        backbone = DSTransNetBackbone()
    widths = [stage.fuse.conv.out_channels for stage in backbone.stages]
    assert widths == [32, 64, 128, 256, 256]
    levels = [
        len(stage.wavelet.wavelet.wavelet_convs) for stage in backbone.stages
    ]
    assert levels == [7, 6, 5, 4, 3]
    assert [type(stage.wavelet.shortcut).__name__
            for stage in backbone.stages] == ['ConvModule'] * 4 + ['Identity']
    assert {stage.difference.conv.theta for stage in backbone.stages} == {0.7}
    assert backbone.stages[0].deform.conv.weight.shape == (32, 3, 5, 5)


def test_number_of_scales_and_channels_is_free():
    backbone = _tiny(
        in_channels=1, width_multipliers=(3, 1), wavelet_levels=(1, 0))
    features = backbone.eval()(torch.randn(1, 1, 6, 10))
    assert [tuple(f.shape) for f in features] == [(1, 6, 6, 10), (1, 2, 3, 5)]


def test_every_stage_sees_the_maxima_of_the_one_before():
    backbone = _tiny(
        width_multipliers=(1, 2, 2), wavelet_levels=(1, 1, 1)).eval()
    seen = []
    for stage in backbone.stages:
        stage.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    image = torch.randn(1, 3, 8, 12)
    features = backbone(image)
    assert torch.equal(seen[0], image)
    assert all(
        x.is_contiguous(memory_format=torch.channels_last) for x in seen)
    for deeper, finer in zip(seen[1:], features):
        corners = [finer[..., i::2, j::2] for i in (0, 1) for j in (0, 1)]
        assert torch.equal(deeper, torch.stack(corners).amax(dim=0))


def _batch_norm(x, norm):
    shape = (-1, 1, 1)
    unit = (x - norm.running_mean.view(shape)) / torch.sqrt(
        norm.running_var.view(shape) + 1e-5)
    return unit * norm.weight.view(shape) + norm.bias.view(shape)


def _leaky(x):
    return torch.where(x > 0, x, 0.01 * x)


@pytest.mark.parametrize('in_channels', [3, 4])
def test_block_fuses_three_branches_in_order(in_channels):
    block = _randomise_norms(
        ESRBlock(in_channels, 4, wavelet_levels=2).double())
    x = torch.randn(2, in_channels, 7, 6, dtype=torch.float64)

    deform = _leaky(_batch_norm(block.deform.conv(x), block.deform.norm))
    difference = _batch_norm(
        block.difference.conv(x), block.difference.bn).clamp(min=0)
    wavelet = block.wavelet
    main = _batch_norm(
        wavelet.project.conv(wavelet.wavelet(x)), wavelet.project.bn)
    shortcut = x
    if in_channels != 4:
        shortcut = _batch_norm(wavelet.shortcut.conv(x), wavelet.shortcut.bn)
    joined = torch.cat((deform, difference, _leaky(main + shortcut)), dim=1)
    fused = F.conv2d(
        joined, block.fuse.conv.weight, block.fuse.conv.bias, padding=1)
    expected = _batch_norm(fused, block.fuse.bn).clamp(min=0)
    torch.testing.assert_close(block(x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize('size', [(40, 32), (32, 40)])
def test_size_that_pooling_cannot_halve_is_refused(size):
    with pytest.raises(
            ValueError,
            match=f'multiples of 16, got {size[0]} x {size[1]}.*'
            'size_divisor=16'):
        _tiny().eval()(torch.randn(1, 3, *size))


def test_size_in_training_is_refused_with_advice_for_training():
    with pytest.raises(InputError, match='multiples of 16, got 50 x 70; '
                       r'data_preprocessor.size=\(64, 80\) pads in training'):
        _tiny().train()(torch.randn(1, 3, 50, 70))


def test_hooks_on_the_fusing_convolution_see_it_run():
    block = ESRBlock(3, 4, wavelet_levels=1).eval()
    x, seen = torch.randn(1, 3, 8, 8), []
    expected = block(x)
    hook = block.fuse.conv.register_forward_hook(
        lambda layer, inputs, out: seen.append((inputs[0].shape, out.shape)))
    torch.testing.assert_close(block(x), expected, rtol=1e-5, atol=1e-5)
    assert seen == [((1, 12, 8, 8), (1, 4, 8, 8))]
    hook.remove()
    assert torch.equal(block(x), expected) and len(seen) == 1


def test_levels_and_widths_must_pair_up():
    with pytest.raises(ValueError, match='wavelet_levels.* got 4 and 5'):
        _tiny(wavelet_levels=(7, 6, 5, 4))
