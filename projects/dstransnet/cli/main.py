"""The console command ``dstransnet``."""
from __future__ import annotations

import importlib
import sys

from ..version import __version__

COMMANDS = {
    'predict': 'find targets in images and videos',
    'evaluate': 'evaluate a network or a classical detector on a test split',
    'train': 'train the model of a config',
    'export': 'write a network for other programs',
    'web': 'try networks on a page in the browser',
    'bench': 'measure time and memory of a network',
    'info': 'print versions, devices and shipped weights, for bug reports',
}
"""Modules of :mod:`.commands`, with their purpose."""
_ALIASES = {'test': 'evaluate'}


def usage() -> str:
    """Return the help of the command."""
    rows = '\n'.join(f'  {name:<10}{text}' for name, text in COMMANDS.items())
    return ('usage: dstransnet COMMAND ...\n\n'
            f'Infrared small target detection.\n\n{rows}\n\n'
            'dstransnet COMMAND --help shows arguments and examples.')


def main() -> None:
    """Run the command that the first argument names."""
    words = sys.argv[1:]
    if not words or words[0] in ('-h', '--help'):
        print(usage())
        return
    if words[0] == '--version':
        print(__version__)
        return
    name = _ALIASES.get(words[0], words[0])
    if name not in COMMANDS:
        print(f'{usage()}\n\nerror: expected one of {", ".join(COMMANDS)}, '
              f'got {words[0]!r}', file=sys.stderr)
        sys.exit(2)
    # As argparse names the program.
    sys.argv = [f'dstransnet {words[0]}', *words[1:]]
    importlib.import_module(f'{__package__}.commands.{name}').main()
