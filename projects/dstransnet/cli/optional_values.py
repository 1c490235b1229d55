"""Options whose value may be left out, before positional arguments too."""
from __future__ import annotations

from collections.abc import Sequence

from ..deployment import RUNTIMES
from ..utils.dtypes import MIXED_DTYPES

ALONE = {'--amp': '', '--deploy': 'auto'}
"""What options mean without a value."""

_VALUES = {'--amp': tuple(MIXED_DTYPES), '--deploy': RUNTIMES}


def fill_in_values(words: Sequence[str]) -> list[str]:
    """Give ``--amp`` and ``--deploy`` the value that they mean alone.

    argparse takes the word after them for their value, be it the config.

    Args:
        words (Sequence[str]): Command line.

    Returns:
        list[str]: Command line that argparse reads as meant.

    Examples:
        >>> fill_in_values(['--deploy', 'config.py', '--amp', 'bf16'])
        ['--deploy=auto', 'config.py', '--amp', 'bf16']
    """
    filled = []
    for word, after in zip(words, [*words[1:], '']):
        if word in ALONE and after not in _VALUES[word]:
            word = f'{word}={ALONE[word]}'
        filled.append(word)
    return filled
