#!/usr/bin/env python
"""Write a network for other programs: ``dstransnet export``."""
from projects.dstransnet.cli.commands.export import main, parse_args

__all__ = ['main', 'parse_args']

if __name__ == '__main__':
    main()
