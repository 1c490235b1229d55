"""ROC, precision-recall, threshold and free-response curves of runs."""
from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ..evaluation import FA_NAMES, UNITS, EvaluationResult, curve_corners
from ..evaluation.functional.formulas import auc_text
from .curve_axes import Run, add_legend, plot_runs, runs_of

DPI = 150  # of files and arrays
EXCERPT = 10  # times the Fa of interest
FEW = 50  # points of a curve that are marked
AUC_TITLE = 'AUC: FPR 0 to 100 %'
GAP = 10  # times the false alarms: farther points are not connected
FIGURES = ('roc_target', 'roc_pixel', 'precision_recall', 'pd_fa_threshold',
           'froc')
"""Names of the figures of :func:`draw_curves`."""


def draw_curves(results: Mapping[str, EvaluationResult],
                fa: str = 'Fa') -> dict[str, Figure]:
    """Draw the curves of one or more runs.

    A marker on each curve shows the decision threshold. Logarithmic axes
    leave values of 0 out, and say so. Each figure shows the runs that have
    its curves; a figure that no run has curves for is left out.

    Args:
        results (Mapping[str, EvaluationResult]): Results by name of the run.
        fa (str): Which false-alarm rate: ``'Fa'``, ``'Fa_component'`` or
            ``'Fa_pixel'``. Defaults to ``'Fa'``.

    Returns:
        dict[str, Figure]: ``roc_target``, Pd (%) over false alarms (1e-6) at
        the swept thresholds; ``roc_pixel``, true over false positive rate (%)
        with AUC, the exact one if known; ``precision_recall`` of pixels (%);
        ``pd_fa_threshold``, Pd and false alarms over thresholds; ``froc``, Pd
        (%) of detections over false alarms per image (free response). The
        first two and the last
        have a linear and a logarithmic axis each. The linear one of
        ``roc_target`` and ``froc`` ends at ten times the false alarms at the
        decision threshold.

    Raises:
        ValueError: If there is no run, ``fa`` is outside its values, or a
            result has neither kind of curves.

    Examples:
        >>> from projects.dstransnet.evaluation import EvaluationProtocol
        >>> mask = np.eye(16, dtype=np.float32)
        >>> protocol = EvaluationProtocol()
        >>> result = protocol.evaluate(
        ...     ['a'], [protocol.measure(0.9 * mask, mask)])
        >>> list(draw_curves({'perfect': result}))[:3]
        ['roc_target', 'roc_pixel', 'precision_recall']
    """
    if fa not in FA_NAMES:
        raise ValueError(f'fa must be one of {FA_NAMES}, got {fa!r}')
    if not results:
        raise ValueError('results must hold at least one run, got none')
    for name, result in results.items():
        if not has_curves(result, fa):
            raise ValueError(
                f'run {name!r} has no curves to draw: its result lacks '
                f'{", ".join(missing_curves(result, fa))}')
    runs = runs_of(results)
    figures: dict[str, Figure] = {}
    swept = [run for run in runs if not missing_curves(run.result, fa)]
    if swept:
        figures.update(
            roc_target=_roc_target(swept, fa),
            roc_pixel=_roc_pixel(swept),
            precision_recall=_precision_recall(swept),
            pd_fa_threshold=_pd_fa_threshold(swept, fa))
    if any(map(has_target_curve, results.values())):
        figures.update(
            froc=_froc([run for run in runs if run.result.target_curve]))
    return figures


def has_curves(result: EvaluationResult, fa: str = 'Fa') -> bool:
    """Tell whether a result has curves for any figure.

    Examples:
        >>> has_curves(EvaluationResult(dict(IoU=70)))
        False
    """
    return not missing_curves(result, fa) or has_target_curve(result)


def has_target_curve(result: EvaluationResult) -> bool:
    """Tell whether a result has the free-response curve of detections."""
    return len(result.target_curve.get('threshold', ())) > 0


def missing_curves(result: EvaluationResult, fa: str = 'Fa') -> list[str]:
    """Return the names of the curves over thresholds that a result lacks."""
    needed = ('threshold', 'Pd', fa, 'Recall', 'FPR', 'Precision')
    return [
        name for name in needed
        if name not in result.curves or not len(result.curves[name])
    ]


def remove_curves(folder: str) -> None:
    """Remove what :func:`write_curves` wrote, which would pass for new."""
    for name in (*(f'{figure}.png' for figure in FIGURES), 'curves.json'):
        Path(folder, name).unlink(missing_ok=True)


