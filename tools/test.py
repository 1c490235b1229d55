#!/usr/bin/env python
"""Evaluate a model on the test split: ``dstransnet evaluate``."""
from projects.dstransnet.cli.commands.evaluate import main, parse_args

__all__ = ['main', 'parse_args']

if __name__ == '__main__':
    main()
