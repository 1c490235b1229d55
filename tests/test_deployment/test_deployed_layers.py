"""Each block beside the one that it takes the place of."""
import pytest
import torch
from helpers.small_networks import (
    assert_equal_up_to_rounding,
    images,
    randomize,
)
from mmcv.cnn import ConvModule

from projects.dstransnet.deployment import deployed_layers
from projects.dstransnet.deployment.deployed_layers import (
    ExportedDeformConv2d,
    FoldedDecoderConv,
    FoldedWTConv2d,
)
from projects.dstransnet.models.decode_heads.csce_head import JoiningConvModule
from projects.dstransnet.models.layers import ModulatedDeformConv2d, WTConv2d


@pytest.mark.parametrize('levels', [0, 1, 3])
@pytest.mark.parametrize('size', [(9, 6), (1, 1), (16, 16)])
def test_wavelets(levels, size):
    layer = randomize(WTConv2d(3, 3, levels))
    x = images(2, 3, *size)
    with torch.no_grad():
        assert_equal_up_to_rounding(FoldedWTConv2d(layer)(x), layer(x))


def test_join():
    join = JoiningConvModule(5, 4, 3, padding=1)
    skip, deeper = images(2, 2, 8, 12), images(2, 3, 4, 6)
    up = deeper.repeat_interleave(2, 2).repeat_interleave(2, 3)
    with torch.no_grad():
        found = FoldedDecoderConv(join, 2)(skip, deeper)
        expected = ConvModule.forward(join, torch.cat((skip, up), dim=1))
    assert_equal_up_to_rounding(found, expected)


@pytest.mark.parametrize('most', [1, 3])
@pytest.mark.parametrize('size', [(8, 8), (1, 7), (13, 2)])
def test_deformable_convolution(size, most, monkeypatch):
    monkeypatch.setattr(deployed_layers, 'STRIP_BYTES', 1)
    monkeypatch.setattr(deployed_layers, 'MOST_STRIPS', most)
    conv = ModulatedDeformConv2d(3, 4, 5)
    # Offsets of pixels, beyond the border too.
    torch.nn.init.normal_(conv.conv_offset_mask.weight, std=0.3)
    torch.nn.init.normal_(conv.conv_offset_mask.bias, std=3)
    x = images(2, 3, *size)
    with torch.no_grad():
        assert_equal_up_to_rounding(ExportedDeformConv2d(conv)(x), conv(x))
