#!/usr/bin/env python
"""Check a downloaded benchmark, and write it in the common layout.

    python tools/dataset_converters/prepare.py NAME SRC [DST]
                                               [--layout LAYOUT]

Every file of SRC is decoded; what is wrong is listed. With DST, images,
masks of 0 and 255, and lists are written there, as the layout 'toolbox' has
them, unless a file cannot be used. The exit code is 0 where the copy is
written or, without DST, nothing is wrong; otherwise 1, and 2 for wrong
arguments.
"""
import argparse
import logging
import os.path as osp
import sys

from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope

from projects.dstransnet import cli
from projects.dstransnet.datasets import BENCHMARK_DATASETS
from projects.dstransnet.datasets.checking.benchmark_check import (
    check_benchmark,
)
from projects.dstransnet.datasets.checking.layout_writer import (
    check_destination,
    write_common_layout,
)
from projects.dstransnet.utils.errors import InputError


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Check a benchmark')
    parser.add_argument('name', choices=BENCHMARK_DATASETS, metavar='NAME',
                        help=', '.join(BENCHMARK_DATASETS))
    parser.add_argument('src', metavar='SRC', help='folder of the download')
    parser.add_argument('dst', metavar='DST', nargs='?',
                        help='folder to write to, empty or not there')
    parser.add_argument('--layout', help='one of those of '
                        'docs/design/datasets.md; default: the one that is '
                        'read')
    return parser.parse_args()


def what_to_do(name: str, src: str) -> str:
    """Say how to get a dataset that is not there."""
    kind = BENCHMARK_DATASETS[name]
    tree = '\n'.join(f'     {line}'
                     for line in kind.LAYOUTS[0].tree().split('\n'))
    return (f'no folder {src}. To get {name}:\n'
            f'  1. Download it from its page: {kind.URL}\n'
            f'  2. Unpack it, so that {src} holds\n{tree}\n'
            '     (docs/design/datasets.md has the other layouts)\n'
            '  3. Run this command again.')


def main() -> None:
    args = parse_args()
    kind = BENCHMARK_DATASETS[args.name]
    with cli.one_line_errors():
        if not osp.isdir(args.src):
            raise InputError(what_to_do(args.name, args.src))
        if args.dst is not None:
            check_destination(args.dst)
        init_default_scope('mmseg')
        # The report says which layout is read.
        MMLogger.get_current_instance().setLevel(logging.WARNING)
        report = check_benchmark(kind, args.src, args.layout)
        print(report)
        if args.dst is not None and not report.usable:
            print(f'Nothing is written to {args.dst}.')
        elif args.dst is not None:
            write_common_layout(report, kind, args.dst)
            print(f"Written to {args.dst}, layout 'toolbox'.")
            return
    sys.exit(1 if report.problems else 0)


if __name__ == '__main__':
    main()
