"""ROC, precision-recall and threshold curves of runs."""
from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..evaluation.ratios import UNITS
from ..evaluation.result import EvaluationResult
from .curve_axes import Run, add_legend, plot_runs

FA_NAMES = ('Fa', 'Fa_component', 'Fa_pixel')
DPI = 150  # of files and arrays
EXCERPT = 10  # times the Fa of interest


def draw_curves(results: Mapping[str, EvaluationResult],
                fa: str = 'Fa') -> dict[str, Figure]:
    """Draw the curves of one or more runs.

    A marker on each curve is the decision threshold. Logarithmic axes leave
    values of 0 out, and say so.

    Args:
        results (Mapping[str, EvaluationResult]): Name of each run, for the
            legend, and its result.
        fa (str): Which false-alarm rate: ``'Fa'``, ``'Fa_component'`` or
            ``'Fa_pixel'``. Defaults to ``'Fa'``.

    Returns:
        dict[str, Figure]: ``roc_target``, Pd (%) over false alarms (1e-6);
        ``roc_pixel``, true over false positive rate (%) with AUC;
        ``precision_recall`` of pixels (%); ``pd_fa_threshold``, Pd and false
        alarms over thresholds. The first two have a linear and a logarithmic
        axis each. The linear one of ``roc_target`` ends at ten times the
        false alarms at the decision threshold: nearly every map reaches 1e6
        at a threshold of 0.

    Raises:
        ValueError: If there is no run, ``fa`` is outside its values, or a
            result lacks curves.

    Examples:
        >>> from projects.dstransnet.evaluation import EvaluationProtocol
        >>> mask = np.zeros((16, 16), np.float32)
        >>> mask[4:6, 4:6] = 1
        >>> protocol = EvaluationProtocol()
        >>> result = protocol.evaluate(
        ...     ['a'], [protocol.count(0.9 * mask, mask)])
        >>> list(draw_curves({'perfect': result}))
        ['roc_target', 'roc_pixel', 'precision_recall', 'pd_fa_threshold']
    """
    if fa not in FA_NAMES:
        raise ValueError(f'fa must be one of {FA_NAMES}, got {fa!r}')
    if not results:
        raise ValueError('results must hold at least one run, got none')
    for name, result in results.items():
        missing = missing_curves(result, fa)
        if missing:
            raise ValueError(f'run {name!r} has no curves to draw: its result '
                             f'lacks {", ".join(missing)}')
    runs = [
        Run.of(number, name, result)
        for number, (name, result) in enumerate(results.items())
    ]
    return dict(
        roc_target=_roc_target(runs, fa),
        roc_pixel=_roc_pixel(runs),
        precision_recall=_precision_recall(runs),
        pd_fa_threshold=_pd_fa_threshold(runs, fa))


def missing_curves(result: EvaluationResult, fa: str = 'Fa') -> list[str]:
    """Return the names of the curves that a result lacks for its figures.

    Args:
        result (EvaluationResult): Result of a run.
        fa (str): As of :func:`draw_curves`. Defaults to ``'Fa'``.
    """
    needed = ('threshold', 'Pd', fa, 'Recall', 'FPR', 'Precision')
    return [
        name for name in needed
        if name not in result.curves or not len(result.curves[name])
    ]


def figure_to_array(figure: Figure) -> np.ndarray:
    """Render a figure.

    Args:
        figure (Figure): Any figure.

    Returns:
        np.ndarray: RGB picture of shape (H, W, 3), uint8.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3].copy()


def write_curves(results: Mapping[str, EvaluationResult],
                 folder: str,
                 fa: str = 'Fa') -> list[str]:
    """Write the figures of runs as PNG, and their points as JSON.

    ``curves.json`` is ``{"units": {curve: unit}, "runs": {run: {curve:
    [...]}}}``, with null where a value is undefined.

    Args:
        results (Mapping[str, EvaluationResult]): As of :func:`draw_curves`.
        folder (str): Made if it is not there.
        fa (str): As of :func:`draw_curves`. Defaults to ``'Fa'``.

    Returns:
        list[str]: Paths of the files.

    Raises:
        ValueError: As :func:`draw_curves` does; then nothing is written.
    """
    figures = draw_curves(results, fa)
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        paths.append(root / f'{name}.png')
        figure.savefig(paths[-1], dpi=DPI)
    runs = {
        name: {
            curve: [
                value if math.isfinite(value) else None
                for value in np.asarray(values, np.float64).tolist()
            ]
            for curve, values in result.curves.items()
        }
        for name, result in results.items()
    }
    units = {
        curve: UNITS.get(curve, '')
        for curves in runs.values()
        for curve in curves
    }
    paths.append(root / 'curves.json')
    paths[-1].write_text(
        json.dumps(dict(units=units, runs=runs), allow_nan=False) + '\n',
        encoding='utf-8')
    return [str(path) for path in paths]


def _figure(title: str, width: float, height: float) -> Figure:
    figure = Figure((width, height), dpi=DPI, layout='constrained')
    figure.suptitle(title)
    return figure


def _linear_and_log(title: str, runs: Sequence[Run], x: str,
                    y: str) -> Figure:
    """Draw a curve with a linear axis on the left and its logarithm on the
    right."""
    figure = _figure(title, 10, 4.6)
    left, right = figure.subplots(1, 2)
    plot_runs(left, runs, x, y)
    left.set_title('Linear axis', fontsize=10)
    plot_runs(right, runs, x, y, log='x')
    right.set_title('Logarithmic axis', fontsize=10)
    return figure


def _roc_target(runs: Sequence[Run], fa: str) -> Figure:
    figure = _linear_and_log('ROC of targets', runs, fa, 'Pd')
    add_legend(figure, runs, _undefined(runs, 'Pd'))
    values = np.concatenate([run.curve(fa) for run in runs])
    # Of interest is where the runs operate, or else where false alarms begin.
    points = [run.at_threshold(fa) for run in runs]
    known = [point for point in points if point > 0]
    limit = EXCERPT * max(known or [min(values[values > 0], default=0)])
    if 0 < limit < np.nanmax(values):
        left = figure.axes[0]
        left.set_xlim(-0.03 * limit, 1.03 * limit)
        left.set_title('Linear axis, excerpt', fontsize=10)
    return figure


def _roc_pixel(runs: Sequence[Run]) -> Figure:
    figure = _linear_and_log('ROC of pixels', runs, 'FPR', 'Recall')
    areas = [run.result.metrics.get('AUC', math.nan) for run in runs]
    add_legend(figure, runs, [
        'AUC undefined' if math.isnan(area) else f'AUC {area:.4f}'
        for area in areas
    ])
    return figure


def _precision_recall(runs: Sequence[Run]) -> Figure:
    figure = _figure('Precision and recall of pixels', 7, 5)
    plot_runs(figure.subplots(), runs, 'Recall', 'Precision')
    add_legend(figure, runs, _undefined(runs, 'Recall'))
    return figure


def _pd_fa_threshold(runs: Sequence[Run], fa: str) -> Figure:
    figure = _figure('Detections and false alarms over the threshold', 8, 7)
    upper, lower = figure.subplots(2, 1, sharex=True)
    plot_runs(upper, runs, 'threshold', 'Pd')
    upper.set_xlabel('')
    plot_runs(lower, runs, 'threshold', fa, log='y')
    add_legend(figure, runs, _undefined(runs, 'Pd'))
    return figure


def _undefined(runs: Sequence[Run], name: str) -> list[str]:
    """Return a remark for runs without a single value of a curve."""
    return [
        '' if np.isfinite(run.curve(name)).any() else f'{name} undefined'
        for run in runs
    ]
