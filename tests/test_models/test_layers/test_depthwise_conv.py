import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import (
    DepthwiseConv2d,
    depthwise_conv,
    depthwise_conv2d,
)


@pytest.fixture(autouse=True)
def kernel_for_small_maps(monkeypatch):
    monkeypatch.setattr(depthwise_conv, '_SMALLEST', 1)


def plain(x, weight, bias=None):
    return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2,
                    groups=len(weight))


def draw(channels, height=7, width=9, side=5):
    """Return x, weight and bias, leaves of a graph."""
    generator = torch.Generator().manual_seed(channels)
    return [torch.randn(shape, generator=generator).requires_grad_()
            for shape in ((2, channels, height, width),
                          (channels, 1, side, side), (channels, ))]


def gradients(function, leaves, **autocast):
    with torch.autocast('cpu', torch.bfloat16, **autocast):
        out = function(*leaves)
    cotangent = torch.linspace(-1, 1, out.numel()).view(out.shape)
    return [out, *torch.autograd.grad(out, leaves, cotangent.to(out.dtype))]


# One vector of 4 and of 8 channels, and several of 16, with and without
# channels in between; one row, one column.
@pytest.mark.parametrize('channels, height, width', [
    (3, 7, 9), (4, 20, 3), (7, 9, 1), (8, 1, 9), (17, 7, 9), (32, 6, 5)])
@pytest.mark.parametrize('layout',
                         [torch.contiguous_format, torch.channels_last])
def test_gradients_are_those_of_pytorch(channels, height, width, layout):
    leaves = draw(channels, height, width)
    leaves[0] = leaves[0].detach().contiguous(
        memory_format=layout).requires_grad_()
    doubles = [leaf.detach().double().requires_grad_() for leaf in leaves]
    expected = gradients(plain, doubles, enabled=False)
    for got, value in zip(
            gradients(depthwise_conv2d, leaves, enabled=False), expected):
        torch.testing.assert_close(
            got.double(), value, rtol=1e-5,
            atol=1e-5 * value.abs().max().item())


def test_threads_do_not_show():
    leaves, found = draw(5), []
    before = torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(gradients(depthwise_conv2d, leaves, enabled=False)[2])
    torch.set_num_threads(before)
    assert torch.equal(*found)


def test_bfloat16_autocast_sums_in_float32():
    """Equal values; the weight's gradient is nearer to the exact one."""
    leaves = draw(6, 40, 40)
    ours, theirs = (gradients(function, leaves, enabled=True)
                    for function in (depthwise_conv2d, plain))
    assert [each.dtype for each in ours] == [each.dtype for each in theirs]
    assert torch.equal(ours[0], theirs[0])
    # Processors without bfloat16 sum it in another order.
    torch.testing.assert_close(ours[1], theirs[1], rtol=0.02, atol=0.05)
    exact = gradients(plain, [
        leaf.detach().double().requires_grad_() for leaf in leaves],
        enabled=False)[2]
    error, reference = ((each[2] - exact).abs().max()
                        for each in (ours, theirs))
    assert error < 0.02 * exact.abs().max()
    assert error < 2 * reference


def test_the_kernel_runs_where_it_is_meant_to(monkeypatch):
    runs = []
    monkeypatch.setattr(
        depthwise_conv, '_weight_gradient',
        lambda x, grad: runs.append(x) or torch.zeros(x.shape[1], 1, 5, 5))
    x, weight, _ = draw(4)
    depthwise_conv2d(x, weight).sum().backward()
    assert len(runs) == 1
    depthwise_conv2d(x.double(), weight.double()).sum().backward()
    small = draw(4, side=3)
    depthwise_conv2d(*small).sum().backward()
    torch.func.grad(lambda value: depthwise_conv2d(x, value).sum())(weight)
    frozen = depthwise_conv2d(x, weight.detach()).sum()
    frozen.backward()
    traced = torch.jit.trace(DepthwiseConv2d(4, 5), x.detach())
    assert 'aten::_convolution' in str(traced.inlined_graph)
    assert len(runs) == 1
