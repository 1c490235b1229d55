import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import PatchEmbedding, embed_patches


@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('patch', [1, 2, 3])
def test_product_equals_the_convolution(patch, bias):
    x = torch.randn(2, 3, 4 * patch, 5 * patch, dtype=torch.float64)
    weight = torch.randn(6, 3, patch, patch, dtype=torch.float64)
    offset = torch.randn(6, dtype=torch.float64) if bias else None
    for maps in (x, x.contiguous(memory_format=torch.channels_last)):
        torch.testing.assert_close(
            embed_patches(maps, weight, offset),
            F.conv2d(maps, weight, offset, stride=patch))


# 8 and 16 channels are those of the narrow network.
@pytest.mark.parametrize('channels, patch', [(8, 16), (16, 8), (32, 4)])
@pytest.mark.parametrize('autocast', [True, False])
def test_bfloat16_stays_near_float32(channels, patch, autocast):
    layer = PatchEmbedding(channels, patch)
    x = torch.randn(2, channels, 4 * patch, 4 * patch)
    expected = layer(x)
    if autocast:
        with torch.autocast('cpu', dtype=torch.bfloat16):
            out = layer(x)
    else:
        out = layer.bfloat16()(x.bfloat16())
    assert out.dtype == torch.bfloat16
    error = (out.float() - expected).norm() / expected.norm()
    assert error < 0.01


def test_float32_is_left_to_the_convolution():
    layer, x = PatchEmbedding(4, 2), torch.randn(1, 4, 6, 6)
    expected = F.conv2d(x, layer.weight, layer.bias, stride=2)
    assert torch.equal(layer(x), expected)
    with torch.autocast('cpu', enabled=False):
        assert torch.equal(layer(x), expected)
