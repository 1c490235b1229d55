#!/usr/bin/env python
"""Add results to the metafiles of the configs; make the pages' tables anew.

    python tools/analysis_tools/leaderboard.py
    python tools/analysis_tools/leaderboard.py --config CONFIG --result DIR
        [--weights FILE] [--note TEXT] [--training TEXT]

DIR is what tools/test.py --out wrote for the config, with its --bootstrap
for intervals. The config's folder has a metafile.yaml with a model of that
config. Tables stand in Markdown files between lines like these, for the
results that were ``measured`` or ``published``:
    <!-- leaderboard: SIRST measured -->
    <!-- end -->
"""
import argparse
import os
import sys
from pathlib import Path

from projects.dstransnet import cli
from projects.dstransnet.benchmarking.leaderboard import (
    add_result,
    read_rows,
    with_tables,
)
from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Add results to metafiles and make tables of them')
    parser.add_argument('--config', help='config that was tested')
    parser.add_argument(
        '--result', metavar='DIR', help='folder with its result.json')
    parser.add_argument(
        '--weights', metavar='FILE', help='path or address of the weights')
    parser.add_argument(
        '--note', default='', metavar='TEXT',
        help='what else has to be known, such as the epochs')
    parser.add_argument(
        '--training', metavar='TEXT',
        help='what the training took, such as "45 min, 1 core"')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        if (args.config is None) != (args.result is None):
            raise InputError('--config and --result: expected both or none')
        if args.config is None and (args.weights or args.note
                                    or args.training):
            raise InputError('--weights, --note and --training need --config '
                             'and --result')
        if args.config is not None:
            config = Path(args.config).resolve()
            if not config.is_relative_to(ROOT):
                raise InputError(f'--config: expected a config of {ROOT}, '
                                 f'got {args.config}')
            print(add_result(
                ROOT, config.relative_to(ROOT).as_posix(),
                EvaluationResult.read(args.result), args.weights, args.note,
                args.training))
        rows = read_rows(ROOT)
        for page in (ROOT / 'README.md', *sorted(ROOT.glob('docs/**/*.md'))):
            prefix = os.path.relpath(ROOT, page.parent) + '/'
            before = page.read_text(encoding='utf-8')
            try:
                after = with_tables(before, rows, prefix.removeprefix('./'))
            except InputError as error:
                raise InputError(
                    f'{page.relative_to(ROOT)}: {error}') from error
            if after != before:
                page.write_text(after, encoding='utf-8')
                print(page.relative_to(ROOT))


if __name__ == '__main__':
    sys.exit(main())
