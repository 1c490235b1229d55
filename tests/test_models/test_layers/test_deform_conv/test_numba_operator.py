import functools
import os
import threading

import pytest
import torch

from projects.dstransnet.models.layers import (
    deform_conv2d,
    numba_kernels,
    numba_threads,
)
from projects.dstransnet.models.layers.deform_conv import (
    numba_operator as deform_conv_numba,
)

numba_conv = functools.partial(deform_conv2d, impl='numba')
# N, C, O, H, W, kernel side, stride, padding, dilation.
CASES = {
    'colours': (1, 3, 4, 9, 21, 5, 1, 2, 1),
    'stride': (3, 20, 7, 17, 13, 3, 2, 1, 1),
    'dilation': (2, 32, 5, 10, 33, 3, 1, 2, 2),
    'one-pixel': (1, 5, 3, 1, 1, 3, 1, 1, 1),
    'narrow': (2, 16, 3, 7, 1, 3, 1, 1, 1),
    'one-channel': (2, 1, 1, 6, 7, 1, 1, 0, 1),
}


@pytest.fixture(params=[1, 2], ids=['serial', 'parallel'])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def _draw(case, seed=0):
    """Return x, offset, mask, weight, bias and the geometry of a case."""
    n, c, o, h, w, k, stride, padding, dilation = CASES[case]
    reach = dilation * (k - 1) + 1
    rows = (h + 2 * padding - reach) // stride + 1
    cols = (w + 2 * padding - reach) // stride + 1
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=generator)

    return [
        normal(n, c, h, w), 2 * normal(n, 2 * k * k, rows, cols),
        normal(n, k * k, rows, cols).sigmoid(), normal(o, c, k, k), normal(o)
    ], (stride, padding, dilation)


def _run(operator, values, geometry, dtype=torch.float32):
    """Return the output and the gradients of all values."""
    leaves = [value.detach().to(dtype).requires_grad_() for value in values]
    out = operator(*leaves, *geometry)
    cotangent = torch.linspace(-1, 1, out.numel(), dtype=dtype).view(out.shape)
    return [out.detach(), *torch.autograd.grad(out, leaves, cotangent)]


def _plain(values, geometry):
    return _run(deform_conv2d, values, geometry, torch.float64)


def _assert_close(got, expected):
    for one, other in zip(got, expected, strict=True):
        assert one.shape == other.shape
        scale = max(1., other.abs().max().item())
        assert (one - other).abs().max().item() < 1e-5 * scale


@pytest.mark.parametrize('case', CASES)
def test_values_and_gradients(case, threads):
    values, geometry = _draw(case)
    _assert_close(_run(numba_conv, values, geometry), _plain(values, geometry))


@pytest.mark.parametrize('strip_bytes', [1, 20000])
@pytest.mark.parametrize('case', ['stride', 'dilation'])
def test_strips_do_not_show(case, strip_bytes, threads, monkeypatch):
    monkeypatch.setattr(deform_conv_numba, '_STRIP_BYTES', strip_bytes)
    values, geometry = _draw(case)
    _assert_close(_run(numba_conv, values, geometry), _plain(values, geometry))


@pytest.mark.parametrize('far', [1e9, float('inf')])
def test_samples_far_outside_are_zero(far, threads):
    values, geometry = _draw('colours')
    x, offset, mask, weight, bias = values
    for sign in (1, -1):
        offset = torch.full_like(offset, sign * far)
        out, grad_x, grad_offset, grad_mask, *_ = _run(
            numba_conv, [x, offset, mask, weight, bias], geometry)
        assert torch.equal(out, bias.view(-1, 1, 1).expand_as(out))
        for grad in (grad_x, grad_offset, grad_mask):
            assert (grad == 0).all()


def test_offsets_that_are_no_numbers_stay_where_they_are(threads):
    values, geometry = _draw('colours')
    values[1][0, 7, 3, 2] = float('nan')
    out = _run(numba_conv, values, geometry)[0]
    bad = torch.isnan(out)
    assert bad[0, :, 3, 2].all() and bad.sum() == out.shape[1]


def test_views_of_any_strides(threads):
    values, geometry = _draw('dilation')
    expected = _plain(values, geometry)
    x, offset, mask, weight, bias = values
    joined = torch.cat((offset, mask), dim=1)
    for maps in (joined, joined.to(memory_format=torch.channels_last),
                 joined.transpose(2, 3).contiguous().transpose(2, 3)):
        for image in (x, x.to(memory_format=torch.channels_last)):
            leaves = [v.requires_grad_() for v in (
                image.detach().clone(), maps.detach().clone(),
                weight.detach().clone())]
            views = leaves[1].split((offset.shape[1], mask.shape[1]), dim=1)
            out = numba_conv(leaves[0], *views, leaves[2], bias, *geometry)
            cotangent = torch.linspace(-1, 1, out.numel()).view(out.shape)
            got = torch.autograd.grad(out, leaves, cotangent)
            _assert_close(
                [out, *got],
                [expected[0], expected[1], torch.cat(expected[2:4], dim=1),
                 expected[4]])
    assert out.is_contiguous(memory_format=torch.channels_last)


