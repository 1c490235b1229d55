import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import (
    WTConv2d,
    haar_analysis,
    haar_synthesis,
)

# Signs of a, b, c, d of a cell [[a, b], [c, d]] in the four sub-bands.
SIGNS = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))


def _random_wtconv(channels, kernel_size, levels):
    """Return a float64 layer none of whose parameters is its initial one."""
    layer = WTConv2d(channels, kernel_size, levels).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    return layer


def _wtconv_slow(layer, x):
    """WTConv with strided filter banks and scales applied to whole maps."""
    channels = x.shape[1]
    bank = torch.tensor(SIGNS, dtype=x.dtype).view(4, 1, 2, 2) / 2
    bank = bank.repeat(channels, 1, 1, 1)

    def branch(low, level):
        if level == len(layer.wavelet_convs):
            return torch.zeros_like(low)
        height, width = low.shape[-2:]
        padded = low.new_zeros(*low.shape[:2], height + height % 2,
                               width + width % 2)
        padded[..., :height, :width] = low
        bands = F.conv2d(padded, bank, stride=2, groups=channels)
        kernel = layer.wavelet_convs[level].weight
        scale = layer.wavelet_scales[level].weight.view(1, -1, 1, 1)
        filtered = scale * F.conv2d(
            bands, kernel, padding=kernel.shape[-1] // 2, groups=4 * channels)
        below = branch(bands[:, 0::4], level + 1)
        joined = filtered.clone()
        joined[:, 0::4] = filtered[:, 0::4] + below
        whole = F.conv_transpose2d(joined, bank, stride=2, groups=channels)
        return whole[..., :height, :width]

    kernel = layer.base_conv.weight
    base = F.conv2d(
        x,
        kernel,
        layer.base_conv.bias,
        padding=kernel.shape[-1] // 2,
        groups=channels)
    return layer.base_scale.weight.view(1, -1, 1, 1) * base + branch(x, 0)


def test_analysis_follows_the_cell_formula():
    x = torch.randn(2, 3, 6, 8, dtype=torch.float64)
    bank = torch.tensor(SIGNS, dtype=x.dtype).view(4, 1, 2, 2)
    bands = F.conv2d(x, bank.repeat(3, 1, 1, 1), stride=2, groups=3)
    for number, band in enumerate(haar_analysis(x)):
        torch.testing.assert_close(band, bands[:, number::4], rtol=0,
                                   atol=1e-14)


def test_channels_last_maps_stay_so():
    x = torch.randn(2, 3, 8, 6).contiguous(memory_format=torch.channels_last)
    bands = haar_analysis(x)
    out = haar_synthesis(bands)
    assert out.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(out, haar_synthesis(
        haar_analysis(x.contiguous())))


@pytest.mark.parametrize('size', [(5, 4), (4, 5), (1, 1)])
def test_analysis_refuses_odd_sizes(size):
    with pytest.raises(ValueError, match=f'got {size[0]} x {size[1]}'):
        haar_analysis(torch.zeros(1, 1, *size))


@pytest.mark.parametrize('levels', [1, 2, 4])
@pytest.mark.parametrize('kernel_size', [3, 5])
@pytest.mark.parametrize('size', [(16, 16), (13, 10), (7, 5), (1, 6), (1, 1)])
def test_wtconv_matches_filter_banks(size, kernel_size, levels):
    layer = _random_wtconv(3, kernel_size, levels)
    x = torch.randn(2, 3, *size, dtype=torch.float64)
    out = layer(x)
    assert out.shape == x.shape
    torch.testing.assert_close(
        out, _wtconv_slow(layer, x), rtol=1e-10, atol=1e-10)


def test_wtconv_gradients_match_filter_banks():
    layer = _random_wtconv(2, 5, 3)
    x = torch.randn(2, 2, 11, 9, dtype=torch.float64, requires_grad=True)
    leaves = [x, *layer.parameters()]
    cotangent = torch.randn_like(x)
    fast = torch.autograd.grad(layer(x), leaves, cotangent)
    slow = torch.autograd.grad(_wtconv_slow(layer, x), leaves, cotangent)
    for got, expected in zip(fast, slow):
        torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-10)


def test_deep_levels_stay_within_half_precision():
    """A sub-band as high as its cells' sums would pass 65504 at level 3."""
    layer = WTConv2d(2, 3, levels=5)
    x = torch.full((1, 2, 64, 64), 2000.) + torch.randn(1, 2, 64, 64)
    with torch.no_grad():
        expected = layer(x)
        found = layer.half()(x.half()).float()
    assert found.isfinite().all()
    torch.testing.assert_close(found, expected, rtol=5e-3, atol=2)


def test_no_level_leaves_the_scaled_convolution():
    layer = _random_wtconv(3, 5, 0)
    x = torch.randn(2, 3, 6, 7, dtype=torch.float64)
    expected = layer.base_scale.weight.view(-1, 1, 1) * layer.base_conv(x)
    torch.testing.assert_close(layer(x), expected)
    assert set(layer.state_dict()) == {
        'base_conv.weight', 'base_conv.bias', 'base_scale.weight'
    }


def test_even_kernel_is_refused():
    with pytest.raises(ValueError, match='kernel_size must be odd, got 4'):
        WTConv2d(3, 4)


@pytest.mark.parametrize('hooked', ['base_conv', 'wavelet_convs.1'])
def test_hooks_on_the_convolutions_see_them_run(hooked):
    layer, seen = _random_wtconv(3, 3, 2), []
    x = torch.randn(2, 3, 9, 8, dtype=torch.float64)
    expected = layer(x)
    hook = layer.get_submodule(hooked).register_forward_hook(
        lambda conv, inputs, out: seen.append((inputs[0].shape, out.shape)))
    torch.testing.assert_close(layer(x), expected, rtol=1e-10, atol=1e-10)
    shape = (2, 3, 9, 8) if hooked == 'base_conv' else (2, 12, 3, 2)
    assert seen == [(shape, shape)]
    hook.remove()
    assert torch.equal(layer(x), expected)
