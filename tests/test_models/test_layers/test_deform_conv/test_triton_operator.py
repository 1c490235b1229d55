"""The Triton kernels, on a GPU or else in Triton's interpreter."""
import functools
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
import torch
from helpers.deform_conv import (
    NAMES,
    assert_close,
    problem,
    reference,
    run,
)

from projects.dstransnet.models.layers import (
    ModulatedDeformConv2d,
    deform_conv2d,
)
from projects.dstransnet.models.layers.deform_conv import (
    module as dcn,
)
from projects.dstransnet.models.layers.deform_conv import (
    triton_operator as deform_conv_triton,
)
from projects.dstransnet.models.layers.deform_conv.triton_operator import (
    triton_can_run,
)

COMPILE = '''
import re
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile
from projects.dstransnet.models.layers.deform_conv import triton_kernels as all

constants = dict(
    C=40, C_OUT=72, K=25, KERNEL_WIDTH=5, STRIDE=1, PADDING=2, DILATION=1,
    HAS_BIAS=True, CHANNELS_LAST=True, NEED_X=True)
features = ('x_ptr', 'weight_ptr', 'out_ptr', 'grad_out_ptr')
for kernel in (all.forward_kernel, all.sample_gradient_kernel,
               all.weight_gradient_kernel):
    for dtype, factor, precision, index in (
            ('*fp32', tl.float32, 'tf32', tl.int32),
            ('*bf16', tl.bfloat16, 'ieee', tl.int64)):
        config = kernel.configs[0]
        fixed = dict(constants, PRECISION=precision, FACTOR=factor,
                     INDEX=index, **config.kwargs)
        names = kernel.fn.arg_names
        types = {name: 'constexpr' if name in fixed else dtype
                 if name in features else '*fp32' if name.endswith('_ptr')
                 else 'i32' for name in names}
        source = ASTSource(kernel.fn, types, {
            (names.index(name), ): value for name, value in fixed.items()
            if name in names})
        for capability in (80, 90):
            code = compile(source, target=GPUTarget('cuda', capability, 32),
                           options=dict(num_warps=config.num_warps)
                           ).asm['ptx']
            print(kernel.fn.__name__, bool(re.search('mma[.]', code)))
'''

triton_conv = functools.partial(deform_conv2d, impl='triton')
INTERPRETER = dict(TRITON_INTERPRET='1')


def _interpreted():
    """Import Triton so that its kernels are interpreted, if it is there."""
    with mock.patch.dict(os.environ, INTERPRETER):
        return triton_can_run()


def _why_not():
    if importlib.util.find_spec('triton') is None:
        return 'Triton is not installed'
    if torch.cuda.is_available() or _interpreted():
        return ''
    return ('Triton is too old for its interpreter, or was imported before it '
            'was told to interpret; run this file with TRITON_INTERPRET=1')


