"""Timing steps in turn with a unit, so that a machine's mood cancels."""
from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch

UNIT_SIZE = 2048
"""Rows and columns of the matrices whose product is the unit of time."""

UNIT_FLOP = 2 * UNIT_SIZE**3
"""Floating-point operations of the unit: a multiplication and an addition a
product."""

_FEWEST = 3
"""Rounds that are run even where they take longer than asked for."""


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of some values.

    Args:
        median (float): Median.
        low (float): First quartile.
        high (float): Third quartile.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Return the spread of one or more values.

        Examples:
            >>> Spread.of([3, 1, 2, 5, 4])
            Spread(median=3.0, low=2.0, high=4.0)
        """
        low, median, high = np.percentile(values, (25, 50, 75))
        return cls(float(median), float(low), float(high))


def elapsed(action: Callable[[], object], device: torch.device) -> float:
    """Return the seconds from the start of an action to the end of its work.

    On CUDA the device's own events are read, after it has finished.

    Args:
        action (Callable): Called once.
        device (torch.device): Where it works.
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
    """Time several actions, one after the other, round by round.

    Args:
        actions (Mapping[str, Callable]): What to call, by name.
        device (torch.device): Where they work.
        repeats (int): Number of rounds.
        max_seconds (float): No further round starts after that many seconds,
            but 3 rounds are run, or ``repeats``. Defaults to no limit.

    Returns:
        dict[str, list[float]]: Seconds of every call by name.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    start = time.perf_counter()
    for number in range(repeats):
        late = time.perf_counter() - start > max_seconds
        if late and number >= _FEWEST:
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

    Its memory is taken here, once.
    """
    left, right, out = (
        torch.rand(UNIT_SIZE, UNIT_SIZE, device=device) for _ in range(3))

    def multiply() -> None:
        with full_precision(), torch.no_grad():
            torch.mm(left, right, out=out)

    return multiply
