"""Metrics of the tools: settings and tables."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.config import Config
from mmengine.evaluator import Evaluator
from prettytable import PrettyTable

from ..evaluation import (
    MEASURE_NAMES,
    MEASURES,
    UNITS,
    EvaluationProtocol,
    EvaluationResult,
    IRSTDMetric,
)
from ..evaluation.config_metrics import irstd_metrics, metric_protocol
from ..evaluation.functional.difficulty import DifficultyBin
from ..evaluation.functional.formulas import (
    AUC_RANGES,
    format_metric,
    with_one_auc,
)
from ..evaluation.report import run_names
from ..utils.config import leaf_settings, reading_options
from ..utils.errors import InputError

ALL = 'all'
"""Stands for all measures on the command line."""


def add_measures_argument(parser: Any,
                          effect: str = 'measures to report') -> None:
    """Add ``--measures`` to a parser or a group, see :func:`measure_names`."""
    parser.add_argument(
        '--measures',
        nargs='+',
        choices=[*MEASURE_NAMES, ALL],
        metavar='NAME',
        help=f'{effect}: {ALL}, or some of {", ".join(MEASURE_NAMES)}')


def measure_names(given: Sequence[str] | None) -> list[str] | None:
    """Return the measures of ``--measures``; None where it is not given.

    Examples:
        >>> measure_names(['hierarchy', 'shooting'])
        ['hierarchy', 'shooting']
        >>> measure_names(['all'])[:2]
        ['published', 'hierarchy']
    """
    if given is None:
        return None
    return list(MEASURE_NAMES if ALL in given else dict.fromkeys(given))


def measured_metrics(names: Sequence[str]) -> list[str]:
    """Return the names of the metrics of the measures of ``--measures``.

    Examples:
        >>> measured_metrics(['shooting'])
        ['Pd_shooting', 'Fa_shooting']
    """
    return [
        metric for name in measure_names(names) or ()
        for metric in (MEASURES[name].units if name in MEASURES
                       else EvaluationProtocol().metric_names())
    ]


def find_result(evaluator: Evaluator) -> EvaluationResult | None:
    """Return the result of an evaluator's IRSTDMetric, None without one."""
    for metric in evaluator.metrics:
        if isinstance(metric, IRSTDMetric):
            return metric.result
    return None


def checked_names(paths: Sequence[str],
                  names: Sequence[str] | None = None) -> list[str]:
    """Return ``--names``, as many as paths and all different.

    Args:
        paths (Sequence[str]): Files or folders of runs.
        names (Sequence[str], optional): The names. Defaults to None: those of
            :func:`run_names`.

    Raises:
        InputError: If the names do not fit.
    """
    names = names or run_names(paths)
    if len(names) != len(paths):
        raise InputError(f'--names: expected {len(paths)} names, as many as '
                         f'runs, got {len(names)}')
    if len(set(names)) < len(names):
        raise InputError(
            f'--names: expected different names, got {" ".join(names)}')
    return list(names)


def named_results(paths: Sequence[str], names: Sequence[str] | None = None
                  ) -> dict[str, EvaluationResult]:
    """Read results under the names of their runs.

    Args:
        paths (Sequence[str]): Files ``result.json``, or their folders.
        names (Sequence[str], optional): See :func:`checked_names`. Defaults
            to None.

    Raises:
        InputError: If a file is no result, or the names do not fit.
    """
    return {name: EvaluationResult.read(path)
            for name, path in zip(checked_names(paths, names), paths)}


def use_irstd_metric(cfg: Config) -> None:
    """Replace other metrics of a config's test by an IRSTDMetric."""
    found = irstd_metrics(cfg)
    cfg.test_evaluator = found[0] if found else dict(type='IRSTDMetric')


def update_metric(cfg: Config, **settings: Any) -> None:
    """Change settings of the IRSTDMetric of a config's test, in place.

    Args:
        cfg (Config): Its ``test_evaluator`` is one metric or a list of them.
        **settings (Any): Arguments of :class:`IRSTDMetric`; those that are
            None are left as they are.

    Raises:
        InputError: If the config tests without an IRSTDMetric.
    """
    found = irstd_metrics(cfg)
    if not found:
        raise InputError('test_evaluator: expected an IRSTDMetric, got '
                         f'{cfg.get("test_evaluator")}')
    for metric in found:
        metric.update({
            name: value
            for name, value in settings.items() if value is not None
        })


def set_threshold(cfg: Config, threshold: float) -> None:
    """Set the decision threshold, 0 to 1, of the head and of the metric."""
    # A classical detector has no head.
    cfg.model.get('decode_head', cfg.model).threshold = threshold
    update_metric(cfg, threshold=threshold)


