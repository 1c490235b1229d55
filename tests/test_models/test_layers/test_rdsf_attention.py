import math

import pytest
import torch

from projects.dstransnet.models.layers import (
    RDSFAttention,
    channel_attention_map,
)


def _conv1x1(x, weight):
    return torch.einsum('oc,chw->ohw', weight[:, :, 0, 0], x)


def _conv3x3(x, weight):
    """Grouped 3 x 3 convolution of one image; the weight tells the groups."""
    outputs, group_inputs = weight.shape[:2]
    groups = x.shape[0] // group_inputs
    height, width = x.shape[1:]
    out = x.new_zeros(outputs, height, width)
    for o in range(outputs):
        first = o // (outputs // groups) * group_inputs
        for c in range(group_inputs):
            for y in range(height):
                for z in range(width):
                    for dy in (-1, 0, 1):
                        for dz in (-1, 0, 1):
                            if 0 <= y + dy < height and 0 <= z + dz < width:
                                out[o, y, z] += (
                                    weight[o, c, dy + 1, dz + 1] *
                                    x[first + c, y + dy, z + dz])
    return out


def _project(state, name, x, unit):
    rows = _conv3x3(
        _conv1x1(x, state[f'{name}.0.weight']),
        state[f'{name}.1.weight']).flatten(1)
    if not unit:
        return rows
    return torch.stack([
        row / max(math.sqrt((row**2).sum().item()), 1e-12) for row in rows
    ])


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
            outs[i][n] = _conv1x1(
                selected.view_as(x[n]), state[f'projections.{i}.weight'])
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
def test_attention_matches_plain_loops(channels, training):
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
