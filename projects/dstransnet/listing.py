"""Lists of names in messages."""
from __future__ import annotations

from collections.abc import Sequence


def first_names(names: Sequence[str], most: int = 5) -> str:
    """Join names for a message, which says how many more there are.

    Args:
        names (Sequence[str]): The names.
        most (int): How many are written out at most. Defaults to 5.

    Returns:
        str: The text.

    Examples:
        >>> first_names(['a', 'b', 'c'], most=2)
        'a, b, ... (3 in all)'
    """
    more = f', ... ({len(names)} in all)' * (len(names) > most)
    return ', '.join(names[:most]) + more
