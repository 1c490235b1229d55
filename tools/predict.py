#!/usr/bin/env python
"""Find targets in images: ``dstransnet predict``."""
from projects.dstransnet.cli.commands.predict import main, parse_args

__all__ = ['main', 'parse_args']

if __name__ == '__main__':
    main()
