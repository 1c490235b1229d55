import functools
import os
import threading

import pytest
import torch
from helpers.deform_conv import assert_close, problem, reference, run

from projects.dstransnet.models.layers import (
    deform_conv2d,
    numba_kernels,
    numba_threads,
)
from projects.dstransnet.models.layers.deform_conv import (
    numba_operator as deform_conv_numba,
)

numba_conv = functools.partial(deform_conv2d, impl='numba')
CASES = {
    'colours': dict(n=1, size=(9, 21), kernel=(5, 5), padding=2),
    'stride': dict(n=3, channels=(20, 7), size=(17, 13), kernel=(3, 3),
                   stride=2, padding=1),
    'dilation': dict(channels=(32, 5), size=(10, 33), kernel=(3, 3),
                     padding=2, dilation=2),
    'one-pixel': dict(n=1, channels=(5, 3), size=(1, 1), kernel=(3, 3),
                      padding=1),
    'narrow': dict(channels=(16, 3), size=(7, 1), kernel=(3, 3), padding=1),
    'one-channel': dict(channels=(1, 1), size=(6, 7), kernel=(1, 1)),
}


@pytest.fixture(params=[1, 2], ids=['serial', 'parallel'])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def _draw(case):
    return problem(**CASES[case], dtype=torch.float32)


def _check(case):
    leaves, geometry = _draw(case)
    assert_close(
        run(numba_conv, leaves, geometry), reference(leaves, geometry), 1e-5)


@pytest.mark.parametrize('case', CASES)
def test_values_and_gradients(case, threads):
    _check(case)


@pytest.mark.parametrize('strip_bytes', [1, 20000])
@pytest.mark.parametrize('case', ['stride', 'dilation'])
def test_strips_do_not_show(case, strip_bytes, threads, monkeypatch):
    monkeypatch.setattr(deform_conv_numba, '_STRIP_BYTES', strip_bytes)
    _check(case)


@pytest.mark.parametrize('far', [1e9, float('inf')])
def test_samples_far_outside_are_zero(far, threads):
    leaves, geometry = _draw('colours')
    for sign in (1, -1):
        leaves['offset'] = torch.full_like(
            leaves['offset'], sign * far).requires_grad_()
        got = run(numba_conv, leaves, geometry)
        assert torch.equal(
            got['out'], leaves['bias'].view(-1, 1, 1).expand_as(got['out']))
        for name in ('x', 'offset', 'mask'):
            assert (got[name] == 0).all()


def test_offsets_that_are_no_numbers_stay_where_they_are(threads):
    leaves, geometry = _draw('colours')
    with torch.no_grad():
        leaves['offset'][0, 7, 3, 2] = float('nan')
    bad = torch.isnan(run(numba_conv, leaves, geometry)['out'])
    assert bad[0, :, 3, 2].all() and bad.sum() == bad.shape[1]


def test_views_of_any_strides(threads):
    leaves, geometry = _draw('dilation')
    expected = reference(leaves, geometry)
    x, offset, mask, weight, bias = (v.detach() for v in leaves.values())
    parts = expected.pop('offset'), expected.pop('mask')
    expected['maps'] = torch.cat(parts, dim=1)
    del expected['bias']

    def split(x, maps, weight, **geometry):
        views = maps.split((offset.shape[1], mask.shape[1]), dim=1)
        return numba_conv(x, *views, weight, bias, **geometry)

    joined = torch.cat((offset, mask), dim=1)
    for maps in (joined, joined.to(memory_format=torch.channels_last),
                 joined.transpose(2, 3).contiguous().transpose(2, 3)):
        for image in (x, x.to(memory_format=torch.channels_last)):
            views = dict(x=image, maps=maps, weight=weight)
            got = run(split, {name: value.clone().requires_grad_()
                              for name, value in views.items()}, geometry)
            assert_close(got, expected, 1e-5)
    assert got['out'].is_contiguous(memory_format=torch.channels_last)


def test_an_empty_batch():
    leaves, geometry = _draw('colours')
    for name in ('x', 'offset', 'mask'):
        leaves[name] = leaves[name].detach()[:0].requires_grad_()
    got = run(numba_conv, leaves, geometry)
    assert got['out'].shape == (0, 4, 9, 21)
    assert all(got[name].shape == leaf.shape for name, leaf in leaves.items())
    assert (got['weight'] == 0).all()


def test_two_python_threads_at_once():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    leaves, geometry = _draw('dilation')
    expected = run(numba_conv, leaves, geometry)
    found = []

    def work():
        torch.set_num_threads(2)
        for _ in range(5):
            found.append(run(numba_conv, leaves, geometry))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    torch.set_num_threads(before)
    assert len(found) == 10
    for got in found:
        assert_close(got, expected, 1e-5)


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
    leaves, geometry = _draw('one-channel')
    run(numba_conv, leaves, geometry)
    parallel = threads == 2 and numba_threads.kernel_threads() == 2
    assert names == [('sample', parallel), ('differentiate', parallel)]
    # Neither a busy pool nor one that a fork has lost is entered.
    with numba_threads._pool:
        run(numba_conv, leaves, geometry)
    monkeypatch.setattr(numba_threads, '_process', -1)
    run(numba_conv, leaves, geometry)
    assert names[2:] == 2 * [('sample', False), ('differentiate', False)]


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='no fork')
@pytest.mark.filterwarnings('ignore:This process:DeprecationWarning')
def test_a_forked_process_computes_the_same():
    before = torch.get_num_threads()
    leaves, geometry = _draw('one-channel')
    torch.set_num_threads(2)
    expected = run(numba_conv, leaves, geometry)['out']
    torch.set_num_threads(1)
    child = os.fork()
    if child == 0:
        same = torch.equal(numba_conv(**leaves, **geometry), expected)
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
    leaves, geometry = _draw('one-channel')
    for name, value in leaves.items():
        with pytest.raises(TypeError, match=f'{name} must be float32'):
            numba_conv(**leaves | {name: value.double()}, **geometry)
    leaves['x'] = torch.zeros(1, 1, 1, 1).expand(2, 1, 1, (1 << 24) + 1)
    with pytest.raises(ValueError, match='at most 16777216 pixels'):
        numba_conv(**leaves, **geometry)
