"""Peak memory of an action above what was held before it."""
from __future__ import annotations

import ctypes
import gc
import resource
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

_PROCESS = Path('/proc/self')


class PeakMemory(NamedTuple):
    """Peak memory and how it was found.

    Args:
        sizes (list[int]): Bytes above what was held before, of every call.
        method (str): What was read.
    """

    sizes: list[int]
    method: str

    @property
    def size(self) -> int:
        """Median of the calls, bytes."""
        return int(statistics.median(self.sizes))


def peak_above(action: Callable[[], object],
               device: torch.device,
               repeats: int = 1,
               prepare: Callable[[], object] | None = None) -> PeakMemory:
    """Run an action and return the most memory that it held at once.

    On CUDA what PyTorch's allocator handed out counts. On CPUs the resident
    memory of this process does: everything that is in physical memory,
    buffers of libraries included. The kernel keeps the peak (``VmHWM``) since
    it was last reset, which is done here before each call. What the C library
    keeps of freed memory for later makes calls differ, by a tenth or more.
    Where the peak cannot be reset, that of the process's whole life is all
    that is known, so use a process of its own for each measurement.

    Args:
        action (Callable): Called ``repeats`` times.
        device (torch.device): Where it works.
        repeats (int): Number of calls, 1 or more. Defaults to 1.
        prepare (Callable, optional): Called once, before the action but after
            the memory that was held before is read: what it leaves behind
            counts. Defaults to nothing.
    """
    kept = 0
    if prepare is not None:
        before, _, _ = _held_and_peak(lambda: None, device)
        prepare()
        kept = _held_and_peak(lambda: None, device)[0] - before
    # Each call has its own start: what is held besides may shrink meanwhile.
    found = [_held_and_peak(action, device) for _ in range(repeats)]
    return PeakMemory([kept + peak - held for held, peak, _ in found],
                      found[0][2])


def _held_and_peak(action: Callable[[], object],
                   device: torch.device) -> tuple[int, int, str]:
    """Return all memory before a call, its peak, and what was read."""
    gc.collect()
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        held = torch.cuda.memory_allocated(device)
        action()
        torch.cuda.synchronize(device)
        return (held, torch.cuda.max_memory_allocated(device),
                'torch.cuda.max_memory_allocated')
    _return_free_memory()
    if _reset_peak():
        held = _peak_since_reset()
        action()
        return (held, _peak_since_reset(),
                'VmHWM, reset before by /proc/self/clear_refs')
    held = _peak_of_life()
    action()
    return held, _peak_of_life(), 'ru_maxrss: a lower bound'


def _return_free_memory() -> None:
    """Let the C library give the pages of freed memory back.

    The action would reuse them, and would seem to need less than it does.
    """
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if trim is not None:  # glibc alone has it
        trim(0)


def _reset_peak() -> bool:
    """Set the peak resident memory to the present one; False if refused."""
    try:
        (_PROCESS / 'clear_refs').write_text('5')
    except OSError:
        return False
    return True


def _peak_since_reset() -> int:
    """Return the peak resident memory of this process, bytes."""
    status = (_PROCESS / 'status').read_text()
    (line, ) = (line for line in status.splitlines()
                if line.startswith('VmHWM:'))
    return int(line.split()[1]) * 1024


def _peak_of_life() -> int:
    """Return the most that was ever resident, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else peak * 1024
