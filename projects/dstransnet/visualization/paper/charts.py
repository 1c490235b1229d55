"""ROC, FROC and bubble chart of a paper."""
from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...evaluation import EvaluationResult
from ..cost_scatter import AREA, CostPoint, cost_labels, plot_costs
from ..curve_axes import Run, plot_runs
from ..curves import FEW, GAP, of_detections
from ..legends import fitting_columns, legend_below, legend_name
from .style import LETTERS, WIDTHS, paper_style

ASPECT = 0.72  # height of axes over the width of a figure
HIGHEST_RATE = 10  # % of false positives; beyond, no detector is of use
LIMIT = 1  # false alarms per image up to which the area of FROC counts


def area_up_to(rates: np.ndarray, found: np.ndarray,
               limit: float = LIMIT) -> float:
    """Return the area under a free-response curve, over its limit.

    Each number of false alarms has the best detection rate that needs no
    more.

    Args:
        rates (np.ndarray): False alarms per image of shape (N, ).
        found (np.ndarray): Detected targets at each, %, of shape (N, ).
        limit (float): End of the area in false alarms per image. Defaults to
            1.

    Returns:
        float: Area over that of perfect detection, 0 to 1.

    Examples:
        >>> area_up_to(np.array([0., 0.5]), np.array([50., 100.]))
        0.75
    """
    order = np.argsort(rates, kind='stable')
    edges = np.minimum([*rates[order], math.inf], limit)
    best = np.maximum.accumulate(found[order])
    return float((best * np.diff(edges)).sum() / (100 * limit))


@paper_style()
def draw_roc(results: Mapping[str, EvaluationResult],
             width: float = WIDTHS[1]) -> Figure:
    """Draw the ROC of pixels with AUC, false positives logarithmic up to 10 %.

    Args:
        results (Mapping[str, EvaluationResult]): Results that have curves.
        width (float): Width in inches. Defaults to that of one column.
    """
    areas = {name: result.metrics.get(
        'AUC_exact', result.metrics.get('AUC', math.nan))
             for name, result in results.items()}
    figure = _curves(results, 'FPR', 'Recall', areas, width, gap=GAP)
    figure.axes[0].set_xlim(right=HIGHEST_RATE)
    return figure


@paper_style()
def draw_froc(results: Mapping[str, EvaluationResult],
              width: float = WIDTHS[1]) -> Figure:
    """Draw Pd over false alarms per image, which are logarithmic.

    The area is that up to one false alarm per image, see :func:`area_up_to`.

    Args:
        results (Mapping[str, EvaluationResult]): Results that have a
            ``target_curve``.
        width (float): Width in inches. Defaults to that of one column.
    """
    curves = {name: of_detections(result) for name, result in results.items()}
    areas = {name: area_up_to(result.curves['FalseAlarmsPerImage'],
                              result.curves['Pd'])
             for name, result in curves.items()}
    return _curves(curves, 'FalseAlarmsPerImage', 'Pd', areas, width,
                   f'AUC: up to {LIMIT} false alarm per image', dots=FEW)


def _curves(results: Mapping[str, EvaluationResult], x: str, y: str,
            areas: Mapping[str, float], width: float, title: str = '',
            **options: float) -> Figure:
    """Draw a curve of each model, its area in the legend."""
    figure = Figure((width, ASPECT * width), layout='constrained')
    axes = figure.subplots()
    runs = [Run.of(number, name, result)
            for number, (name, result) in enumerate(results.items())]
    plot_runs(axes, runs, x, y, log='x', **options)
    for line in axes.lines:
        line.set(linewidth=1.2, markersize=0.65 * line.get_markersize())
        if np.size(line.get_xdata()) > FEW:
            line.set_marker('')
    lowest = min(np.nanmin(run.curve(y)[run.curve(x) > 0], initial=100)
                 for run in runs)
    axes.set_ylim(bottom=10 * math.floor(lowest / 10) - 3)
    handles = [Line2D([], [], linewidth=1.2, markersize=5, **run.style)
               for run in runs]
    labels = [
        f'{legend_name(name)} (AUC '
        f'{"undefined" if math.isnan(area) else f"{area:.4f}"})'
        for name, area in areas.items()]
    legend_below(figure, handles, labels,
                 fitting_columns(figure, labels, LETTERS), title, LETTERS)
    return figure


@paper_style()
def draw_bubbles(points: Mapping[str, CostPoint],
                 width: float = WIDTHS[1]) -> Figure:
    """Draw IoU over arithmetic, the area of bubbles by parameters.

    Args:
        points (Mapping[str, CostPoint]): Points by name of the model.
        width (float): Width in inches. Defaults to that of one column.

    Raises:
        ValueError: If there is no model.
    """
    if not points:
        raise ValueError('points must hold at least one model, got none')
    figure = Figure((width, ASPECT * width), layout='constrained')
    handles = plot_costs(figure.subplots(), points, largest=60 * width)
    for handle in handles:
        handle.set_markersize(5)
    labels = cost_labels(points)
    legend_below(figure, handles, labels,
                 fitting_columns(figure, labels, LETTERS), AREA, LETTERS)
    return figure


