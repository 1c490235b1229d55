import pytest
import torch
from torch import nn

from projects.dstransnet.deployment.weight_folding import (
    conv_of,
    fold_norm,
    foldable,
    frozen,
)
from projects.dstransnet.utils.errors import InputError


def norm_of(channels: int, **settings) -> nn.BatchNorm2d:
    norm = nn.BatchNorm2d(channels, **settings).eval()
    norm.running_mean.uniform_(-1, 1)
    norm.running_var.uniform_(0.5, 2)
    if norm.affine:
        nn.init.uniform_(norm.weight, -2, 2)
        nn.init.uniform_(norm.bias, -1, 1)
    return norm


@pytest.mark.parametrize('affine', [True, False])
@pytest.mark.parametrize('bias', [True, False])
@pytest.mark.parametrize('groups', [1, 2])
def test_fold_norm(affine, bias, groups):
    conv = nn.Conv2d(4, 6, 3, bias=bias, groups=groups)
    norm, x = norm_of(6, affine=affine), torch.randn(2, 4, 5, 7)
    folded = conv_of(*fold_norm(conv.weight, conv.bias, norm), groups=groups)
    torch.testing.assert_close(folded(x), norm(conv(x)), rtol=0, atol=1e-5)
    assert not any(value.requires_grad for value in folded.parameters())


@pytest.mark.parametrize('norm', [
    nn.BatchNorm2d(2, track_running_stats=False), nn.GroupNorm(1, 2),
    nn.InstanceNorm2d(2, track_running_stats=True), nn.Identity()])
def test_norms_of_other_kinds(norm):
    assert not foldable(norm)
    with pytest.raises(InputError, match='norm: expected a batch norm with'):
        fold_norm(torch.ones(2, 2, 1, 1), None, norm)


def test_layers_hold_copies():
    weight, bias = torch.randn(2, 2, 3, 3), torch.randn(2)
    x = torch.randn(1, 2, 5, 5)
    conv = conv_of(weight, bias, 2, stride=2, dilation=2)
    parameter = frozen(weight)
    expected = nn.functional.conv2d(x, weight, bias, 2, 2, 2)
    before = weight.clone()
    weight.zero_()
    bias.zero_()
    assert torch.equal(conv(x), expected)
    assert torch.equal(parameter, before) and not parameter.requires_grad
