"""Available memory, allocator tuning and out-of-memory detection."""
from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import torch

KEEPING = 'DSTRANSNET_KEEP_FREED_MEMORY'
"""Environment variable; 0 lowers the memory of a run and takes more time."""

# Parameters of mallopt, as in glibc's malloc.h.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_GROWTH = 64 * 2**20
# Parts of RuntimeError messages of allocators and CUDA libraries.
_NO_MEMORY = ('DefaultCPUAllocator', "can't allocate memory",
              'not enough memory', 'bad_alloc',
              'out of memory', 'Cannot allocate memory',
              'CUBLAS_STATUS_ALLOC_FAILED', 'CUDNN_STATUS_ALLOC_FAILED')


def is_out_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error means out of memory.

    Examples:
        >>> is_out_of_memory(MemoryError()), is_out_of_memory(ValueError())
        (True, False)
    """
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in _NO_MEMORY)


def available_memory() -> int | None:
    """Return how much memory this process may still take.

    Returns:
        int | None: Bytes that both the machine and the limit of a container
        (cgroup v2) leave. None where the system does not report them.
    """
    try:
        lines = Path('/proc/meminfo').read_text().splitlines()
    except OSError:
        return None
    machine = {line.split(':')[0]: line.split()[1] for line in lines}
    free = int(machine['MemAvailable']) * 1024
    group = Path('/sys/fs/cgroup')
    try:
        limit = (group / 'memory.max').read_text().strip()
        used = int((group / 'memory.current').read_text())
        parts = dict(
            line.split()
            for line in (group / 'memory.stat').read_text().splitlines())
    except OSError:
        return free
    if limit != 'max':
        # Cached files count as used, but the system drops them on demand.
        dropped = int(parts['inactive_file']) + int(parts['active_file'])
        free = min(free, int(limit) - used + dropped)
    return free


def keep_freed_memory() -> bool:
    """Let the process reuse the memory of freed tensors on the CPU.

    By default, glibc returns freed blocks of some megabytes to the system
    and requests new ones, page by page and zeroed, for the next maps. With
    this setting the process keeps freed memory and holds its peak until it
    ends. The setting cannot be undone, so programs call it, not libraries.
    It does nothing on machines with a GPU, with another C library, or where
    :data:`KEEPING` is 0.

    Returns:
        bool: Whether freed memory is kept.

    Reference:
        ``mallopt(3)`` of the Linux manual.
    """
    if (sys.platform != 'linux' or torch.cuda.is_available()
            or os.environ.get(KEEPING) == '0'):
        return False
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None)
    if mallopt is None:
        return False
    settings = ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1), (_TOP_PAD, _GROWTH))
    return all(mallopt(*setting) == 1 for setting in settings)
