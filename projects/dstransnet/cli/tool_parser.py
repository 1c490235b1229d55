"""The parser of the tools' command lines."""
from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ..deployment import RUNTIMES
from ..utils.dtypes import MIXED_DTYPES

_VALUES = (('--amp', '--amp-dtype', MIXED_DTYPES),
           ('--deploy', '--runtime', RUNTIMES))


def at_least(least: int) -> Callable[[str], int]:
    """Return a type of arguments: integers of ``least`` or more.

    Examples:
        >>> at_least(1)('3')
        3
    """

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(
                f'expected an integer of {least} or more, got {text!r}')
        return value

    return convert


def probability(text: str) -> float:
    """Return the number within 0 to 1 that an argument stands for."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f'expected 0 to 1, got {text!r}')
    return value


class ToolParser(argparse.ArgumentParser):
    """A parser that names the option which a stray value belongs to.

    Args:
        examples (Sequence[str]): Commands to show below the help. Defaults
            to none.
        **settings (Any): Passed on to :class:`argparse.ArgumentParser`.
    """

    def __init__(self, examples: Sequence[str] = (), **settings: Any) -> None:
        if examples:
            settings.update(
                epilog='\n  '.join(['examples:', *examples]),
                formatter_class=argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse arguments; positional ones may stand between options."""
        return self.parse_intermixed_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Print an error of usage, exit 2."""
        if re.match('unrecognized arguments|.*ignored explicit', message):
            words = re.findall(r'\w+', message)
            for switch, option, values in _VALUES:
                found = [word for word in words if word in values]
                if found and option in self._option_string_actions:
                    message += f'; write {switch} {option} {found[0]}'
        super().error(message)
