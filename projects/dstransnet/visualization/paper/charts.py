"""ROC, FROC and bubble chart of a paper."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from ...evaluation import EvaluationResult
from ...evaluation.functional.formulas import auc_text, format_metric
from ..colours import LIGHT_GREY, LINE_COLOURS
from ..curve_axes import MARKERS, plot_runs, runs_of
from ..curves import AUC_TITLE, FEW, GAP, of_detections
from ..legends import fitting_columns, legend_below, legend_name
from .style import LETTERS, WIDTHS, paper_style

ASPECT = 0.72  # height of axes over the width of a figure
HIGHEST_RATE = 10  # % of false positives; beyond, no detector is of use
LIMIT = 1  # false alarms per image up to which the area of FROC counts
LARGEST = 60  # area of the largest bubble in square points, for each inch
SMALLEST = 30  # areas below are drawn like this one


@dataclasses.dataclass(frozen=True)
class CostPoint:
    """A model in the bubble chart.

    Attributes:
        macs (float): Multiply-accumulate operations, 1e9.
        params (float): Parameters, 1e6.
        iou (float): IoU in %.
    """
    macs: float
    params: float
    iou: float


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
    areas = {name: auc_text(result.metrics)
             for name, result in results.items()}
    figure = _curves(results, 'FPR', 'Recall', areas, width, AUC_TITLE,
                     gap=GAP)
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
    areas = {name: 'AUC ' + format_metric('AUC', area_up_to(
        result.curves['FalseAlarmsPerImage'], result.curves['Pd']))
             for name, result in curves.items()}
    return _curves(curves, 'FalseAlarmsPerImage', 'Pd', areas, width,
                   f'AUC: up to {LIMIT} false alarm per image', dots=FEW)


def _curves(results: Mapping[str, EvaluationResult], x: str, y: str,
            areas: Mapping[str, str], width: float, title: str,
            **options: float) -> Figure:
    """Draw a curve of each model, its area in the legend."""
    figure = Figure((width, ASPECT * width), layout='constrained')
    axes = figure.subplots()
    runs = runs_of(results)
    plot_runs(axes, runs, x, y, log='x', **options)
    for line in axes.lines:
        line.set(linewidth=1.2, markersize=0.65 * line.get_markersize())
        if np.size(line.get_xdata()) > FEW:
            line.set_marker('')
    lowest = min(np.nanmin(run.curve(y)[run.curve(x) > 0], initial=100)
                 for run in runs)
    axes.set_ylim(bottom=10 * math.floor(lowest / 10) - 3)
    add_legend(figure, [Line2D([], [], linewidth=1.2, markersize=5,
                               **run.style) for run in runs], [
        f'{legend_name(name)} ({area})' for name, area in areas.items()],
               title)
    return figure


def add_legend(figure: Figure, handles: Sequence[Artist],
               labels: Sequence[str], title: str = '') -> None:
    """Put a legend below all axes, in as many columns as fit."""
    legend_below(figure, handles, labels,
                 fitting_columns(figure, labels, LETTERS), title, LETTERS)


@paper_style()
def draw_bubbles(points: Mapping[str, CostPoint],
                 width: float = WIDTHS[1]) -> Figure:
    """Draw IoU over arithmetic, a bubble for each model.

    The area of a bubble is proportional to the number of parameters. Small
    ones lie on top of large ones. The axis of operations is logarithmic.

    Args:
        points (Mapping[str, CostPoint]): Points by name of the model.
        width (float): Width in inches. Defaults to that of one column.

    Raises:
        ValueError: If there is no model.
    """
    if not points:
        raise ValueError('points must hold at least one model, got none')
    figure = Figure((width, ASPECT * width), layout='constrained')
    handles = _plot_bubbles(figure.subplots(), points, LARGEST * width)
    add_legend(figure, handles, [
        f'{legend_name(name)} ({point.params:.2f} M)'
        for name, point in points.items()], 'Area: number of parameters')
    return figure


def _plot_bubbles(axes: Axes, points: Mapping[str, CostPoint],
                  largest: float) -> list[Line2D]:
    """Draw the bubbles; return the marker of each model for a legend."""
    most = max(point.params for point in points.values()) or 1
    handles = []
    for number, point in enumerate(points.values()):
        colour = LINE_COLOURS[number % len(LINE_COLOURS)]
        marker = MARKERS[number // len(LINE_COLOURS) % len(MARKERS)]
        axes.scatter(
            [point.macs], [point.iou], color=colour, marker=marker,
            alpha=0.7, edgecolors='white',
            s=max(SMALLEST, largest * point.params / most),
            zorder=3 - point.params / most)
        handles.append(Line2D(
            [], [], color=colour, marker=marker, linestyle='', markersize=5))
    axes.set_xscale('log')
    axes.margins(0.15)
    low, high = axes.get_xlim()
    if high < 100 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter('{x:g}')
    axes.xaxis.set_minor_formatter('')
    axes.set(xlabel='Multiply-accumulate operations ($10^9$)',
             ylabel='IoU (%)')
    axes.grid(color=LIGHT_GREY)
    axes.set_axisbelow(True)
    return handles
