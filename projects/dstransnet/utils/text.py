"""Short lists for messages."""
from __future__ import annotations

import difflib
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


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of an error about an unknown name.

    Args:
        name (str): The unknown name.
        known (Iterable[str]): The names that exist.

    Returns:
        str: The nearest known name, or else the first known ones.

    Examples:
        >>> did_you_mean('intervall', ['interval', 'rule'])
        "did you mean 'interval'?"
        >>> did_you_mean('colour', ['interval', 'rule'])
        'expected one of interval, rule'
    """
    known = sorted(known)
    if not known:
        return 'expected none'
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f'did you mean {near[0]!r}?'
    return f'expected one of {first_few(known, 12)}'
