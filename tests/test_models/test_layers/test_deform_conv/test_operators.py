import functools
import itertools
import math
import sys
import types

import pytest
import torch
from helpers.deform_conv import (
    DOUBLE_IMPLS,
    IMPLS,
    NAMES,
    assert_close,
    problem,
    run,
)

from projects.dstransnet.models.layers import deform_conv2d
from projects.dstransnet.models.layers.deform_conv import (
    operators as deform_conv_ops,
)
from projects.dstransnet.models.layers.deform_conv.module import (
    SINGLE_PRECISION_IMPLS,
)

# The last three maps are 1 pixel wide.
CASES = {
    '5x5': dict(size=(8, 7), kernel=(5, 5), padding=2),
    'no-padding': dict(size=(6, 5), kernel=(3, 3)),
    'stride': dict(size=(9, 6), kernel=(3, 3), stride=2, padding=1),
    'dilation': dict(size=(7, 9), kernel=(3, 3), padding=2, dilation=2),
    'stride-dilation': dict(
        size=(10, 9), kernel=(3, 3), stride=3, padding=1, dilation=2),
    'flat-kernel': dict(size=(5, 6), kernel=(1, 3), padding=1),
    'narrow': dict(size=(6, 1), kernel=(3, 3), padding=1),
    'low': dict(size=(1, 6), kernel=(3, 3), padding=1),
    'one-pixel': dict(size=(1, 1), kernel=(3, 3), padding=1),
}
ATOL = {torch.float32: 1e-5, torch.float64: 1e-10}


def _operator(impl):
    return functools.partial(deform_conv2d, impl=impl)


def _skip_what_is_refused(impl, dtype):
    if dtype == torch.float64 and impl in SINGLE_PRECISION_IMPLS:
        pytest.skip(f'{impl} refuses double precision')


def _problem(case, dtype=torch.float64, device='cpu'):
    return problem(**CASES[case], dtype=dtype, device=device)


def _bilinear(image, y, x):
    """Read (C, H, W) at a real position; pixels outside are zero."""
    height, width = image.shape[-2:]
    top, left = math.floor(y.item()), math.floor(x.item())
    value = torch.zeros_like(image[:, 0, 0])
    for i in (top, top + 1):
        for j in (left, left + 1):
            if 0 <= i < height and 0 <= j < width:
                share = (1 - (y - i).abs()) * (1 - (x - j).abs())
                value = value + share * image[:, i, j]
    return value


def _deform_conv_slow(x, offset, mask, weight, bias, stride, padding,
                      dilation):
    """Deformable convolution one output pixel at a time."""
    kh, kw = weight.shape[-2:]
    rows, cols = offset.shape[-2:]
    pixels = []
    for n, p, q in itertools.product(range(len(x)), range(rows), range(cols)):
        pixel = bias
        for k, (i, j) in enumerate(itertools.product(range(kh), range(kw))):
            y = p * stride - padding + i * dilation + offset[n, 2 * k, p, q]
            z = q * stride - padding + j * dilation + offset[n, 2 * k + 1, p,
                                                             q]
            tap = mask[n, k, p, q] * _bilinear(x[n], y, z)
            pixel = pixel + weight[:, :, i, j] @ tap
        pixels.append(pixel)
    return torch.stack(pixels).view(len(x), rows, cols, -1).movedim(-1, 1)


@pytest.fixture(scope='module', params=CASES)
def solved(request):
    """A case and what the loops make of it in float64."""
    leaves, geometry = _problem(request.param)
    return request.param, run(_deform_conv_slow, leaves, geometry)


@pytest.mark.parametrize('dtype', ATOL, ids=str)
@pytest.mark.parametrize('impl', IMPLS)
def test_values_and_gradients_match_loops(impl, dtype, solved):
    _skip_what_is_refused(impl, dtype)
    case, expected = solved
    leaves, geometry = _problem(case, dtype)
    got = run(_operator(impl), leaves, geometry)
    assert all(value.dtype == dtype for value in got.values())
    assert_close(got, expected, ATOL[dtype])


