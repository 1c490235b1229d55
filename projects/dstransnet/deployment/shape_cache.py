"""A small cache keyed by input shape."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class ShapeCache:
    """Keep a value for each of the last few input shapes.

    Copies and pickles are empty: compiled networks can be neither copied nor
    saved, and are compiled again where they are needed.

    Args:
        most (int): Number of shapes kept; the least recently used one is
            dropped. Defaults to 4.

    Examples:
        >>> cache = ShapeCache(most=1)
        >>> [cache.get(key, lambda: key * 2) for key in 'aab']
        ['aa', 'aa', 'bb']
        >>> len(cache)
        1
    """

    def __init__(self, most: int = 4) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return the value of a shape; ``make()`` creates a missing one."""
        if key not in self._values:
            while len(self._values) >= self.most:  # first, to free its memory
                self._values.popitem(last=False)
            self._values[key] = make()
        self._values.move_to_end(key)
        return self._values[key]

    def clear(self) -> None:
        """Drop all values."""
        self._values.clear()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values

    def __len__(self) -> int:
        return len(self._values)

    def __reduce__(self) -> tuple:
        return ShapeCache, (self.most, )
