#!/usr/bin/env python
"""Put many models into one table: cost, quality, differences.

    python tools/benchmark_models.py [CONFIG ...] --out DIR
        [--checkpoints FILE ...]
        [--train [--schedule CONFIG] [--epochs N] [--minutes M] [--seeds N]
                 [--amp] [--cfg-options KEY=VALUE ...]]
        [--datasets CONFIG ...] [--results DIR ...] [--reference NAME]
        [--names NAME ...] [--metrics NAME ...] [--images NAME ...]
        [--shape HEIGHT WIDTH] [--device DEVICE] [--threads N]

Every model gets parameters, MACs, latency, images per second and peak memory.
Models with weights, given or trained here, get metrics with 95 % intervals,
and p-values against the reference. Results of tools/test.py --out or of
evaluate_folder.py stand in the same table. A model that fails is reported at
the end, with exit code 1; the others go on. A second call runs only what is
not done. --out has:
    DIR/benchmark.md, .csv, .tex, .json   the table
    DIR/cross_dataset.md                  IoU of several --datasets, a matrix
    DIR/iou_macs.png, DIR/curves/*.png    figures
    DIR/grid.png                          --images under all models
    DIR/models/NAME/                      what each job writes
"""
import argparse
import dataclasses
import sys
from pathlib import Path

import torch

from projects.dstransnet import cli
from projects.dstransnet.benchmarking import (
    Budget,
    Job,
    Model,
    Table,
    Workshop,
    all_models,
    cross_models,
    cross_table,
    read_datasets,
    run_jobs,
    write_table,
)
from projects.dstransnet.evaluation import UNITS, EvaluationResult
from projects.dstransnet.evaluation.report import run_names
from projects.dstransnet.profiling import Case, check_case
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.visualization.paper import (
    draw_grid,
    load_scenes,
    write_figures,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description='Compare many models in one table')
    parser.add_argument(
        'configs', nargs='*', metavar='CONFIG',
        help='config files or their names, or names that dstransnet info '
        'lists, whose weights are there')
    parser.add_argument('--out', required=True, metavar='DIR',
                        help='write table, figures and all results there')
    parser.add_argument(
        '--checkpoints', nargs='+', default=[], metavar='FILE',
        help='weights of each config; none: of that model there are none')
    parser.add_argument(
        '--train', action='store_true',
        help='train each config that has no checkpoint')
    parser.add_argument(
        '--schedule', metavar='CONFIG',
        help='with --train, the schedule of all models, such as '
        'configs/_base_/schedules/adam_40e.py; default: of each config')
    parser.add_argument(
        '--epochs', type=int,
        help='with --train, end each training after that many epochs of its '
        'schedule; default: all')
    parser.add_argument(
        '--minutes', type=float,
        help='with --train, end each training after the epoch in which this '
        'time is over')
    parser.add_argument(
        '--seeds', type=int, default=1,
        help='with --train, trainings of each config; default: 1')
    parser.add_argument(
        '--amp', action='store_true',
        help='with --train, train in mixed precision')
    cli.add_settings_argument(parser)
    parser.add_argument(
        '--datasets', nargs='+', default=[], metavar='CONFIG',
        help='train and test on each of these, such as '
        'configs/_base_/datasets/sirst_256x256.py')
    parser.add_argument(
        '--results', nargs='+', default=[], metavar='DIR',
        help='folders with a result.json, a row each')
    parser.add_argument(
        '--reference', metavar='NAME',
        help='row that the others are compared to')
    parser.add_argument(
        '--names', nargs='+', default=[],
        help='name of each config; default: its file')
    parser.add_argument(
        '--metrics', nargs='+', help='metrics to show; default: all')
    parser.add_argument(
        '--images', nargs='+', default=[], metavar='NAME',
        help='draw these test images under all models; score maps are saved, '
        'and --results needs them')
    parser.add_argument(
        '--bootstrap', type=int, default=1000, metavar='N',
        help='resampled sets of images for the intervals; default: 1000')
    parser.add_argument(
        '--shape', type=int, nargs=2, metavar=('HEIGHT', 'WIDTH'),
        help='input of the measurements of cost; default: the size of '
        "each config's test images")
    parser.add_argument(
        '--device',
        default='cuda' if torch.cuda.is_available() else 'cpu',
        help='of the measurements; default: cuda if there is one')
    parser.add_argument(
        '--threads', type=int,
        help="CPU threads of the measurements; default: PyTorch's choice")
    parser.add_argument(
        '--repeats', type=int, default=10,
        help='timed inferences of each model; default: 10')
    return parser.parse_intermixed_args()


