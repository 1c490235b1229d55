#!/usr/bin/env python
"""Plan the trainings of several configs: seconds per epoch and hours.

    python tools/studies/plan_trainings.py CONFIG ... [--seeds N] [--threads N]

Times a few training steps of each config, with its batch and input size and
random images. Loading and validation are not counted; they run in part beside
the training.
"""
import argparse
import math
from pathlib import Path
from statistics import median

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS
from prettytable import PrettyTable

from projects.dstransnet import cli
from projects.dstransnet.profiling import Case, measure_all
from projects.dstransnet.utils.config import training_size
from projects.dstransnet.utils.errors import InputError

COLUMNS = ('network', 'parameters', 'batch', 's per step', 'steps per epoch',
           's per epoch', 'epochs', 'hours')


def parse_args() -> argparse.Namespace:
    parser = cli.ToolParser(description='Plan trainings')
    parser.add_argument('configs', nargs='+', help='config files')
    parser.add_argument(
        '--images', type=int,
        help='training images; default: those of the dataset, which has to '
        'be there')
    parser.add_argument(
        '--seeds', type=int, default=1, help='trainings of each; default: 1')
    parser.add_argument(
        '--repeats', type=int, default=5, help='timed steps; default: 5')
    parser.add_argument('--threads', type=int, help='of the operators')
    cli.add_settings_argument(parser)
    return parser.parse_args()


def plan(path: str, cfg: Config, args: argparse.Namespace) -> list:
    """Return the row of one config.

    Raises:
        InputError: If its training is not counted in epochs, or cannot be
            measured.
    """
    epochs = cfg.get('train_cfg', {}).get('max_epochs')
    if epochs is None:
        raise InputError(f'{path}: expected train_cfg.max_epochs, got '
                         f'{cfg.get("train_cfg")}')
    batch = cfg.train_dataloader.batch_size
    height, width = training_size(cfg)
    (result, ) = measure_all(cfg, [Case(
        path, height, width, batch=batch,
        device='cuda' if torch.cuda.is_available() else 'cpu',
        threads=args.threads, train=True, warmup=1, repeats=args.repeats)],
        lambda results: None)
    if result.measurement is None:
        raise InputError(f'{path}: {result.problem}')
    found = result.measured
    step = median(found.seconds)
    # With the repetitions that a wrapper adds.
    images = args.images or len(DATASETS.build(cfg.train_dataloader.dataset))
    steps = math.ceil(images / batch)
    hours = step * steps * epochs * args.seeds / 3600
    return [Path(path).stem, f'{found.parameters / 1e6:.2f} M', batch,
            f'{step:.3g}', steps, f'{step * steps:.3g}', epochs,
            f'{hours:.3g}']


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        init_default_scope('mmseg')
        for name in ('images', 'seeds', 'repeats', 'threads'):
            value = getattr(args, name)
            if value is not None and value < 1:
                raise InputError(f'--{name}: expected 1 or more, got {value}')
        table = PrettyTable(COLUMNS)
        for path in args.configs:
            cfg = cli.read_config(path, args.cfg_options)
            table.add_row(plan(path, cfg, args))
        print(table)
        total = sum(float(row[-1]) for row in table.rows)
        print(f'{total:.3g} hours for {args.seeds} seed(s) of each')


if __name__ == '__main__':
    main()
