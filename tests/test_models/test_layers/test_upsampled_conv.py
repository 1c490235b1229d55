import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import (
    conv_skip_and_upsampled,
)


def _by_definition(skip, deeper, weight, bias):
    """Up-sample, join, convolve, by loops over taps."""
    up = deeper.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    joined = F.pad(torch.cat((skip, up), dim=1), (1, 1, 1, 1))
    height, width = skip.shape[-2:]
    out = sum(
        torch.einsum('oc,nchw->nohw', weight[:, :, i, j],
                     joined[:, :, i:i + height, j:j + width])
        for i in range(3) for j in range(3))
    return out if bias is None else out + bias.view(1, -1, 1, 1)


def _inputs(height=3, width=4):
    generator = torch.Generator().manual_seed(0)

    def draw(*shape):
        return torch.randn(
            *shape, dtype=torch.float64, generator=generator).requires_grad_()

    return (draw(2, 3, 2 * height, 2 * width), draw(2, 2, height, width),
            draw(4, 5, 3, 3), draw(4))


@pytest.mark.parametrize('size', [(3, 4), (1, 1), (1, 5)])
@pytest.mark.parametrize('has_bias', [True, False])
def test_equals_up_sampling_and_joining(size, has_bias):
    skip, deeper, weight, bias = _inputs(*size)
    bias = bias if has_bias else None
    torch.testing.assert_close(
        conv_skip_and_upsampled(skip, deeper, weight, bias),
        _by_definition(skip, deeper, weight, bias), rtol=0, atol=1e-12)


def test_gradients_equal_those_of_the_definition():
    inputs = _inputs()
    cotangent = torch.randn(2, 4, 6, 8, dtype=torch.float64)
    fast = torch.autograd.grad(
        conv_skip_and_upsampled(*inputs), inputs, cotangent)
    slow = torch.autograd.grad(_by_definition(*inputs), inputs, cotangent)
    for got, expected in zip(fast, slow):
        torch.testing.assert_close(got, expected, rtol=0, atol=1e-11)
