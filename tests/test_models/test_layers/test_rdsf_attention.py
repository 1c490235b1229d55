import math

import pytest
import torch
import torch.nn.functional as F

from projects.dstransnet.models.layers import (
    RDSFAttention,
    channel_attention_map,
)


def _project(state, name, x, unit):
    """Project one image (C, H, W) to rows (C, H W), of norm 1 if ``unit``."""
    weight = state[f'{name}.1.weight']
    x = F.conv2d(F.conv2d(x[None], state[f'{name}.0.weight']), weight,
                 padding=1, groups=len(weight) // weight.shape[1])
    rows = x[0].flatten(1)
    return rows / rows.norm(dim=1, keepdim=True) if unit else rows


def _attention_map(query, key, total, eps=1e-5):
    """Standardise the scaled product over the matrix, softmax its rows."""
    product = torch.tensor([[(q * k).sum().item() / math.sqrt(total)
                             for k in key] for q in query],
                           dtype=query.dtype)
    mean = product.sum() / product.numel()
    variance = ((product - mean)**2).sum() / product.numel()
    powers = ((product - mean) / torch.sqrt(variance + eps)).exp()
    return powers / powers.sum(dim=1, keepdim=True)


def _attention_slow(state, scales, joint):
    """Everything one image at a time."""
    total = joint.shape[1]
    outs = [torch.empty_like(x) for x in scales]
    for n in range(len(joint)):
        query = _project(state, 'query', joint[n], unit=True)
        key = _project(state, 'key', joint[n], unit=True)
        value = _project(state, 'value', joint[n], unit=False)
        context = _attention_map(query, key, total) @ value
        for i, x in enumerate(scales):
            query = _project(state, f'scale_queries.{i}', x[n], unit=True)
            selected = _attention_map(query, context, total) @ context
            outs[i][n] = F.conv2d(selected.view_as(x[n])[None],
                                  state[f'projections.{i}.weight'])[0]
    return outs


def _inputs(channels, size=(3, 2), n=2):
    scales = [torch.randn(n, c, *size, dtype=torch.float64) for c in channels]
    joint = torch.randn(n, sum(channels), *size, dtype=torch.float64)
    return scales, joint


def _random_attention(channels):
    attention = RDSFAttention(channels).double()
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter)
    return attention


@pytest.mark.parametrize('training', [True, False])
@pytest.mark.parametrize('channels', [(2, 4, 6), (4, )], ids=str)
def test_attention_image_by_image(channels, training):
    attention = _random_attention(channels).train(training)
    scales, joint = _inputs(channels)
    expected = _attention_slow(attention.state_dict(), scales, joint)
    got = attention(scales, joint)
    assert len(got) == len(channels)
    for mine, reference in zip(got, expected):
        torch.testing.assert_close(mine, reference, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('half', ['bfloat16', 'float16', 'autocast'])
def test_half_precision_rounds_no_more_than_its_factors(half):
    torch.manual_seed(0)
    layer = RDSFAttention((4, 8))
    scales, joint = _inputs((4, 8), size=(6, 5))
    scales, joint = [x.float() for x in scales], joint.float()
    expected = layer(scales, joint)
    if half == 'autocast':
        with torch.autocast('cpu', dtype=torch.bfloat16):
            outs = layer(scales, joint)
    else:
        dtype = getattr(torch, half)
        outs = layer.to(dtype)([x.to(dtype) for x in scales], joint.to(dtype))
    for out, reference in zip(outs, expected):
        assert out.dtype == getattr(
            torch, 'bfloat16' if half == 'autocast' else half)
        error = (out.float() - reference).norm() / reference.norm()
        assert error < 0.05


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_the_map_of_rounded_factors_is_float32(dtype):
    query, key = (torch.randn(2, 16, n).to(dtype) for n in (3, 5))
    rows = channel_attention_map(query, key, 1.0)
    assert rows.dtype == torch.float32
    torch.testing.assert_close(rows.sum(-1), torch.ones(2, 3))
    expected = channel_attention_map(query.float(), key.float(), 1.0)
    torch.testing.assert_close(rows, expected, rtol=0.05, atol=0)