def write_curves(results: Mapping[str, EvaluationResult],
                 folder: str,
                 fa: str = 'Fa') -> list[str]:
    """Write the figures of runs as PNG, and their points as JSON.

    Those of earlier runs are removed.

    ``curves.json`` is ``{"units": {curve: unit}, "runs": {run: {curve:
    [...]}}, "target_curves": {run: {curve: [...]}}}``, with null where a
    value is undefined. ``runs`` has the curves over thresholds,
    ``target_curves`` the :func:`curve_corners` of those of ``froc``.

    Args:
        results (Mapping[str, EvaluationResult]): See :func:`draw_curves`.
        folder (str): Output folder; created if missing.
        fa (str): See :func:`draw_curves`. Defaults to ``'Fa'``.

    Returns:
        list[str]: Paths of the files.

    Raises:
        ValueError: See :func:`draw_curves`; nothing is written then.
    """
    figures = draw_curves(results, fa)
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    remove_curves(folder)
    paths = []
    for name, figure in figures.items():
        paths.append(root / f'{name}.png')
        figure.savefig(paths[-1], dpi=DPI)
    runs = {
        name: _points(result.curves)
        for name, result in results.items() if result.curves
    }
    target_curves = {
        name: _points(curve_corners(result.target_curve))
        for name, result in results.items() if has_target_curve(result)
    }
    units = {
        curve: UNITS.get(curve, '')
        for curves in (*runs.values(), *target_curves.values())
        for curve in curves
    }
    data = dict(units=units, runs=runs, target_curves=target_curves)
    paths.append(root / 'curves.json')
    paths[-1].write_text(
        json.dumps(data, allow_nan=False) + '\n', encoding='utf-8')
    return [str(path) for path in paths]


def _points(curves: Mapping[str, np.ndarray]) -> dict[str, list[Any]]:
    """Return the points of curves for JSON."""
    return {
        name: [
            value if math.isfinite(value) else None
            for value in np.asarray(values, np.float64).tolist()
        ]
        for name, values in curves.items()
    }


def _figure(title: str, width: float, height: float) -> Figure:
    figure = Figure((width, height), dpi=DPI, layout='constrained')
    figure.suptitle(title)
    return figure


def _linear_and_log(title: str, runs: Sequence[Run], x: str, y: str,
                    remarks: Sequence[str] | None = None, dots: float = 0,
                    gap: float = math.inf) -> Figure:
    """Draw a curve on a linear axis (left) and a logarithmic one (right).

    Without ``remarks`` the legend says whose ``y`` is undefined.
    """
    figure = _figure(title, 10, 4.6)
    left, right = figure.subplots(1, 2)
    plot_runs(left, runs, x, y, dots=dots)
    left.set_title('Linear axis', fontsize=10)
    plot_runs(right, runs, x, y, log='x', dots=dots, gap=gap)
    right.set_title('Logarithmic axis', fontsize=10)
    add_legend(figure, runs, remarks or _undefined(runs, y))
    return figure


def _zoom(figure: Figure, runs: Sequence[Run], x: str) -> None:
    """Limit the linear axis to the range around the operating points.

    Without any, it is limited to the lowest false-alarm rates.
    """
    values = np.concatenate([run.curve(x) for run in runs])
    points = [run.at_threshold(x) for run in runs]
    known = [point for point in points if point > 0]
    limit = EXCERPT * max(known or [min(values[values > 0], default=0)])
    if 0 < limit < np.nanmax(values):
        left = figure.axes[0]
        left.set_xlim(-0.03 * limit, 1.03 * limit)
        left.set_title('Linear axis, excerpt', fontsize=10)


def _roc_target(runs: Sequence[Run], fa: str) -> Figure:
    figure = _linear_and_log('ROC of targets (dots: swept thresholds)', runs,
                             fa, 'Pd', dots=math.inf, gap=GAP)
    _zoom(figure, runs, fa)
    return figure


def _froc(runs: Sequence[Run]) -> Figure:
    """Draw Pd of detections over false alarms per image.

    The legend names runs without a detection, which have no points.
    """
    runs = [
        dataclasses.replace(run, result=of_detections(run.result))
        for run in runs
    ]
    remarks = [remark if len(run.curve('threshold')) else 'no detections'
               for run, remark in zip(runs, _undefined(runs, 'Pd'))]
    figure = _linear_and_log('Free response of detections (FROC)', runs,
                             'FalseAlarmsPerImage', 'Pd', remarks, FEW)
    _zoom(figure, runs, 'FalseAlarmsPerImage')
    return figure


def of_detections(result: EvaluationResult) -> EvaluationResult:
    """Return the target curve as curves, and the metrics by its matching."""
    curve, threshold = result.target_curve, result.settings.get('threshold')
    above = np.flatnonzero(
        curve['threshold'] > (math.inf if threshold is None else threshold))
    metrics = {
        name: result.metrics.get(
            metric, float(curve[name][above[-1]]) if above.size else math.nan)
        for name, metric in (('FalseAlarmsPerImage', 'FalseAlarmsPerImage'),
                             ('Pd', 'TargetRecall'))}
    return EvaluationResult(metrics, curve, settings=result.settings)


def _roc_pixel(runs: Sequence[Run]) -> Figure:
    return _linear_and_log(
        f'ROC of pixels ({AUC_TITLE})', runs, 'FPR', 'Recall',
        [auc_text(run.result.metrics) for run in runs], gap=GAP)


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
