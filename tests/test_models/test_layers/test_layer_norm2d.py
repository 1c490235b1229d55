import pytest
import torch

from projects.dstransnet.models.layers import LayerNorm2d


@pytest.mark.parametrize('eps', [1e-5, 0.5])
def test_normalises_channels_of_every_position(eps):
    norm = LayerNorm2d(5, eps=eps).double()
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    x = torch.randn(2, 5, 3, 4, dtype=torch.float64) * 3 + 1
    variance, mean = torch.var_mean(x, dim=1, correction=0, keepdim=True)
    expected = (x - mean) / torch.sqrt(variance + eps)
    expected = (expected * norm.weight.view(-1, 1, 1)
                + norm.bias.view(-1, 1, 1))
    torch.testing.assert_close(norm(x), expected, rtol=1e-12, atol=1e-12)
