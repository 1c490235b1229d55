"""The parser of the tools' command lines."""
from __future__ import annotations

import argparse
import re
from typing import NoReturn

from ..deployment import RUNTIMES
from ..utils.dtypes import MIXED_DTYPES

_VALUES = (('--amp', '--amp-dtype', MIXED_DTYPES),
           ('--deploy', '--runtime', RUNTIMES))


class ToolParser(argparse.ArgumentParser):
    """A parser that names the option which a stray value belongs to."""

    def error(self, message: str) -> NoReturn:
        """Print an error of usage, exit 2."""
        if re.match('unrecognized arguments|.*ignored explicit', message):
            words = re.findall(r'\w+', message)
            for switch, option, values in _VALUES:
                found = [word for word in words if word in values]
                if found and option in self._option_string_actions:
                    message += f'; write {switch} {option} {found[0]}'
        super().error(message)
