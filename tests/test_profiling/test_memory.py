import multiprocessing
from pathlib import Path

import pytest
import torch

from projects.dstransnet.profiling import memory, peak_above

CPU = torch.device('cpu')
MIB = 2**20
resettable = pytest.mark.skipif(
    not memory._reset_peak(), reason='the system cannot reset the peak')


def fill(mib):
    return torch.ones(mib * MIB // 4)


def in_new_process(function):
    """Return what a function returns there.

    Here, earlier tests have left holes in the heap, from which large blocks
    may come and to which they then return, without leaving memory.
    """
    with multiprocessing.get_context('spawn').Pool(1) as pool:
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
    monkeypatch.setattr(memory, '_PROCESS', tmp_path / 'none')
    monkeypatch.setattr(memory, '_peak_of_life', iter((30, 75)).__next__)
    called = []
    peak = peak_above(lambda: called.append(1), CPU)
    assert peak.sizes == [45] and called == [1]
    assert 'lower bound' in peak.method


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='no /proc')
def test_peak_of_life_is_in_bytes():
    life = memory._peak_of_life()
    # A second one, from the kernel's other counter, in this same process.
    assert memory._peak_since_reset() <= life + 4 * MIB
    assert 50 * MIB < life < 2**40
