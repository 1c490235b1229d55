#!/usr/bin/env python
"""Draw the loss and the metrics of trainings over their epochs.

    python tools/analysis_tools/learning_curves.py LOG [LOG ...] --out FILE
        [--names A B ...] [--metrics IoU Pd ...]

A LOG is the work folder of a training, or the CSV file that
publish_weights.py writes beside weights. FILE is a figure (.png, .pdf, .svg),
or such a table of one LOG (.csv).
"""
import argparse
from pathlib import Path

from projects.dstransnet import cli
from projects.dstransnet.evaluation.report.training_log import (
    read_training_log,
    training_log_csv,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.learning_curves import (
    draw_learning_curves,
)

FIGURES = ('.png', '.pdf', '.svg')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Draw learning curves')
    parser.add_argument('logs', nargs='+', metavar='LOG',
                        help='work folder of a training, or its CSV file')
    parser.add_argument('--out', type=Path, required=True, metavar='FILE',
                        help='figure (.png, .pdf, .svg) or table (.csv)')
    parser.add_argument('--names', nargs='+',
                        help='name of each training; default: its folder or '
                        'file')
    parser.add_argument('--metrics', nargs='+',
                        help='metrics, one panel each; default: IoU')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        names = cli.checked_names(
            [log.removesuffix('.csv') for log in args.logs], args.names)
        logs = dict(zip(names, map(read_training_log, args.logs)))
        suffix = args.out.suffix.lower()
        if suffix not in (*FIGURES, '.csv'):
            raise InputError(f'--out: expected {", ".join(FIGURES)} or .csv, '
                             f'got {args.out}')
        if suffix == '.csv' and (len(logs) > 1 or args.metrics or args.names):
            raise InputError('--out: a table has one LOG and all its metrics, '
                             'without --names and --metrics')
        try:
            if suffix == '.csv':
                args.out.write_text(training_log_csv(*logs.values()))
            else:
                draw_learning_curves(logs, args.metrics).savefig(
                    args.out, dpi=150)
        except ValueError as error:
            raise InputError(str(error)) from error
        except OSError as error:
            raise InputError(f'--out: cannot write ({error})') from error
        print(args.out)


if __name__ == '__main__':
    main()
