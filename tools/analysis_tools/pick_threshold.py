#!/usr/bin/env python
"""Choose the decision threshold on a split of a dataset.

    python tools/analysis_tools/pick_threshold.py CONFIG [CHECKPOINT]
        --split SPLIT [--goal F1|IoU|Pd] [--fa-budget FA] [--fa Fa]

SPLIT is train, val or test, as in the config, or a list of images such as
idx_427/val.txt. A threshold chosen on test images makes their metrics too
good; the tool warns if the split contains any.
"""
import argparse
import sys

import numpy as np
from mmengine.config import Config
from mmengine.dist import is_main_process

from projects.dstransnet import cli
from projects.dstransnet.evaluation import (
    FA_NAMES,
    GOALS,
    choose_threshold,
)
from projects.dstransnet.utils.config import (
    build_split,
    shared_images,
    split_config,
)
from projects.dstransnet.utils.errors import (
    InputError,
    first_line,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Choose a threshold')
    cli.add_common_arguments(parser)
    cli.add_checkpoint_argument(parser)
    parser.add_argument(
        '--split',
        required=True,
        help='train, val, test, or a list of images (ann_file)')
    parser.add_argument(
        '--goal',
        choices=GOALS,
        help='what to maximise; default: Pd with --fa-budget, else F1')
    parser.add_argument(
        '--fa-budget',
        type=float,
        metavar='FA',
        help='highest false-alarm rate allowed, in 1e-6')
    parser.add_argument(
        '--fa',
        choices=FA_NAMES,
        help='the definition that the budget is for; default: Fa')
    parser.add_argument(
        '--step',
        type=float,
        default=0.01,
        help='between the thresholds tried; default: 0.01')
    args = parser.parse_args()
    cli.resolve_model(args)
    return args


def warn_of_seen_images(cfg: Config, split: str) -> None:
    """Warn where the choice would be made on test or training images."""
    build_split(cfg, split)  # errors below are about the other splits
    for other, consequence in (
        ('test', 'figures on it with this threshold are too good'),
        ('train', 'the network knows them; unseen images may want another')):
        try:
            shared = shared_images(cfg, split, other)
        except (InputError, FileNotFoundError) as error:
            print(
                f'warning: whether --split {split} has images of the {other} '
                f'split is not known: {first_line(error)}',
                file=sys.stderr)
            continue
        if shared:
            print(
                f'warning: {shared} images of --split {split} belong to the '
                f'{other} split: {consequence}',
                file=sys.stderr)


def main() -> None:
    args = parse_args()
    goal = args.goal or ('F1' if args.fa_budget is None else 'Pd')
    fa = args.fa or 'Fa'
    with cli.one_line_errors(), cli.trusting(args.trust_checkpoint):
        if not (0.0001 <= args.step <= 0.5
                and abs(1 / args.step - round(1 / args.step)) < 1e-6):
            raise InputError('--step must be a part of 1, as 0.01 is, of at '
                             f'least 0.0001, got {args.step}')
        if goal == 'Pd' and args.fa_budget is None:
            raise InputError('--goal Pd needs --fa-budget')
        if args.fa is not None and args.fa_budget is None:
            raise InputError('--fa needs --fa-budget')
        if args.fa_budget is not None and not args.fa_budget >= 0:
            raise InputError('--fa-budget must be 0 or more, got '
                             f'{args.fa_budget}')
        cfg = cli.load_config(args)
        warn_of_seen_images(cfg, args.split)
        cfg.test_dataloader.dataset = split_config(cfg, args.split)
        cfg.load_from, cfg.resume = args.checkpoint, False
        steps = round(1 / args.step)
        thresholds = (np.arange(steps + 1) / steps).tolist()
        cli.use_irstd_metric(cfg)
        cli.update_metric(cfg, thresholds=thresholds)
        runner = cli.build_runner(cfg, args.verbose)
        cli.check_checkpoint(args.checkpoint, runner.model)
        runner.test()
        if not is_main_process():
            return
        curves = cli.find_result(runner.test_evaluator).curves
        try:
            best = choose_threshold(curves, goal, args.fa_budget, fa)
        except ValueError as error:
            raise InputError(f'--split {args.split}: {error}') from error
        value = curves['threshold'][best]
        budget = '' if args.fa_budget is None else (
            f' with {fa} <= {args.fa_budget:g}e-6')
        print(f'\nBest {goal}{budget} on {args.split}: threshold {value:g}')
        print(cli.metric_table({
            name: values[best]
            for name, values in curves.items() if name != 'threshold'
        }))
        weights = '' if args.checkpoint is None else ' CHECKPOINT'
        print(f'Use it by: tools/test.py CONFIG{weights} --threshold '
              f'{value:g}')


if __name__ == '__main__':
    main()
