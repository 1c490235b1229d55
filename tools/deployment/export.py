#!/usr/bin/env python
"""Write a network for programs without PyTorch: ``dstransnet export``."""
from projects.dstransnet.cli.commands.export import main, parse_args

__all__ = ['main', 'parse_args']

if __name__ == '__main__':
    main()
