"""Ordered, bounded prefetching by threads."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ..utils.errors import InputError

Item = TypeVar('Item')
Result = TypeVar('Result')


def ordered_map(function: Callable[[Item], Result],
                items: Iterable[Item],
                workers: int,
                ahead: int = 2) -> Iterator[Result]:
    """Yield ``function`` of each item, in order, computed by threads.

    Items are taken, and results yielded, in the thread that iterates; so an
    iterator of results may be the items of another map, and both work at
    once. An exception of ``function`` is raised where its result would come.

    Args:
        function (Callable): Called in threads, several at once.
        items (Iterable): May be endless.
        workers (int): Number of threads; 0: none, one item at a time.
        ahead (int): Items for each thread that are taken before the oldest
            result is yielded, which bounds what waits. Defaults to 2.

    Yields:
        Result: One for each item.

    Raises:
        InputError: If ``workers`` is negative.

    Examples:
        >>> list(ordered_map(str.upper, 'abc', workers=2))
        ['A', 'B', 'C']
    """
    if workers < 0:
        raise InputError(f'workers: expected 0 or more, got {workers}')
    if not workers:
        yield from map(function, items)
        return
    pending: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) == ahead * workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def equal_batches(items: Iterable[Item], size: int,
                  key: Callable[[Item], Hashable]) -> Iterator[list[Item]]:
    """Yield batches of neighbours with equal keys, in order.

    Args:
        items (Iterable): May be endless.
        size (int): Items in a batch at most.
        key (Callable): Returns the key of an item.

    Yields:
        list: One item or more; as soon as it is full.

    Raises:
        InputError: If ``size`` is below 1.

    Examples:
        >>> list(equal_batches('aaabbA', 2, str.lower))
        [['a', 'a'], ['a'], ['b', 'b'], ['A']]
    """
    if size < 1:
        raise InputError(f'batch_size: expected 1 or more, got {size}')
    batch: list[Item] = []
    for item in items:
        if batch and key(item) != key(batch[0]):
            yield batch
            batch = []
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
