"""Lists of names in messages."""
from __future__ import annotations

from collections.abc import Sequence

_MOST = 5


def first_names(names: Sequence[str]) -> str:
    """Join names for a message, which says how many more there are.

    Args:
        names (Sequence[str]): The names.

    Returns:
        str: The text.

    Examples:
        >>> first_names('abcdef')
        'a, b, c, d, e, ... (6 in all)'
    """
    more = f', ... ({len(names)} in all)' * (len(names) > _MOST)
    return ', '.join(names[:_MOST]) + more
