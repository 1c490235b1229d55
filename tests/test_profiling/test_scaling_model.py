"""Training steps of many processes, on paper."""
import pytest

from projects.dstransnet.profiling.scaling_model import (
    BUCKET_BYTES,
    efficiency,
    ring_bytes,
    step_seconds,
)

GRADIENTS = 18_825_924 * 4


def simulated_ring(size: int, processes: int) -> int:
    """Count what one process sends, step by step."""
    part, sent = size / processes, 0
    for _ in range(processes - 1):  # sums travel
        sent += part
    for _ in range(processes - 1):  # results travel
        sent += part
    return sent


@pytest.mark.parametrize('processes', [1, 2, 8, 64])
def test_bytes_of_a_ring(processes):
    assert ring_bytes(GRADIENTS, processes) == pytest.approx(
        simulated_ring(GRADIENTS, processes))


def test_one_process_waits_for_nobody():
    assert step_seconds(0.5, GRADIENTS, 1, 1e9) == 0.5


def test_the_last_bucket_is_waited_for():
    sums = ring_bytes(GRADIENTS, 8) / 12.5e9
    expected = 1 + sums * BUCKET_BYTES / GRADIENTS
    assert step_seconds(1, GRADIENTS, 8, 12.5e9) == pytest.approx(expected)


def test_slow_links_are_waited_for_beyond_the_backward_pass():
    sums = ring_bytes(GRADIENTS, 8) / 1e6
    assert step_seconds(0.3, GRADIENTS, 8, 1e6) == pytest.approx(
        0.3 + sums - 0.2)


def test_small_networks_have_one_bucket_that_nothing_hides():
    assert step_seconds(1, 1e6, 2, 1e6) == pytest.approx(2)


def test_each_message_has_its_latency():
    slow = step_seconds(1, GRADIENTS, 8, 1e12, latency=1e-2)
    messages = 3 * 14  # buckets of 25 MiB, steps of the ring
    sums = ring_bytes(GRADIENTS, 8) / 1e12 + messages * 1e-2
    assert slow == pytest.approx(
        1 + max(sums * BUCKET_BYTES / GRADIENTS, sums - 2 / 3))


def test_efficiency():
    assert efficiency(0.5, 1) == 0.5
