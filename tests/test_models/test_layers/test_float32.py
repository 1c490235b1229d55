import pytest
import torch

from projects.dstransnet.models.layers import to_float32


@pytest.mark.parametrize('dtype, expected', [
    (torch.float16, torch.float32), (torch.bfloat16, torch.float32),
    (torch.float32, torch.float32), (torch.float64, torch.float64)])
def test_single_precision_or_more(dtype, expected):
    x = torch.rand(3).to(dtype)
    found = to_float32(x)
    assert found.dtype == expected and torch.equal(found, x.to(expected))
    assert (found is x) is (dtype == expected)