def test_reading(cfg: Config, split: str = 'test') -> dict[str, Any]:
    """Return how the test pipeline of a config reads image files.

    See :func:`reading_options`. The first of joined datasets counts.

    Args:
        split (str): ``'test'`` or ``'val'``. Defaults to ``'test'``.
    """
    loader = cfg.get(f'{split}_dataloader')
    if loader is None:
        return {}
    first = next(leaf_settings(loader.dataset))
    return reading_options(first.get('pipeline', []))


def read_as_pipeline(cfg: Config) -> None:
    """Let the metrics of a config read images as its pipelines do, in place.

    Settings of :class:`IRSTDMetric` that state a ``reading`` keep it.
    """
    for split in ('val', 'test'):
        for metric in irstd_metrics(cfg, split):
            reading = test_reading(cfg, split)
            if reading and metric.get('reading') is None:
                metric.reading = reading


def draw_detections_in(cfg: Config, folder: str,
                       image_root: str | None = None) -> None:
    """Make the visualization hook draw every image by the metric's rules.

    Args:
        cfg (Config): Config of a test run; changed in place.
        folder (str): Folder of pictures and masks.
        image_root (str, optional): See :class:`IRSTDVisualizationHook`.
            Defaults to None.

    Raises:
        InputError: If the config has no such hook, or a setting of its metric
            is outside its values.
    """
    hook = cfg.default_hooks.get('visualization')
    if hook is None or hook.get('type') != 'IRSTDVisualizationHook':
        raise InputError('default_hooks.visualization: expected an '
                         f'IRSTDVisualizationHook to draw with, got {hook}')
    hook.update(draw=True, out_dir=folder, image_root=image_root)
    reading = test_reading(cfg)
    hook.update({key: reading[key] for key in ('page', 'raw')
                 if key in reading})
    protocol = metric_protocol(cfg)
    if protocol is not None:
        hook.update(
            threshold=protocol.threshold,
            match=protocol.match,
            distance=protocol.distance,
            connectivity=protocol.connectivity)


def difficulty_table(bins: Sequence[DifficultyBin]) -> str:
    """Format detection by difficulty, one row a bin that has targets.

    Args:
        bins (Sequence[DifficultyBin]): ``difficulty`` of a result.

    Returns:
        str: The table; rates in %, with 95 % intervals.

    Examples:
        >>> print(difficulty_table(
        ...     [DifficultyBin('area', 1, 5, 8, {'Pd': 4}, 50.)]))
        +------+--------+---------+----------------------+---------+
        | by   | bin    | targets |                   Pd | seg_IoU |
        +------+--------+---------+----------------------+---------+
        | area | 1 to 4 |       8 | 50.00 [21.52, 78.48] |   50.00 |
        +------+--------+---------+----------------------+---------+
    """
    rates = list(bins[0].detected) if bins else []
    table = PrettyTable(['by', 'bin', 'targets', *rates, 'seg_IoU'],
                        align='r')
    table.align['by'] = table.align['bin'] = 'l'
    for each in bins:
        if each.targets:
            table.add_row([
                each.by, each.label, each.targets,
                *(format_metric('Pd', each.rate(name), each.interval(name))
                  for name in rates),
                format_metric('seg_IoU', each.seg_IoU)
            ])
    return str(table)


Intervals = Mapping[str, tuple[float, float]]


def metric_table(*columns: Mapping[str, float],
                 names: Sequence[str] = ('value', ),
                 intervals: Sequence[Intervals] = ()) -> str:
    """Format metrics as a table, one row a metric.

    Args:
        *columns (Mapping[str, float]): Metrics of each column. Prefixes such
            as ``irstd/`` are removed; missing metrics stay blank. There is
            one AUC, see :func:`with_one_auc`.
        names (Sequence[str]): Name of each column. Defaults to ('value', ).
        intervals (Sequence[Mapping]): 95 % intervals of each column's
            metrics, shown behind the values. Defaults to none.

    Returns:
        str: The table, with units.

    Examples:
        >>> print(metric_table({'irstd/IoU': 61.234}))
        +--------+-------+------+
        | metric | value | unit |
        +--------+-------+------+
        | IoU    | 61.23 | %    |
        +--------+-------+------+
    """
    table = PrettyTable(['metric', *names, 'unit'], align='l')
    bare = [with_one_auc({key.rpartition('/')[2]: value
                          for key, value in column.items()})
            for column in columns]
    known: Sequence[Intervals] = intervals or [{}] * len(bare)
    for metric in dict.fromkeys(key for column in bare for key in column):
        cells = [
            format_metric(metric, column[metric], limits.get(metric))
            if metric in column else ''
            for column, limits in zip(bare, known)
        ]
        table.add_row([metric, *cells, UNITS.get(metric)
                       or AUC_RANGES.get(metric, '')])
    for name in names:
        table.align[name] = 'r'
    return str(table)
