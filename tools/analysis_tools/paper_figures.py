#!/usr/bin/env python
"""Draw the figures of a paper from the results of several models.

    python tools/analysis_tools/paper_figures.py RESULT [RESULT ...] --out DIR
        [--names A B ...] [--images NAME ...] [--config CONFIG]
        [--figures NAME ...] [--columns 1|2] [--formats pdf png ...]
        [--panels mask|scores|image] [--no-legend] [--colours hit=#4094ff ...]
        [--costs NAME=MACS,PARAMS ...]

A RESULT is what tools/test.py --out writes. DIR gets, as far as the results
allow:
    grid        images, masks of each model, ground truth; hits, misses and
                false alarms circled, one target enlarged (*)
    surfaces    score maps in three dimensions (*)
    roc, froc   curves with the area under them
    bubbles     IoU over arithmetic, areas by parameters
    errors      parts of hierarchical IoU and its errors (measure hierarchy)
    difficulty  detected targets by their difficulty (measure difficulty)

(*) of --images, for results of --save-scores.
"""
import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from matplotlib.colors import is_color_like
from matplotlib.figure import Figure

from projects.dstransnet import cli
from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.evaluation.report import differences
from projects.dstransnet.models.shipped_weights import config_path
from projects.dstransnet.profiling.macs import network_cost
from projects.dstransnet.utils.errors import InputError
from projects.dstransnet.utils.reading import finite_number
from projects.dstransnet.visualization.curves import (
    has_target_curve,
    missing_curves,
)
from projects.dstransnet.visualization.findings import Kind
from projects.dstransnet.visualization.paper import (
    FORMATS,
    WIDTHS,
    CostPoint,
    draw_bubbles,
    draw_difficulty,
    draw_errors,
    draw_froc,
    draw_grid,
    draw_roc,
    draw_surfaces,
    load_scenes,
    write_figures,
)
from projects.dstransnet.visualization.paper.grid import CONTENTS

Results = dict[str, EvaluationResult]

# Which results a figure of all results needs, in words and by their content.
CHARTS: dict[str, tuple[Callable, str, Callable[[EvaluationResult], bool]]] = {
    'roc': (draw_roc, 'curves', lambda result: not missing_curves(result)),
    'froc': (draw_froc, 'a target curve', has_target_curve),
    'errors': (draw_errors, 'the measure hierarchy',
               lambda result: 'seg_merge' in result.metrics),
    'difficulty': (draw_difficulty, 'the measure difficulty',
                   lambda result: bool(result.difficulty)),
}
SCENES = ('grid', 'surfaces')
FIGURES = (*SCENES, *CHARTS, 'bubbles')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description='Draw figures for a paper')
    parser.add_argument('results', nargs='+', metavar='RESULT',
                        help='result.json, or the folder that holds it')
    parser.add_argument('--out', metavar='DIR', required=True,
                        help='write figures there')
    parser.add_argument('--names', nargs='+',
                        help='name of each model; default: its folder')
    parser.add_argument('--images', nargs='+', metavar='NAME', default=[],
                        help='images of grid and surfaces')
    parser.add_argument('--config', help='loads images and masks; default: '
                        'the config of the first result')
    parser.add_argument('--figures', nargs='+', choices=FIGURES,
                        default=FIGURES, metavar='NAME',
                        help=f'{", ".join(FIGURES)}; default: all')
    parser.add_argument('--columns', type=int, choices=WIDTHS,
                        help='width of figures in columns of a page; default: '
                        '1 for roc, froc and bubbles, 2 for others')
    parser.add_argument('--formats', nargs='+', choices=FORMATS,
                        default=['pdf', 'png'], help='default: pdf png')
    parser.add_argument('--panels', choices=CONTENTS,
                        help='what models show in the grid; default: mask')
    parser.add_argument('--no-legend', action='store_true',
                        help='do not explain the circles of the grid')
    parser.add_argument('--colours', nargs='+', metavar='KIND=COLOUR',
                        default=[], help='of hit, missed and false_alarm')
    parser.add_argument('--costs', nargs='+', metavar='NAME=MACS,PARAMS',
                        default=[], help='of models without a config here, '
                        '1e9 and 1e6')
    return parser.parse_args()


def check_arguments(args: argparse.Namespace) -> None:
    """Raise InputError for an option without effect on the figures."""
    scenes = {name for name in SCENES if name in args.figures and args.images}
    for option, where, needed in (
            ('images', scenes, 'grid or surfaces'),
            ('config', scenes, '--images'),
            ('panels', scenes & {'grid'}, 'a grid of --images'),
            ('no_legend', scenes & {'grid'}, 'a grid of --images'),
            ('colours', scenes & {'grid'}, 'a grid of --images'),
            ('costs', 'bubbles' in args.figures, 'bubbles')):
        if getattr(args, option) and not where:
            raise InputError(f'--{option.replace("_", "-")} needs {needed}')