DEVICE = 'cuda' if torch.cuda.is_available() else 'cpu'
WHY_NOT = _why_not()
needs_triton = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Ask for the interpreter, full float32 and a fresh look for Triton."""
    if DEVICE == 'cpu':
        monkeypatch.setenv('TRITON_INTERPRET', '1')
    allowed = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    dcn.deform_conv_available.cache_clear()
    yield
    torch.backends.cuda.matmul.allow_tf32 = allowed
    dcn.deform_conv_available.cache_clear()


def _problem(channels, size, kernel, dtype=torch.float32, n=1, **settings):
    return problem(size, kernel, channels, n, dtype, DEVICE, **settings)


# Blocks are 16 in the interpreter, so that 19 and 17 channels and the 24
# positions of the first case need several.
CASES = {
    'several-blocks': dict(
        channels=(19, 17), size=(4, 4), kernel=(1, 2), n=2),
    'stride': dict(
        channels=(3, 5), size=(6, 5), kernel=(2, 1), n=2, stride=2, padding=1),
    'dilation': dict(
        channels=(1, 1), size=(4, 3), kernel=(2, 2), padding=1, dilation=2),
    'one-pixel': dict(
        channels=(2, 3), size=(1, 1), kernel=(2, 2), padding=1, n=3),
}


@needs_triton
@pytest.mark.parametrize('case', CASES)
def test_values_and_gradients_match_the_plain_form(case):
    leaves, geometry = _problem(**CASES[case])
    if case == 'stride':
        leaves['x'] = leaves['x'].detach().contiguous(
            memory_format=torch.channels_last).requires_grad_()
    got = run(triton_conv, leaves, geometry)
    assert all(value.dtype == torch.float32 for value in got.values())
    assert_close(got, reference(leaves, geometry), 1e-5)


@needs_triton
@pytest.mark.parametrize('dtype, rounding', [(torch.float16, 2e-3),
                                             (torch.bfloat16, 1e-2)], ids=str)
def test_half_precision_features_beside_exact_positions(dtype, rounding):
    """Offsets of a quarter of a pixel at column 512 would be lost in half."""
    leaves, geometry = _problem((3, 5), (1, 520), (1, 1), dtype, spread=0.3)
    with torch.no_grad():
        leaves['x'][..., :500] = 0
    crop = slice(500, 516)
    for name in ('offset', 'mask'):
        leaves[name] = leaves[name].detach()[..., crop].requires_grad_()
    with torch.no_grad():
        leaves['offset'][:, 1] += 500
    got = run(triton_conv, leaves, geometry)
    assert got['out'].dtype == got['x'].dtype == got['weight'].dtype == dtype
    assert got['offset'].dtype == got['mask'].dtype == torch.float32
    assert_close(got, reference(leaves, geometry), rounding)


@needs_triton
@pytest.mark.skipif(DEVICE == 'cpu', reason='minutes in the interpreter')
@pytest.mark.parametrize('dtype, rounding', [(torch.float32, 1e-5),
                                             (torch.float16, 5e-3),
                                             (torch.bfloat16, 3e-2)], ids=str)
def test_a_block_of_the_network(dtype, rounding):
    leaves, geometry = _problem((64, 128), (40, 37), (5, 5), dtype, n=2,
                                padding=2)
    got = run(triton_conv, leaves, geometry)
    assert_close(got, reference(leaves, geometry), rounding)


@needs_triton
@pytest.mark.parametrize('frozen', ['x', 'offset', 'weight', None])
def test_gradients_without_that_of_one_argument_and_without_bias(frozen):
    leaves, geometry = _problem((2, 3), (3, 4), (1, 2))
    if frozen is None:
        del leaves['bias']
    else:
        leaves[frozen].requires_grad_(False)
    assert_close(
        run(triton_conv, leaves, geometry),
        reference(leaves, geometry), 1e-5)


@needs_triton
def test_any_layout_of_arguments_and_gradient():
    leaves, geometry = _problem((3, 4), (3, 2), (2, 1), n=2)
    expected = reference(leaves, geometry)
    strided = {
        name: value.detach().transpose(0, -1).contiguous().transpose(0, -1)
        .requires_grad_() for name, value in leaves.items()
    }
    assert not strided['offset'].is_contiguous()
    assert_close(
        run(triton_conv, strided, geometry), expected, 1e-5)
    # The gradient of a sum is one number without strides.
    out = triton_conv(**leaves, **geometry)
    (grad, ) = torch.autograd.grad(out.sum(), leaves['bias'])
    assert (grad == out[:, 0].numel()).all()


@needs_triton
def test_64_bit_indices(monkeypatch):
    leaves, geometry = _problem((3, 17), (3, 4), (1, 2))
    monkeypatch.setattr(deform_conv_triton, '_INT32_LIMIT', 1)
    indices = []
    settings = deform_conv_triton._settings

    def recorded(*args):
        indices.append(str(settings(*args)['INDEX']))
        return settings(*args)

    monkeypatch.setattr(deform_conv_triton, '_settings', recorded)
    assert_close(
        run(triton_conv, leaves, geometry),
        reference(leaves, geometry), 1e-5)
    assert indices == ['int64', 'int64']


@needs_triton
def test_the_weight_is_summed_over_shares_of_positions(monkeypatch):
    leaves, geometry = _problem((2, 3), (9, 10), (1, 1))
    monkeypatch.setattr(deform_conv_triton, '_weight_shares', lambda *_: 4)
    assert_close(
        run(triton_conv, leaves, geometry),
        reference(leaves, geometry), 1e-5)


@needs_triton
def test_a_position_that_is_nan_spoils_its_outputs_only():
    leaves, geometry = _problem((3, 4), (3, 4), (1, 1))
    with torch.no_grad():
        leaves['offset'][0, 0, 1, 2] = torch.nan
    got = run(triton_conv, leaves, geometry)
    spoilt = torch.zeros_like(got['out'][0, 0], dtype=torch.bool)
    spoilt[1, 2] = True
    assert torch.equal(got['out'].isnan(), spoilt.expand_as(got['out']))
    assert torch.equal(got['mask'].isnan(), spoilt.expand_as(got['mask']))
    assert got['x'].isfinite().all()
    leaves['offset'].requires_grad_(False)[0, 0, 1, 2] = 1e6
    assert_close({'x': got['x']},
                  {'x': reference(leaves, geometry)['x']}, 1e-5)


@needs_triton
@pytest.mark.parametrize('empty', ['batch', 'positions'])
def test_nothing_in_nothing_out(empty):
    leaves, geometry = _problem((2, 3), (3, 3), (2, 2))
    if empty == 'batch':
        cut = {k: leaves[k].detach()[:0] for k in ('x', 'offset', 'mask')}
    else:
        cut = {k: leaves[k].detach()[..., :0] for k in ('offset', 'mask')}
    leaves |= {k: v.requires_grad_() for k, v in cut.items()}
    got = run(triton_conv, leaves, geometry)
    assert got['out'].numel() == 0 and got['out'].shape[1] == 3
    for name in NAMES:
        assert got[name].shape == leaves[name].shape
        assert not got[name].any(), name


@needs_triton
def test_double_precision_takes_the_plain_form():
    leaves, geometry = _problem((2, 3), (3, 4), (1, 2))
    leaves = {k: v.detach().double() for k, v in leaves.items()}
    assert torch.equal(
        triton_conv(**leaves, **geometry),
        deform_conv2d(**leaves, **geometry))


@needs_triton
def test_the_gradient_of_the_input_is_not_deterministic():
    leaves, geometry = _problem((2, 3), (3, 4), (1, 1))
    try:
        torch.use_deterministic_algorithms(True)
        out = triton_conv(**leaves, **geometry)
        with pytest.raises(RuntimeError, match='atomic.*warn_only=True'):
            out.sum().backward()
        torch.use_deterministic_algorithms(True, warn_only=True)
        out = triton_conv(**leaves, **geometry)
        with pytest.warns(UserWarning, match='atomic'):
            out.sum().backward()
        torch.use_deterministic_algorithms(True)
        leaves['x'] = leaves['x'].detach()
        triton_conv(**leaves, **geometry).sum().backward()
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.skipif(DEVICE == 'cpu', reason='no GPU, where TF32 is')
@needs_triton
def test_tf32_where_it_is_allowed():
    leaves, geometry = _problem((64, 32), (24, 24), (3, 3), padding=1)
    expected = reference(leaves, geometry)
    torch.backends.cuda.matmul.allow_tf32 = True
    got = run(triton_conv, leaves, geometry)
    assert_close(got, expected, 5e-3)
    with pytest.raises(AssertionError):
        assert_close(got, expected, 1e-5)


@needs_triton
@pytest.mark.parametrize('name, change, text', [
    ('weight', lambda t: t[:, :1], 'x and weight: .*3, 1, 1, 2'),
    ('x', lambda t: t[0], 'x and weight: '),
    ('offset', lambda t: t[:, :2], r'offset: .*\(N, 4, P, Q\).*\(1, 2,'),
    ('mask', lambda t: t[:, :1], r'mask: .*\(N, 2, P, Q\).*\(1, 1,'),
    ('mask', lambda t: t[..., :1], 'mask: .*as offset has'),
    ('offset', lambda t: t.expand(2, -1, -1, -1), 'offset: .*N = 1'),
    ('bias', lambda t: t[:2], r'bias: .*\(3,\), got \(2,\)'),
    ('mask', lambda t: t.to('meta'), 'mask: expected device .*meta'),
])
def test_misfits_are_refused(name, change, text):
    leaves, geometry = _problem((2, 3), (3, 4), (1, 2))
    leaves[name] = change(leaves[name])
    with pytest.raises(ValueError, match=text):
        triton_conv(**leaves, **geometry)


@needs_triton
@pytest.mark.parametrize('channels_last', [False, True])
def test_compilers_see_the_layouts_that_come(channels_last):
    leaves, geometry = _problem((2, 3), (3, 4), (1, 2))
    given = [value.detach() for value in leaves.values()]
    if channels_last:
        given[0] = given[0].contiguous(memory_format=torch.channels_last)
    checks = dict(test_utils=('test_schema', 'test_faketensor'))
    forward, backward = deform_conv_triton._forward, (
        deform_conv_triton._backward)
    numbers = tuple(geometry.values())
    torch.library.opcheck(forward, (*given, *numbers), **checks)
    out = forward(*given, *numbers)
    for need_x in (False, True):
        torch.library.opcheck(
            backward, (out, *given[:-1], *numbers, need_x, True, True),
            **checks)


@needs_triton
@pytest.mark.filterwarnings('ignore')
def test_compiles_without_a_break_of_the_graph():
    leaves, geometry = _problem((2, 3), (3, 4), (1, 2))
    torch._dynamo.reset()

    @torch.compile(backend='aot_eager', fullgraph=True)
    def compiled(**arguments):
        return triton_conv(**arguments) * 1

    assert_close(
        run(compiled, leaves, geometry), reference(leaves, geometry),
        1e-5)


@needs_triton
@pytest.mark.parametrize('autocast', [False, True])
def test_the_layer(autocast):
    layer = ModulatedDeformConv2d(2, 3, 1, padding=0, impl='triton')
    plain = ModulatedDeformConv2d(2, 3, 1, padding=0, impl='torch')
    plain.load_state_dict(layer.state_dict())
    layer, plain = layer.to(DEVICE), plain.to(DEVICE)
    x = torch.randn(1, 2, 3, 4, device=DEVICE)
    with torch.autocast(DEVICE, torch.float16, enabled=autocast):
        with mock.patch.object(deform_conv_triton, '_check',
                               wraps=deform_conv_triton._check) as seen:
            out = layer(x)
        expected = plain(x)
    assert out.dtype == x.dtype
    half = torch.float16 if autocast else torch.float32
    got_x, offset, mask, weight, _ = seen.call_args.args
    assert got_x.dtype == weight.dtype == half
    assert offset.dtype == mask.dtype == torch.float32
    torch.testing.assert_close(
        out, expected, rtol=0, atol=5e-3 if autocast else 1e-5)
    out.sum().backward()
    expected.sum().backward()
    for name, parameter in layer.named_parameters():
        reference = plain.get_parameter(name).grad
        error = (parameter.grad - reference).abs().max()
        tolerance = 1e-2 if autocast else 1e-5
        assert error <= tolerance * reference.abs().max(), name


@needs_triton
@pytest.mark.slow
def test_kernels_compile_for_a_gpu_that_is_not_there(tmp_path):
    environment = dict(os.environ, TRITON_CACHE_DIR=str(tmp_path))
    environment.pop('TRITON_INTERPRET', None)
    result = subprocess.run(
        [sys.executable, '-c', COMPILE], cwd=Path(__file__).parents[4],
        text=True, capture_output=True, env=environment)
    assert result.returncode == 0, result.stderr
    # The framework prints before.
    assert result.stdout.splitlines()[-12:] == [
        f'{name}_kernel True'
        for name in ('forward', 'sample_gradient', 'weight_gradient')
        for _ in range(4)]


def test_without_triton(monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    assert not triton_can_run()
    assert not dcn.deform_conv_available('triton')
    with pytest.raises(ImportError, match="impl='triton' needs"):
        ModulatedDeformConv2d(2, 3, impl='triton')


@pytest.mark.parametrize('value', ['0', '', None])
def test_without_a_gpu_and_the_interpreter(value, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: object())
    if value is None:
        monkeypatch.delenv('TRITON_INTERPRET', raising=False)
    else:
        monkeypatch.setenv('TRITON_INTERPRET', value)
    assert not triton_can_run()