def check_arguments(args: argparse.Namespace) -> None:
    """Raise where an argument is outside its values or has no effect."""
    if not args.configs and not args.results:
        raise InputError('expected a config or --results, got neither')
    if not args.train and (args.seeds != 1 or args.amp or any(
            value is not None for value in (
                args.schedule, args.epochs, args.minutes, args.cfg_options))):
        raise InputError('--schedule, --epochs, --minutes, --seeds, --amp and '
                         '--cfg-options need --train')
    for name in ('epochs', 'seeds', 'bootstrap'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise InputError(f'--{name}: expected 1 or more, got {value}')
    if args.minutes is not None and not args.minutes > 0:
        raise InputError(f'--minutes: expected more than 0, got '
                         f'{args.minutes}')
    for key in args.cfg_options or ():
        part = key.partition('.')[0]
        if key in ('randomness.seed', 'train_cfg.max_epochs'):
            raise InputError(f'--cfg-options {key}: use --seeds and --epochs')
        if args.datasets and part in ('test_dataloader', 'test_evaluator'):
            raise InputError(f'--cfg-options {key}: the test is that of '
                             '--datasets')
    unknown = [name for name in args.metrics or () if name not in UNITS]
    if unknown:
        raise InputError(f'--metrics: expected some of {", ".join(UNITS)}, '
                         f'got {", ".join(unknown)}')
    if args.images and len(args.datasets) > 1:
        raise InputError('--images: expected one of --datasets, got '
                         f'{len(args.datasets)}')
    cli.check_folder('--out', args.out)


def case_of(args: argparse.Namespace) -> Case:
    """Return the settings of the measurements."""
    case = Case('', *(args.shape or (0, 0)), device=args.device,
                threads=args.threads, repeats=args.repeats)
    # The size of each config's test images is not known yet.
    check_case(case if args.shape else
               dataclasses.replace(case, height=1, width=1))
    return case


def read_results(paths: list[str],
                 taken: list[str]) -> dict[str, EvaluationResult]:
    """Read saved results under the names of their folders."""
    found = dict(zip(run_names(paths), map(EvaluationResult.read, paths)))
    for name in found:
        if name in taken:
            raise InputError(f'--results: {name} is the name of a model too; '
                             'rename the model by --names')
    return found


def all_jobs(workshop: Workshop, models: list[Model],
             failed: dict[str, str]) -> list[Job]:
    """Return the jobs of all models whose configs can be read."""
    jobs = []
    for model in models:
        try:
            jobs += workshop.jobs(model)
        except InputError as error:
            failed[model.name] = str(error)
    return jobs


def draw_images(args: argparse.Namespace, workshop: Workshop,
                results: dict[str, EvaluationResult]) -> None:
    """Draw --images under all models whose tests are done."""
    folders = {run: str(folder)
               for run, folder in workshop.result_folders().items()}
    if not folders:
        raise InputError('--images: expected a config whose test is done')
    # Of a test here, as it loads images and masks.
    cfg = cli.read_config(f'{next(iter(folders.values()))}/config.py')
    folders.update(zip(run_names(args.results), args.results))
    write_figures(dict(grid=draw_grid(load_scenes(
        cfg, results, folders, args.images))), args.out, ['png'])


def main() -> int:
    args = parse_args()
    with cli.one_line_errors():
        check_arguments(args)
        case = case_of(args)
        out = Path(args.out)
        models = all_models(args.configs, args.checkpoints, args.names)
        datasets = read_datasets(args.datasets)
        if datasets:
            models = cross_models(
                models, [cli.read_config(model.config) for model in models],
                datasets, out / 'configs')
        budget = Budget(
            args.seeds, args.epochs, args.minutes, args.schedule,
            args.cfg_options, args.amp) if args.train else None
        workshop = Workshop(out, Path(__file__).resolve().parent, case,
                            budget, args.bootstrap, bool(args.images),
                            datasets)
        failed: dict[str, str] = {}
        jobs = all_jobs(workshop, models, failed)
        if args.train and not failed and all(
                job.kind != 'train' for job in jobs):
            raise InputError('--train: expected a model without weights, and '
                             'not a classical detector')
        saved = read_results(args.results, [
            *(model.name for model in models), *(job.model for job in jobs)])
        known = [*(job.model for job in jobs if job.kind == 'test'), *saved]
        if args.reference is not None and args.reference not in known:
            raise InputError('--reference: expected one of '
                             f'{", ".join(known)}, got {args.reference}')
        failed.update(run_jobs(
            jobs, lambda line: print(line, file=sys.stderr, flush=True)))
        table = Table({**workshop.results(), **saved}, workshop.costs(),
                      workshop.seeds(), args.reference)
        if table.rows:  # otherwise an older table stays
            print(write_table(table, out, args.metrics, failed), end='')
            for name in ('cross_dataset.md', 'grid.png'):  # of an older one
                (out / name).unlink(missing_ok=True)
        if table.rows and len(datasets) > 1:
            matrix = cross_table(table.results, workshop.cells)
            (out / 'cross_dataset.md').write_text(matrix, encoding='utf-8')
            print('\n' + matrix, end='')
        for name, problem in failed.items():
            print(f'error: {name}: {problem}', file=sys.stderr)
        if args.images:
            draw_images(args, workshop, table.results)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