def pairs(option: str, words: list[str], known: list[str]) -> dict[str, str]:
    """Return the values of NAME=VALUE by their names."""
    found = dict(word.rpartition('=')[::2] for word in words)
    for name in found:
        if name not in known:
            raise InputError(f'{option}: expected NAME=VALUE of '
                             f'{", ".join(known)}, got {name!r}')
    return found


def palette(args: argparse.Namespace) -> dict[Kind, str]:
    """Return the colours of --colours."""
    found = pairs('--colours', args.colours, ['hit', 'missed', 'false_alarm'])
    for colour in found.values():
        if not is_color_like(colour):
            raise InputError(f'--colours: expected a colour, got {colour!r}')
    return {Kind[name.upper()]: colour for name, colour in found.items()}


def skip(figure: str, needed: str) -> None:
    """Say that a figure, or models in it, lack something."""
    print(f'note: {figure} needs {needed}', file=sys.stderr)


def config_of(result: EvaluationResult) -> str | None:
    """Return the path of a result's config; None if it is not found."""
    name = result.settings.get('config')
    path = None if name is None else config_path(name)
    return path if path is not None and Path(path).is_file() else None


def cost_points(results: Results,
                args: argparse.Namespace) -> dict[str, CostPoint]:
    """Return the models with known cost and IoU."""
    given = pairs('--costs', args.costs, list(results))
    points = {}
    for name, result in results.items():
        if 'IoU' not in result.metrics:
            continue
        stated, config = given.get(name), config_of(result)
        if stated is not None:
            words = stated.split(',')
            if len(words) != 2:
                raise InputError(f'--costs: expected {name}=MACS,PARAMS, got '
                                 f'{stated!r}')
            costs = tuple(
                finite_number(word, f'--costs {name}') for word in words)
            if min(costs) <= 0:
                raise InputError(f'--costs {name}: expected positive numbers, '
                                 f'got {stated!r}')
        elif config is not None:
            costs = network_cost(
                cli.read_config(config), bool(result.settings.get('tta')))
        else:
            costs = 0, 0
        if costs[0] > 0:
            points[name] = CostPoint(*costs, result.metrics['IoU'])
    return points


def draw_all(results: Results,
             args: argparse.Namespace) -> dict[str, Figure]:
    """Draw the figures that were asked for, and say which cannot be."""
    width = {} if args.columns is None else dict(width=WIDTHS[args.columns])
    figures = {}
    wanted = [name for name in args.figures if name in SCENES]
    if wanted and args.images:
        config = args.config or config_of(results[next(iter(results))])
        if config is None:
            raise InputError('--config: that of the first result is not '
                             'found; state one, which loads the images')
        scenes = load_scenes(
            cli.read_config(config_path(config)), results,
            dict(zip(results, args.results)), args.images)
        if 'grid' in wanted:
            figures['grid'] = draw_grid(
                scenes, content=args.panels or CONTENTS[0],
                legend=not args.no_legend, colours=palette(args), **width)
        if 'surfaces' in wanted:
            figures['surfaces'] = draw_surfaces(scenes, **width)
    elif wanted:
        skip(' and '.join(wanted), '--images')
    for name, (draw, needed, has) in CHARTS.items():
        if name in args.figures:
            fit = {model: result for model, result in results.items()
                   if has(result)}
            lacking = ', '.join(name for name in results if name not in fit)
            if fit:
                figures[name] = draw(fit, **width)
            if lacking:
                skip(name, f'{needed}, which {lacking} lacks')
    if 'bubbles' in args.figures:
        points = cost_points(results, args)
        if points:
            figures['bubbles'] = draw_bubbles(points, **width)
        lacking = ', '.join(name for name in results if name not in points)
        if lacking:
            skip('bubbles', f'a cost, which {lacking} lacks')
    return figures


def main() -> None:
    args = parse_args()
    with cli.one_line_errors():
        palette(args)
        check_arguments(args)
        cli.check_folder('--out', args.out)
        results = cli.named_results(args.results, args.names)
        for line in differences(results):
            print(f'warning: the runs differ in {line}', file=sys.stderr)
        figures = draw_all(results, args)
        for path in write_figures(figures, args.out, args.formats):
            print(path)


if __name__ == '__main__':
    main()
