"""Detection rate over the difficulty of targets, for a paper."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...evaluation import EvaluationResult
from ..colours import LIGHT_GREY
from ..curve_axes import Run
from ..legends import fitting_columns, legend_below, legend_name
from .style import LETTERS, WIDTHS, paper_style

PROPERTIES = {
    'area': 'Area (pixels)', 'SCR': 'Local signal-to-clutter ratio',
    'border': 'Distance to the border (pixels)',
    'targets': 'Targets in the image'}


@paper_style()
def draw_difficulty(results: Mapping[str, EvaluationResult], name: str = 'Pd',
                    width: float = WIDTHS[2]) -> Figure:
    """Draw the detection rate over the difficulty of targets.

    Bars are 95 % intervals. The number of targets is below each bin; bins
    without targets are left out.

    Args:
        results (Mapping[str, EvaluationResult]): Results of the same images
            with the measure ``difficulty``.
        name (str): Rate to draw: ``'Pd'``, ``'Pd_OPDC'`` or
            ``'Pd_shooting'``. Defaults to ``'Pd'``.
        width (float): Width in inches. Defaults to that of two columns.
    """
    beside = width > (WIDTHS[1] + WIDTHS[2]) / 2
    rows, columns = (2, 2) if beside else (4, 1)
    figure = Figure((width, 1.6 * rows), layout='constrained')
    runs = [Run.of(number, model, result)
            for number, (model, result) in enumerate(results.items())]
    for axes, (by, title) in zip(figure.subplots(rows, columns).flat,
                                 PROPERTIES.items()):
        _draw_bins(axes, runs, by, name)
        axes.set_title(title)
    figure.supylabel(f'Detected targets {name} (%)', fontsize=LETTERS)
    handles = [Line2D([], [], markersize=4,
                      **{**run.style, 'linestyle': ''}) for run in runs]
    labels = [legend_name(run.name) for run in runs]
    legend_below(figure, handles, labels,
                 fitting_columns(figure, labels, LETTERS), size=LETTERS)
    return figure


def _draw_bins(axes: Axes, runs: Sequence[Run], by: str, name: str) -> None:
    """Draw the rates of all models in the bins of a property."""
    groups = [[each for each in run.result.difficulty
               if each.by == by and each.targets] for run in runs]
    step = 0.6 / len(runs)
    for number, (run, bins) in enumerate(zip(runs, groups)):
        places = np.arange(len(bins)) + step * (number - (len(runs) - 1) / 2)
        rates = np.array([each.rate(name) for each in bins])
        limits = np.array([each.interval(name) for each in bins])
        low, high = limits.reshape(-1, 2).T
        axes.errorbar(places, rates, np.maximum(
            [rates - low, high - rates], 0), fmt=run.style['marker'],
                      color=run.style['color'], markersize=3.5, elinewidth=0.8)
    axes.set_xticks(range(len(groups[0])), [
        f'{each.label}\n({each.targets})' for each in groups[0]])
    axes.set(ylim=(-6, 108), yticks=range(0, 101, 25))
    axes.grid(axis='y', color=LIGHT_GREY, linewidth=0.5)
    axes.set_axisbelow(True)
