"""Running compiled CPU kernels in numba's threads, on maps they can read."""
from __future__ import annotations

import importlib
import os
import threading
from typing import Any

import torch
from torch import Tensor

_process = os.getpid()
_pool = threading.Lock()
"""Held by the Python thread that uses numba's threads."""


def run_kernel(name: str, threads: int, *args: Any) -> None:
    """Run a kernel in numba's threads, or else in this thread.

    A forked process has lost numba's threads, and some of its pools serve one
    Python thread at a time. Values are the same either way.
    """
    kernel = importlib.import_module('.numba_kernels', __package__).kernel
    if (threads > 1 and os.getpid() == _process
            and _pool.acquire(blocking=False)):
        numba = importlib.import_module('numba')
        before = numba.get_num_threads()
        try:
            numba.set_num_threads(threads)
            kernel(name, True)(*args)
        finally:
            numba.set_num_threads(before)
            _pool.release()
    else:
        kernel(name, False)(*args)


def kernel_threads() -> int:
    """Return the number of threads to use."""
    config = importlib.import_module('numba').config
    return min(torch.get_num_threads(), config.NUMBA_NUM_THREADS)


def whole_vectors(channels: int) -> int:
    """Return the number of channels that the kernels compute with."""
    return 4 if channels <= 4 else -(-channels // 16) * 16


def bordered(x: Tensor, border: int, channels: int) -> Tensor:
    """Copy (N, C, H, W) to float32 (N, H + 2 border, W + 2 border, channels).

    There are zeros around, and in the channels beyond C.
    """
    n, count, height, width = x.shape
    if not border and channels == count:
        return x.permute(0, 2, 3, 1).float().contiguous()
    maps = torch.zeros(n, height + 2 * border, width + 2 * border, channels)
    maps[:, border:border + height, border:border + width, :count] = (
        x.permute(0, 2, 3, 1))
    return maps
