"""Clock, peak memory and operator profile of an action."""
from __future__ import annotations

import contextlib
import ctypes
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

UNIT_SIZE = 2048
"""Rows and columns of the matrices whose product is the unit of time."""

UNIT_FLOP = 2 * UNIT_SIZE**3
"""Floating-point operations of the unit: each multiplication and addition."""

_MIN_ROUNDS = 3
_PROCESS = Path('/proc/self')


@dataclass(frozen=True)
class Spread:
    """Median and first and third quartile of some values."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Return the spread of one or more values."""
        low, median, high = np.percentile(values, (25, 50, 75))
        return cls(float(median), float(low), float(high))


def elapsed(action: Callable[[], object], device: torch.device) -> float:
    """Return the seconds that an action takes, called once.

    On CUDA, events of the device measure it, so that queued work counts.
    """
    if device.type == 'cuda':
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize(device)
        with torch.cuda.device(device):
            begin.record()
            action()
            end.record()
        torch.cuda.synchronize(device)
        return begin.elapsed_time(end) / 1e3
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def time_in_turns(actions: Mapping[str, Callable[[], object]],
                  device: torch.device,
                  repeats: int,
                  max_seconds: float = float('inf')) -> dict[str, list[float]]:
    """Time several actions round by round, to cancel machine load.

    Args:
        actions (Mapping[str, Callable]): Actions by name.
        device (torch.device): Device that does the work.
        repeats (int): Number of rounds.
        max_seconds (float): No round starts after that many seconds, except
            the first 3. Defaults to no limit.

    Returns:
        dict[str, list[float]]: Seconds of every call by name.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    start = time.perf_counter()
    for number in range(repeats):
        late = time.perf_counter() - start > max_seconds
        if late and number >= _MIN_ROUNDS:
            break
        for name, action in actions.items():
            seconds[name].append(elapsed(action, device))
    return seconds


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """Keep TensorFloat-32 out of matrix products."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision('highest')
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def matrix_product(device: torch.device) -> Callable[[], object]:
    """Return an action that multiplies two 2048 x 2048 float32 matrices.

    The matrices are allocated here, once.
    """
    left, right, out = (
        torch.rand(UNIT_SIZE, UNIT_SIZE, device=device) for _ in range(3))

    def multiply() -> None:
        with full_precision(), torch.no_grad():
            torch.mm(left, right, out=out)

    return multiply


class OperatorTime(NamedTuple):
    """Time of all calls of one operator.

    Args:
        name (str): Name in PyTorch's profiler.
        calls (int): Number of calls.
        seconds (float): Time on the device, without that of the operators it
            calls.
        share (float): Share of the time of all operators, 0 .. 1.
    """

    name: str
    calls: int
    seconds: float
    share: float


def operator_times(step: Callable[[], object],
                   device: torch.device) -> list[OperatorTime]:
    """Profile a step, run once; slowest operators first."""
    cuda = device.type == 'cuda'
    activities = [ProfilerActivity.CPU]
    activities += [ProfilerActivity.CUDA] if cuda else []
    with profile(activities=activities) as profiler:
        step()
        if cuda:
            torch.cuda.synchronize(device)
    found = []
    for event in profiler.key_averages():
        microseconds = (event.self_device_time_total
                        if cuda else event.self_cpu_time_total)
        if microseconds > 0:
            found.append((event.key, event.count, microseconds / 1e6))
    total = sum(seconds for _, _, seconds in found)
    return sorted((OperatorTime(*entry, entry[2] / total) for entry in found),
                  key=lambda entry: -entry.seconds)


class PeakMemory(NamedTuple):
    """Peak memory of repeated calls.

    Args:
        sizes (list[int]): Bytes of every call above those held before it.
        method (str): The counter that was read.
    """

    sizes: list[int]
    method: str

    @property
    def size(self) -> int:
        """Median of the calls in bytes."""
        return int(statistics.median(self.sizes))


def peak_above(action: Callable[[], object],
               device: torch.device,
               repeats: int = 1,
               prepare: Callable[[], object] | None = None) -> PeakMemory:
    """Measure the peak memory of an action above the memory held before it.

    On CUDA, the memory that PyTorch's allocator handed out counts. On CPUs,
    the resident memory of this process counts, buffers of libraries included.
    The kernel's peak counter (``VmHWM``) is reset before each call. Calls
    differ by a tenth or more, since the C library keeps freed memory. Where
    the counter cannot be reset, only the peak of the process's whole life is
    known, so use one process per measurement.

    Args:
        action (Callable): Called ``repeats`` times.
        device (torch.device): Device that does the work.
        repeats (int): Number of calls, 1 or more. Defaults to 1.
        prepare (Callable, optional): Called once before the action; the
            memory that it leaves allocated counts. Defaults to None.
    """
    kept = 0
    if prepare is not None:
        before, _, _ = _held_and_peak(lambda: None, device)
        prepare()
        kept = _held_and_peak(lambda: None, device)[0] - before
    # Each call has its own baseline, since other memory may shrink meanwhile.
    found = [_held_and_peak(action, device) for _ in range(repeats)]
    return PeakMemory([kept + peak - held for held, peak, _ in found],
                      found[0][2])


def _held_and_peak(action: Callable[[], object],
                   device: torch.device) -> tuple[int, int, str]:
    """Return bytes before a call, their peak, and the counter's name."""
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
    held = _lifetime_peak()
    action()
    return held, _lifetime_peak(), 'ru_maxrss: a lower bound'


def _return_free_memory() -> None:
    """Return freed memory to the system.

    The action would otherwise reuse it and seem to need less.
    """
    trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)
    if trim is not None:  # only glibc has it
        trim(0)


def _reset_peak() -> bool:
    """Set the peak resident memory to the present one; False if refused."""
    try:
        (_PROCESS / 'clear_refs').write_text('5')
    except OSError:
        return False
    return True


def _peak_since_reset() -> int:
    """Return the peak resident memory of this process in bytes."""
    status = (_PROCESS / 'status').read_text()
    (line, ) = (line for line in status.splitlines()
                if line.startswith('VmHWM:'))
    return int(line.split()[1]) * 1024


def _lifetime_peak() -> int:
    """Return the peak resident memory since the process started, bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else peak * 1024
