#!/usr/bin/env python
"""Detection probability over the contrast of targets, at a fixed Fa.

    python tools/analysis_tools/pd_vs_scr.py CONFIG [CHECKPOINT]
        [--fa-budget FA | --threshold T] [--scenes N] [--edges A B ...]
        [--out DIR]

The threshold is that of the best Pd with a false-alarm rate of at most
--fa-budget on the same images, so that networks are compared at one Fa. Made
for generated scenes, of any number (--scenes); other test sets work too.
"""
import argparse
import csv
import json
import math
import os.path as osp
from pathlib import Path

import numpy as np
from mmengine.dist import is_main_process
from prettytable import PrettyTable

from projects.dstransnet import cli
from projects.dstransnet.evaluation import (
    FA_NAMES,
    EvaluationProtocol,
    choose_threshold,
)
from projects.dstransnet.evaluation.target_contrast_metric import (
    SCR_EDGES,
    ScrBin,
    TargetContrastMetric,
    pd_over_scr,
)
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.contrast_curve import (
    bin_name,
    draw_pd_over_scr,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Detection probability over contrast')
    cli.add_common_arguments(parser)
    cli.add_checkpoint_argument(
        parser, 'none for shipped weights and classical detectors')
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument('--fa-budget', type=float, default=20, metavar='FA',
                        help='highest false-alarm rate, 1e-6; default: 20')
    choice.add_argument('--threshold', type=float,
                        help='decide at this probability instead')
    parser.add_argument('--fa', default='Fa_component',
                        choices=FA_NAMES,
                        help='of the budget; default: Fa_component')
    parser.add_argument('--scenes', type=int,
                        help='number of generated scenes; default: of the '
                        'config')
    parser.add_argument('--edges', type=float, nargs='+', default=SCR_EDGES,
                        help='of the bins, increasing')
    parser.add_argument('--out', metavar='DIR',
                        help='write pd_vs_scr.png, .csv and .json there')
    args = parser.parse_args()
    cli.resolve_model(args)
    return args


def choose(metric: TargetContrastMetric, args: argparse.Namespace) -> int:
    """Return the position of the threshold among the metric's levels."""
    if args.threshold is not None:
        return metric.protocol.position
    try:
        return choose_threshold(metric.curves(), 'Pd', args.fa_budget, args.fa)
    except ValueError as error:
        raise InputError(f'--fa-budget: {error}') from error


def write(folder: str, bins: list[ScrBin], title: str, found: dict) -> None:
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    draw_pd_over_scr(bins, title).savefig(root / 'pd_vs_scr.png', dpi=150)
    with open(root / 'pd_vs_scr.csv', 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(ScrBin._fields)
        writer.writerows(
            ['' if value != value else value for value in each]
            for each in bins)
    plain = [{key: value if math.isfinite(value) else None
              for key, value in each._asdict().items()} for each in bins]
    (root / 'pd_vs_scr.json').write_text(
        json.dumps(dict(found, bins=plain), indent=1) + '\n')


def main() -> None:
    args = parse_args()
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        try:
            pd_over_scr(np.zeros(0), np.zeros(0), args.edges)
        except ValueError as error:
            raise InputError(f'--edges: {error}') from error
        rules = {} if args.threshold is None else dict(
            threshold=args.threshold)
        try:
            EvaluationProtocol(**rules)
        except ValueError as error:
            raise InputError(f'--{error}') from error
        if not 0 <= args.fa_budget < math.inf:
            raise InputError('--fa-budget must be 0 or more, got '
                             f'{args.fa_budget}')
        cli.check_folder('--out', args.out)
        cfg = cli.load_config(args)
        if args.scenes is not None:
            dataset = cfg.test_dataloader.dataset
            if 'num_scenes' not in dataset or args.scenes < 1:
                raise InputError('--scenes needs a positive number, and '
                                 'generated scenes in test_dataloader')
            dataset.num_scenes = args.scenes
        protocol = cli.metric_protocol(cfg)
        if protocol is not None:
            rules.update(distance=protocol.distance, match=protocol.match,
                         connectivity=protocol.connectivity)
        cfg.test_evaluator = dict(
            type='TargetContrastMetric',
            protocol=rules,
            reading=cli.test_reading(cfg))
        cfg.load_from, cfg.resume = args.checkpoint, False
        runner = cli.build_runner(cfg, args.verbose)
        cli.check_checkpoint(args.checkpoint, runner.model)
        runner.test()
        if not is_main_process():
            return
        (metric, ) = runner.test_evaluator.metrics
        best = choose(metric, args)
        curves = metric.curves()
        found = {
            name: float(curves[name][best])
            for name in ('threshold', 'Pd', args.fa)
        }
        records = metric.records
        bins = pd_over_scr(records.scr, records.detected[:, best],
                           args.edges)
        table = PrettyTable(['SCR', 'targets', 'detected', 'Pd %', '95 %'],
                            align='r')
        for each in bins:
            if each.targets:
                table.add_row([
                    bin_name(each.low, each.high), each.targets,
                    each.detected, f'{each.Pd:.1f}',
                    f'{each.Pd_low:.1f} .. {each.Pd_high:.1f}'
                ])
        title = (f'{Path(args.config).stem}\nPd {found["Pd"]:.1f} %, '
                 f'{args.fa} {found[args.fa]:.1f}e-6 at threshold '
                 f'{found["threshold"]:g}')
        print(f'\n{title}\n{table}')
        unknown = int(np.isnan(records.scr).sum())
        if unknown:
            print(f'{unknown} targets without a contrast are left out: their '
                  'surroundings are constant.')
        if args.out is not None:
            write(args.out, bins, title,
                  dict(found, config=osp.basename(args.config),
                       checkpoint=args.checkpoint and osp.basename(
                           args.checkpoint)))


if __name__ == '__main__':
    main()
