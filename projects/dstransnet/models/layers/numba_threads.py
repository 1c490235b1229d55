"""Running compiled CPU kernels in numba's threads."""
from __future__ import annotations

import importlib
import os
import threading
from typing import Any

import torch

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
