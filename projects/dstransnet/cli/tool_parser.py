"""The parser of the tools' command lines."""
from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from ..deployment import RUNTIMES
from ..utils.dtypes import MIXED_DTYPES

_VALUES = (('--amp', '--amp-dtype', MIXED_DTYPES),
           ('--deploy', '--runtime', RUNTIMES))


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
