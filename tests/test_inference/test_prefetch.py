"""Working ahead in threads."""
import contextlib
import threading
import time

import pytest

from projects.dstransnet.inference.prefetch import equal_batches, ordered_map
from projects.dstransnet.utils.errors import InputError


@pytest.mark.parametrize('workers', [0, 1, 3])
def test_order_is_kept(workers):

    def slow_first(number):
        time.sleep(0.002 * (5 - number % 5))
        return number**2

    assert list(ordered_map(slow_first, range(20), workers)) == [
        number**2 for number in range(20)]


@pytest.mark.parametrize('workers', [1, 2])
def test_what_waits_is_bounded(workers):
    taken = []

    def endless():
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    results = ordered_map(lambda number: number, endless(), workers, ahead=3)
    for expected in range(10):
        assert next(results) == expected
        assert len(taken) <= expected + 3 * workers
    results.close()


def test_without_workers_one_at_a_time():
    taken = []
    results = ordered_map(str, map(lambda n: taken.append(n) or n, range(9)),
                          0)
    assert next(results) == '0' and taken == [0]


def test_two_maps_work_at_once():
    """The second map works on an item while the first is at the next."""
    both = threading.Barrier(2, timeout=20)
    first = ordered_map(lambda n: n, range(4), 1)

    def compute():
        for number in first:
            both.wait()  # until the writer is at the one before
            yield number
        both.abort()  # nothing comes after the last

    def write(number):
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait()
        return number

    # Meets the first item, before which nothing is written.
    threading.Thread(target=both.wait, daemon=True).start()
    # Were they not at once, the barrier would time out.
    assert list(ordered_map(write, compute(), 1)) == [0, 1, 2, 3]


def test_an_error_comes_in_its_place():

    def fail(number):
        if number == 2:
            raise KeyError(number)
        return number

    results = ordered_map(fail, range(9), 2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError):
        next(results)


def test_threads_end_when_nobody_listens():
    before = threading.active_count()
    results = ordered_map(str, range(100), 4)
    next(results)
    results.close()
    assert threading.active_count() == before


def test_batches_are_full_at_once():
    taken = []
    batches = equal_batches(map(lambda n: taken.append(n) or n, range(9)), 3,
                            lambda n: n // 4)
    assert next(batches) == [0, 1, 2] and taken == [0, 1, 2]
    assert list(batches) == [[3], [4, 5, 6], [7], [8]]


def test_wrong_numbers():
    with pytest.raises(InputError, match='workers: expected 0 or more'):
        next(ordered_map(str, [], -1))
    with pytest.raises(InputError, match='batch_size: expected 1 or more'):
        next(equal_batches([1], 0, str))
