"""How long data-parallel training steps should take, on paper."""
from __future__ import annotations

BUCKET_BYTES = 25 * 2**20
"""Gradients that DistributedDataParallel sums at once, by default."""


def ring_bytes(size: float, processes: int) -> float:
    """Return the bytes that each process sends to sum gradients of a ring.

    ``2 (n - 1) / n * size``: n - 1 steps that sum parts of 1 / n, and n - 1
    that hand the sums on.

    Args:
        size (float): Gradients in bytes.
        processes (int): Number n of processes.

    Reference:
        P. Patarasuk, X. Yuan, "Bandwidth Optimal All-reduce Algorithms for
        Clusters of Workstations", JPDC 69, 2009.

    Examples:
        >>> ring_bytes(100, 4)
        150.0
    """
    return 2 * (processes - 1) / processes * size


def step_seconds(compute: float,
                 size: float,
                 processes: int,
                 bandwidth: float,
                 latency: float = 0.,
                 backward: float = 2 / 3) -> float:
    """Return the duration of a step whose sums overlap the backward pass.

    Sums run while the backward pass computes, but for the last bucket, which
    begins when it ends; what takes longer than the backward pass adds too.

    Args:
        compute (float): Duration of a step of one process in seconds.
        size (float): Gradients in bytes.
        processes (int): Number of processes.
        bandwidth (float): Of the slowest link of the ring, bytes a second in
            each direction.
        latency (float): Of a message in seconds. Defaults to 0.
        backward (float): Share of the backward pass in ``compute``. Defaults
            to 2 / 3.

    Returns:
        float: Seconds.
    """
    if processes == 1:
        return compute
    last = min(1., BUCKET_BYTES / size)
    buckets = -(-size // BUCKET_BYTES)
    sums = ring_bytes(size, processes) / bandwidth
    sums += buckets * 2 * (processes - 1) * latency
    exposed = max(sums * last, sums - backward * compute)
    return compute + exposed


def efficiency(compute: float, step: float) -> float:
    """Return the share of the ideal throughput, for equal work a process.

    Examples:
        >>> efficiency(0.8, 1.0)
        0.8
    """
    return compute / step
