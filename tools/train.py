#!/usr/bin/env python
"""Train a model of a config: ``dstransnet train``."""
from projects.dstransnet.cli.commands.train import main, parse_args

__all__ = ['main', 'parse_args']

if __name__ == '__main__':
    main()