@pytest.mark.parametrize('impl', IMPLS)
def test_arguments_lie_in_memory_in_any_way(impl):
    leaves, geometry = _problem('5x5', torch.float32)
    expected = run(_operator('torch'), leaves, geometry)
    for name, value in leaves.items():
        if value.dim() == 4:  # weights too, in a network in this format
            value = value.detach().to(memory_format=torch.channels_last)
            leaves[name] = value.requires_grad_()
    assert_close(run(_operator(impl), leaves, geometry), expected,
                  ATOL[torch.float32])


@pytest.mark.parametrize('frozen', NAMES)
@pytest.mark.parametrize('impl', DOUBLE_IMPLS)
def test_gradients_without_that_of_one_argument(impl, frozen):
    leaves, geometry = _problem('5x5')
    expected = run(_operator('torch'), leaves, geometry)
    del expected[frozen]
    leaves[frozen].requires_grad_(False)
    assert_close(run(_operator(impl), leaves, geometry), expected, 1e-10)


@pytest.mark.parametrize('impl', DOUBLE_IMPLS)
def test_bias_may_be_left_out(impl):
    leaves, geometry = _problem('dilation')
    bias = leaves.pop('bias')
    expected = run(lambda **kwargs: _deform_conv_slow(
        bias=torch.zeros_like(bias), **kwargs), leaves, geometry)
    got = run(_operator(impl), leaves, geometry)
    assert_close(got, expected, 1e-10)


@pytest.mark.parametrize('rows_a_strip', [1, 2, 3, 5, 100])
@pytest.mark.parametrize('case', ['5x5', 'stride-dilation', 'narrow'])
def test_strip_boundaries_do_not_show(case, rows_a_strip, monkeypatch):
    leaves, geometry = _problem(case)
    expected = run(_operator('torch'), leaves, geometry)
    n, channels = leaves['x'].shape[:2]
    _, points, rows, cols = leaves['mask'].shape
    # 8 bytes of float64 for every column value and the two of the grid
    monkeypatch.setattr(deform_conv_ops, '_STRIP_BYTES',
                        rows_a_strip * n * (channels + 2) * points * cols * 8)
    grids = []
    sampling_grid = deform_conv_ops._sampling_grid

    def recorded(*args):
        grids.append(sampling_grid(*args))
        return grids[-1]

    monkeypatch.setattr(deform_conv_ops, '_sampling_grid', recorded)
    got = run(_operator('strips'), leaves, geometry)
    assert_close(got, expected, 1e-12)
    strips = math.ceil(rows / rows_a_strip)
    assert len(grids) == 2 * strips  # in the forward and the backward pass


@pytest.mark.skipif(not torch.cuda.is_available(), reason='no CUDA device')
@pytest.mark.parametrize('impl', DOUBLE_IMPLS)
def test_cuda_matches_cpu(impl):
    for case, dtype in itertools.product(CASES, ATOL):
        expected = run(_operator('torch'), *_problem(case))
        leaves, geometry = _problem(case, dtype, 'cuda')
        got = run(_operator(impl), leaves, geometry)
        assert all(value.is_cuda for value in got.values())
        assert_close(got, expected, ATOL[dtype])


def test_compiled_operators_get_their_arguments_in_order(monkeypatch):
    """The wrappers against operators with the documented signatures."""
    plain = _operator('torch')

    def of_torchvision(input, offset, weight, bias=None, stride=(1, 1),
                       padding=(0, 0), dilation=(1, 1), mask=None):
        return plain(input, offset, mask, weight, bias, stride, padding,
                     dilation)

    def of_mmcv(input, offset, mask, weight, bias=None, stride=1, padding=0,
                dilation=1, groups=1, deform_groups=1):
        assert groups == 1 and deform_groups == 1
        return plain(input, offset, mask, weight, bias, stride, padding,
                     dilation)

    monkeypatch.setitem(
        sys.modules, 'torchvision.ops',
        types.SimpleNamespace(deform_conv2d=of_torchvision))
    monkeypatch.setitem(
        sys.modules, 'mmcv.ops',
        types.SimpleNamespace(modulated_deform_conv2d=of_mmcv))
    leaves, geometry = _problem('stride-dilation')
    expected = plain(**leaves, **geometry)
    for impl in ('torchvision', 'mmcv'):
        assert torch.equal(_operator(impl)(**leaves, **geometry),
                           expected)
