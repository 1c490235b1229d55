import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import CSCEGate


def _gate_of_upsampled(state, skip, up):
    """The formula, on the deeper map after up-sampling."""
    channel = sum(
        torch.einsum('oc,nchw->no', state[f'{name}_linear.weight'], maps)
        / maps[0, 0].numel() + state[f'{name}_linear.bias']
        for name, maps in (('up', up), ('skip', skip)))
    peaks = torch.stack((up.max(1).values, skip.max(1).values), dim=1)
    kernel = state['spatial_conv.weight']
    spatial = F.conv2d(peaks, kernel, padding=kernel.shape[-1] // 2)
    gates = channel[:, :, None, None].sigmoid() * spatial.sigmoid()
    return (skip * gates).clamp(min=0)


@pytest.mark.parametrize('kernel_size', [3, 7])
@pytest.mark.parametrize('factor', [1, 2])
def test_gate_is_that_of_the_upsampled_map(kernel_size, factor):
    gate = CSCEGate(3, 5, kernel_size).double()
    for parameter in gate.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    skip = torch.randn(2, 3, 6, 4, dtype=torch.float64)
    deeper = torch.randn(
        2, 5, 6 // factor, 4 // factor, dtype=torch.float64) + 0.3
    up = deeper.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    torch.testing.assert_close(
        gate(skip, deeper),
        _gate_of_upsampled(gate.state_dict(), skip, up),
        rtol=1e-10,
        atol=1e-10)
