#!/usr/bin/env python
"""Compare the results of tools/test.py --out.

    python tools/analysis_tools/compare_runs.py RESULT [RESULT ...]
        [--names A B ...] [--metrics IoU nIoU ... | --measures NAME ...]
        [--fa Fa] [--out DIR]

Prints a Markdown table, one row a run, the best values in bold. --out writes:
    DIR/comparison.md, .csv, .tex   the table
    DIR/*.png, DIR/curves.json      curves, each of the runs that have it
"""
import argparse
import sys
from pathlib import Path

from projects.dstransnet import cli
from projects.dstransnet.evaluation import FA_NAMES, EvaluationResult
from projects.dstransnet.evaluation.functional.formulas import with_one_auc
from projects.dstransnet.evaluation.report.comparability import differences
from projects.dstransnet.evaluation.report.comparison_table import (
    comparison_csv,
    comparison_latex,
    comparison_markdown,
    metric_names,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.curves import (
    has_curves,
    remove_curves,
    write_curves,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Compare results of evaluations')
    parser.add_argument(
        'results',
        nargs='+',
        metavar='RESULT',
        help='result.json, or the folder that holds it')
    parser.add_argument(
        '--names',
        nargs='+',
        help='name of each run; default: its folder')
    columns = parser.add_mutually_exclusive_group()
    columns.add_argument(
        '--metrics',
        nargs='+',
        help='columns of the table, in their order; default: all metrics')
    cli.add_measures_argument(
        columns, 'columns of the table: metrics of these measures that a run '
        'has')
    parser.add_argument(
        '--fa',
        choices=FA_NAMES,
        default='Fa',
        help='false alarms of the curves')
    parser.add_argument(
        '--out', metavar='DIR', help='write table and curves there')
    return parser.parse_args()


def write(results: dict[str, EvaluationResult],
          args: argparse.Namespace) -> None:
    """Write table and curves to the folder of --out."""
    folder = Path(args.out)
    drawn = {
        name: result
        for name, result in results.items()
        if has_curves(result, args.fa)
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, table in (('md', comparison_markdown),
                              ('csv', comparison_csv),
                              ('tex', comparison_latex)):
            (folder / f'comparison.{suffix}').write_text(
                table(results, args.metrics), encoding='utf-8')
        if drawn:
            write_curves(drawn, args.out, args.fa)
        else:
            remove_curves(args.out)
    except OSError as error:
        raise InputError(f'--out: cannot write there ({error})') from error
    without = [name for name in results if name not in drawn]
    if without:
        print(f'note: no curves of {", ".join(without)}', file=sys.stderr)


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        results = cli.named_results(args.results, args.names)
        if args.measures is not None:
            known = {name for result in results.values()
                     for name in with_one_auc(result.metrics)}
            wanted = cli.measured_metrics(args.measures)
            args.metrics = [name for name in wanted if name in known]
            if not args.metrics:
                raise InputError('--measures: no run has a metric of '
                                 f'{", ".join(args.measures)}')
        try:
            metric_names(results, args.metrics)
        except ValueError as error:
            raise InputError(f'--metrics: {error}') from error
        # Figures show more than the columns that were asked for.
        shown = args.metrics if args.out is None else None
        for line in differences(results, shown):
            print(f'warning: the runs differ in {line}', file=sys.stderr)
        print(comparison_markdown(results, args.metrics), end='')
        if args.out is not None:
            write(results, args)


if __name__ == '__main__':
    main()
