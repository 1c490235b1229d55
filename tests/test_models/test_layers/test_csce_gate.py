import math

import pytest
import torch

from projects.dstransnet.models.layers import CSCEGate


def _sigmoid(value):
    return 1 / (1 + math.exp(-value))


def _gate_slow(state, skip, up):
    """Gate one image at a time with plain loops."""
    kernel = state['spatial_conv.weight'][0].tolist()
    half = len(kernel[0]) // 2
    n, channels, height, width = skip.shape
    out = torch.zeros_like(skip)
    for i in range(n):
        pooled_up = [m.mean().item() for m in up[i]]
        pooled_skip = [m.mean().item() for m in skip[i]]
        channel = []
        for c in range(channels):
            total = state['up_linear.bias'][c] + state['skip_linear.bias'][c]
            for j, value in enumerate(pooled_up):
                total = total + state['up_linear.weight'][c, j] * value
            for j, value in enumerate(pooled_skip):
                total = total + state['skip_linear.weight'][c, j] * value
            channel.append(_sigmoid(total.item()))
        peaks = [[[
            max(m[y, z].item() for m in maps[i]) for z in range(width)
        ] for y in range(height)] for maps in (up, skip)]
        for y in range(height):
            for z in range(width):
                total = 0.
                for p in (0, 1):
                    for dy in range(-half, half + 1):
                        for dz in range(-half, half + 1):
                            if (0 <= y + dy < height and 0 <= z + dz < width):
                                total += (
                                    kernel[p][dy + half][dz + half] *
                                    peaks[p][y + dy][z + dz])
                spatial = _sigmoid(total)
                for c in range(channels):
                    value = skip[i, c, y, z].item() * channel[c] * spatial
                    out[i, c, y, z] = max(value, 0.)
    return out


@pytest.mark.parametrize('kernel_size', [3, 7])
@pytest.mark.parametrize('factor', [1, 2])
def test_gate_matches_plain_loops(kernel_size, factor):
    gate = CSCEGate(3, 5, kernel_size).double()
    for parameter in gate.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    skip = torch.randn(2, 3, 6, 4, dtype=torch.float64)
    deeper = torch.randn(
        2, 5, 6 // factor, 4 // factor, dtype=torch.float64) + 0.3
    up = deeper.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    torch.testing.assert_close(
        gate(skip, deeper),
        _gate_slow(gate.state_dict(), skip, up),
        rtol=1e-10,
        atol=1e-10)
