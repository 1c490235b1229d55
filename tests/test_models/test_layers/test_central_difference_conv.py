import pytest
import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmseg.registry import MODELS

from projects.dstransnet.models.layers import CentralDifferenceConv2d


def _two_convolutions(x, weight, bias, theta, stride=1, groups=1):
    """y - theta * d, each term a convolution of its own with the bias."""
    y = F.conv2d(
        x,
        weight,
        bias,
        stride=stride,
        padding=weight.shape[-1] // 2,
        groups=groups)
    point = weight.sum(dim=(2, 3), keepdim=True)
    d = F.conv2d(x, point, bias, stride=stride, groups=groups)
    return y - theta * d


@pytest.mark.parametrize('theta', [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize('settings', [
    dict(),
    dict(bias=False),
    dict(groups=2),
    dict(stride=2),
    dict(kernel_size=5, padding=2),
    dict(kernel_size=1, padding=0),
], ids=str)
def test_equals_two_convolutions_with_gradients(theta, settings):
    layer = CentralDifferenceConv2d(4, 6, theta=theta, **settings).double()
    x = torch.randn(2, 4, 7, 5, dtype=torch.float64, requires_grad=True)
    out = layer(x)
    expected = _two_convolutions(x, layer.weight, layer.bias, theta,
                                 layer.stride, layer.groups)
    torch.testing.assert_close(out, expected, rtol=1e-12, atol=1e-12)

    leaves = [x, *layer.parameters()]
    cotangent = torch.randn_like(out)
    for got, wanted in zip(
            torch.autograd.grad(out, leaves, cotangent),
            torch.autograd.grad(expected, leaves, cotangent)):
        torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize('kernel_size, padding', [(4, 2), (3, 0), (5, 1)])
def test_unequal_terms_are_refused(kernel_size, padding):
    with pytest.raises(
            ValueError,
            match=f'kernel_size={kernel_size}, padding={padding}'):
        CentralDifferenceConv2d(2, 2, kernel_size, padding=padding)


def test_conv_module_builds_it_by_name():
    assert MODELS.get('CentralDifferenceConv2d') is CentralDifferenceConv2d
    module = ConvModule(
        2, 3, 3, padding=1,
        conv_cfg=dict(type=CentralDifferenceConv2d, theta=0.2))
    assert isinstance(module.conv, CentralDifferenceConv2d)
    assert module.conv.theta == 0.2
    assert 'theta=0.2' in repr(module.conv)
