#!/usr/bin/env python
"""Measure time and memory of a network: ``dstransnet bench``."""
from projects.dstransnet.cli.commands.bench import main, parse_args

__all__ = ['main', 'parse_args']

if __name__ == '__main__':
    main()
