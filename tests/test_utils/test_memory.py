import ctypes
import resource

import pytest
import torch
from helpers.forked_ranks import on_ranks

from projects.dstransnet.utils.memory import (
    KEEPING,
    available_memory,
    keep_freed_memory,
)

needs_glibc = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), 'mallopt') or torch.cuda.is_available(),
    reason='no glibc, or a GPU')


def test_available_memory():
    free = available_memory()
    assert free is None or 2**20 < free < 2**50


def _faults() -> int:
    """Return how many pages this process gets for 20 maps of 40 MiB.

    Blocks of less than 32 MiB may be kept without the setting.
    """
    torch.zeros(10 * 2**20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.zeros(10 * 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _before_and_after() -> tuple[int, int]:
    before = _faults()
    assert keep_freed_memory()
    return before, _faults()


@needs_glibc
def test_memory_of_freed_maps_is_used_again():
    """In a process of its own, as the setting stays."""
    ((before, after), ) = on_ranks(1, _before_and_after)
    assert after < before / 2


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv(KEEPING, '0')
    assert not keep_freed_memory()
