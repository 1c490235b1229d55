"""Which operators a step spends its time in."""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.profiler import ProfilerActivity, profile


class OperatorTime(NamedTuple):
    """All calls of one operator.

    Args:
        name (str): Name, as PyTorch's profiler has it.
        calls (int): Number of calls.
        seconds (float): Time in the operator itself, without the operators
            that it calls, on the device.
        share (float): Part of the time of all operators, 0 .. 1.
    """

    name: str
    calls: int
    seconds: float
    share: float


def operator_times(step: Callable[[], object],
                   device: torch.device) -> list[OperatorTime]:
    """Run a step once under the profiler.

    Returns:
        list[OperatorTime]: One entry an operator, slowest first.
    """
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