def test_without_bias_and_without_gradient_of_the_input(threads):
    values, geometry = _draw('stride')
    expected = _plain([*values[:4], torch.zeros(7)], geometry)
    leaves = [values[0], *(value.requires_grad_() for value in values[1:4])]
    out = numba_conv(*leaves, None, *geometry)
    cotangent = torch.linspace(-1, 1, out.numel()).view(out.shape)
    _assert_close([out, *torch.autograd.grad(out, leaves[1:], cotangent)],
                  [expected[0], *expected[2:5]])


def test_an_empty_batch():
    values, geometry = _draw('colours')
    values = [*(value[:0] for value in values[:3]), *values[3:]]
    got = _run(numba_conv, values, geometry)
    assert got[0].shape == (0, 4, 9, 21)
    assert [grad.shape for grad in got[1:]] == [v.shape for v in values]
    assert (got[4] == 0).all()


def test_two_python_threads_at_once():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    values, geometry = _draw('dilation')
    expected = _run(numba_conv, values, geometry)
    found = []

    def work():
        torch.set_num_threads(2)
        for _ in range(5):
            found.append(_run(numba_conv, values, geometry))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    torch.set_num_threads(before)
    assert len(found) == 10
    for got in found:
        _assert_close(got, expected)


def _names_run(monkeypatch):
    """Record which kernels run, and in how many threads."""
    kernel, names = numba_kernels.kernel, []

    def recorded(name, parallel):
        names.append((name, parallel))
        return kernel(name, parallel)

    monkeypatch.setattr(numba_kernels, 'kernel', recorded)
    return names


def test_numbas_threads_run_where_they_may(threads, monkeypatch):
    names = _names_run(monkeypatch)
    values, geometry = _draw('one-channel')
    _run(numba_conv, values, geometry)
    parallel = threads == 2 and numba_threads.kernel_threads() == 2
    assert names == [('sample', parallel), ('differentiate', parallel)]
    # Neither a busy pool nor one that a fork has lost is entered.
    with numba_threads._pool:
        _run(numba_conv, values, geometry)
    monkeypatch.setattr(numba_threads, '_process', -1)
    _run(numba_conv, values, geometry)
    assert names[2:] == 2 * [('sample', False), ('differentiate', False)]


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='no fork')
@pytest.mark.filterwarnings('ignore:This process:DeprecationWarning')
def test_a_forked_process_computes_the_same():
    before = torch.get_num_threads()
    values, geometry = _draw('one-channel')
    torch.set_num_threads(2)
    expected = _run(numba_conv, values, geometry)[0]
    torch.set_num_threads(1)
    child = os.fork()
    if child == 0:
        same = torch.equal(numba_conv(*values, *geometry), expected)
        os._exit(0 if same else 1)
    torch.set_num_threads(before)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_kernels_of_one_and_of_many_threads_are_told_apart_on_disk():
    names = {
        numba_kernels.kernel('sample', parallel).py_func.__name__
        for parallel in (False, True)
    }
    assert len(names) == 2


def test_no_folder_to_keep_compiled_code(monkeypatch):
    compiled = []

    def njit(signature, cache=False, **options):
        if cache:
            raise RuntimeError('cannot cache function: no locator available')
        compiled.append(options)
        return lambda function: function

    monkeypatch.setattr(numba_kernels, 'njit', njit)
    make = numba_kernels.kernel.__wrapped__
    assert make('sample', False) is numba_kernels._sample_serial
    assert [options['parallel'] for options in compiled] == [False]


def test_other_inputs_are_refused():
    values, geometry = _draw('one-channel')
    for i, name in enumerate(('x', 'offset', 'mask', 'weight', 'bias')):
        wrong = [*values[:i], values[i].double(), *values[i + 1:]]
        with pytest.raises(TypeError, match=f'{name} must be float32'):
            numba_conv(*wrong, *geometry)
    values[0] = torch.zeros(1, 1, 1, 1).expand(2, 1, 1, (1 << 24) + 1)
    with pytest.raises(ValueError, match='at most 16777216 pixels'):
        numba_conv(*values, *geometry)
