import math

import pytest
import torch

from projects.dstransnet.models.layers import LayerNorm2d


def _by_positions(x, weight, bias, eps):
    """Standardise the channels of each position with plain sums."""
    out = torch.empty_like(x)
    n, channels, height, width = x.shape
    for i in range(n):
        for y in range(height):
            for z in range(width):
                values = x[i, :, y, z].tolist()
                mean = sum(values) / channels
                variance = sum((v - mean)**2 for v in values) / channels
                for c, value in enumerate(values):
                    out[i, c, y, z] = (
                        (value - mean) / math.sqrt(variance + eps) *
                        weight[c].item() + bias[c].item())
    return out


@pytest.mark.parametrize('eps', [1e-5, 0.5])
def test_normalises_channels_of_every_position(eps):
    norm = LayerNorm2d(5, eps=eps).double()
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    x = torch.randn(2, 5, 3, 4, dtype=torch.float64) * 3 + 1
    torch.testing.assert_close(
        norm(x),
        _by_positions(x, norm.weight, norm.bias, eps),
        rtol=1e-12,
        atol=1e-12)
