"""Short lists for messages."""
from __future__ import annotations

from collections.abc import Iterable


def first_few(items: Iterable[object], most: int = 5,
              separator: str = ', ') -> str:
    """Join the first items of a list and say how many more there are.

    Args:
        items (Iterable): Names, paths, lines or values.
        most (int): Items to show. Defaults to 5.
        separator (str): Text between two items. Defaults to ``', '``.

    Examples:
        >>> first_few('abc')
        'a, b, c'
        >>> first_few(range(9), most=3)
        '0, 1, 2, ... and 6 more'
    """
    shown = list(map(str, items))
    if len(shown) > most:
        shown[most:] = [f'... and {len(shown) - most} more']
    return separator.join(shown)
