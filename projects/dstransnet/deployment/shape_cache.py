"""What is made once for every shape of input."""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any


class PerShape:
    """What was made for the last few input shapes.

    Copies and pickles are empty: compiled forms can be neither copied nor
    saved, and are made again where they are needed.

    Args:
        most (int): Shapes that are kept; the one whose last use is longest
            ago goes. Defaults to 4.

    Examples:
        >>> cache = PerShape(most=1)
        >>> [cache.get(key, lambda: key * 2) for key in 'aab']
        ['aa', 'aa', 'bb']
        >>> len(cache)
        1
    """

    def __init__(self, most: int = 4) -> None:
        self.most = most
        self._made: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what there is for a shape, made by ``make()`` if it is new.
        """
        if key not in self._made:
            while len(self._made) >= self.most:  # before, as it takes memory
                self._made.popitem(last=False)
            self._made[key] = make()
        self._made.move_to_end(key)
        return self._made[key]

    def clear(self) -> None:
        """Forget all shapes."""
        self._made.clear()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._made

    def __len__(self) -> int:
        return len(self._made)

    def __reduce__(self) -> tuple:
        return PerShape, (self.most, )
