import multiprocessing
import time

import pytest
import torch

from projects.dstransnet.profiling import (
    UNIT_FLOP,
    instruments,
    matrix_product,
    peak_above,
    time_in_turns,
)

CPU = torch.device('cpu')
MIB = 2**20
resettable = pytest.mark.skipif(
    not instruments._reset_peak(), reason='the system cannot reset the peak')


def test_actions_take_turns():
    calls = []
    times = time_in_turns(
        dict(a=lambda: calls.append('a'), b=lambda: calls.append('b')), CPU, 3)
    assert calls == ['a', 'b'] * 3
    assert len(times['a']) == len(times['b']) == 3


@pytest.mark.parametrize('repeats, expected', [(2, 2), (50, 3)])
def test_stops_after_the_time_but_not_before_three_rounds(repeats, expected):
    times = time_in_turns(
        dict(a=lambda: time.sleep(0.01)), CPU, repeats, max_seconds=1e-3)
    assert len(times['a']) == expected


def test_unit_multiplies_in_full_precision(monkeypatch):
    seen = {}

    def mm(left, right, out):
        seen.update(left=left, right=right, out=out,
                    precision=torch.get_float32_matmul_precision())

    monkeypatch.setattr(torch, 'mm', mm)
    torch.set_float32_matmul_precision('medium')
    try:
        matrix_product(CPU)()
        assert torch.get_float32_matmul_precision() == 'medium'
    finally:
        torch.set_float32_matmul_precision('highest')
    assert seen['precision'] == 'highest'
    for name in ('left', 'right', 'out'):
        assert seen[name].shape == (2048, 2048)
        assert seen[name].dtype == torch.float32
    assert UNIT_FLOP == 2 * 2048**3


def fill(mib):
    return torch.ones(mib * MIB // 4)


def in_new_process(function):
    """Return a function's result in a new process.

    Here, earlier tests have left holes in the heap, which large blocks may
    fill without taking memory from the system.
    """
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['projects.dstransnet.profiling'])
    with context.Pool(1) as pool:
        return pool.apply(function)


def of_freed_memory():
    def action():
        large = fill(96)
        del large
        return fill(16)

    return peak_above(action, CPU)


@resettable
def test_peak_counts_what_is_freed_again():
    peak = in_new_process(of_freed_memory)
    assert 95 * MIB < peak.size < 104 * MIB
    assert 'VmHWM' in peak.method


def of_little_after_much():
    held = [fill(1) for _ in range(200)]  # from the heap, freed below
    del held
    return peak_above(lambda: [fill(1) for _ in range(32)], CPU)


@resettable
def test_earlier_peaks_and_freed_memory_do_not_count():
    assert 30 * MIB < in_new_process(of_little_after_much).size < 40 * MIB


def with_preparation():
    kept = []
    peak = peak_above(lambda: fill(32), CPU, repeats=3,
                      prepare=lambda: kept.append(fill(48)))
    assert len(kept) == 1
    return peak


@resettable
def test_what_preparation_leaves_behind_counts():
    peak = in_new_process(with_preparation)
    assert len(peak.sizes) == 3
    assert 79 * MIB < peak.size < 88 * MIB
    assert peak.size == sorted(peak.sizes)[1]


def test_without_a_resettable_peak(monkeypatch, tmp_path):
    monkeypatch.setattr(instruments, '_PROCESS', tmp_path / 'none')
    monkeypatch.setattr(instruments, '_lifetime_peak', iter((30, 75)).__next__)
    called = []
    peak = peak_above(lambda: called.append(1), CPU)
    assert peak.sizes == [45] and called == [1]
    assert 'lower bound' in peak.method
