"""Errors by their kind, and detection rates by difficulty, for a paper."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...evaluation import EvaluationResult
from ..colours import LIGHT_GREY
from ..curve_axes import Run, runs_of
from ..legends import legend_name
from .charts import add_legend
from .style import LETTERS, WIDTHS, paper_style

SEGMENTATION = {
    'seg_IoU': 'IoU', 'seg_merge': 'merge', 'seg_interference':
    'interference', 'seg_perception': 'perception'}
LOCALISATION = {
    'loc_IoU': 'matched', 'loc_many_to_one': 'many to one', 'loc_one_to_many':
    'one to many', 'loc_interference': 'interference', 'loc_perception':
    'perception'}
# What is right in blue, errors in other colours.
_PARTS = {
    'IoU': '#0072B2', 'matched': '#0072B2', 'merge': '#F0E442',
    'many to one': '#56B4E9', 'one to many': '#009E73',
    'interference': '#E69F00', 'perception': '#CC79A7'}
PROPERTIES = {
    'area': 'Area (pixels)', 'SCR': 'Local signal-to-clutter ratio',
    'border': 'Distance to the border (pixels)',
    'targets': 'Targets in the image'}


def _beside(width: float) -> bool:
    """Tell whether axes stand side by side in a figure of some width."""
    return width > (WIDTHS[1] + WIDTHS[2]) / 2


@paper_style()
def draw_errors(results: Mapping[str, EvaluationResult],
                width: float = WIDTHS[2]) -> Figure:
    """Draw the parts of hierarchical IoU and of its errors as bars.

    Left, the mean parts of the union of a matched target and component; right,
    the parts of all targets and components. Both add up to 100 %.

    Args:
        results (Mapping[str, EvaluationResult]): Results with the measure
            ``hierarchy``.
        width (float): Width in inches. Defaults to that of two columns.
    """
    beside = _beside(width)
    tall = 0.85 + 0.2 * len(results)
    figure = Figure((width, tall if beside else 2 * tall),
                    layout='constrained')
    shape = (1, 2) if beside else (2, 1)
    for axes, parts, title, label in zip(
            figure.subplots(*shape, sharey=beside).flat,
            (SEGMENTATION, LOCALISATION),
            ('Segmentation of matched targets', 'Localisation'),
            ('Share of the union (%)', 'Share of targets and components (%)')):
        _stack(axes, results, parts)
        axes.set_title(title)
        axes.set_xlabel(label, labelpad=1)
        axes.legend(
            handles=[Patch(color=_PARTS[words], label=words)
                     for words in parts.values()],
            loc='upper center', bbox_to_anchor=(0.5, 0), frameon=False,
            fontsize=LETTERS - 1, borderaxespad=3.7, columnspacing=0.8,
            handlelength=1, ncols=len(parts) if beside else 3)
    return figure


def _stack(axes: Axes, results: Mapping[str, EvaluationResult],
           parts: Mapping[str, str]) -> None:
    """Draw one bar of parts a model, from the first model down."""
    names = list(map(legend_name, results))
    start = np.zeros(len(results))
    for key, words in parts.items():
        shares = np.array([result.metrics[key] for result in
                           results.values()])
        bars = axes.barh(range(len(names)), shares, 0.7, start,
                         color=_PARTS[words])
        axes.bar_label(bars, [f'{share:.0f}' if share >= 5 else ''
                              for share in shares],
                       label_type='center', fontsize=LETTERS - 1,
                       color='white' if words in ('IoU', 'matched')
                       else 'black')
        start += np.nan_to_num(shares)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.set(xlim=(0, 100), xticks=range(0, 101, 25),
             ylim=(len(names) - 0.5, -0.5))
    axes.tick_params(axis='y', length=0)
    axes.spines[['top', 'right', 'left']].set_visible(False)


@paper_style()
def draw_difficulty(results: Mapping[str, EvaluationResult], name: str = 'Pd',
                    width: float = WIDTHS[2]) -> Figure:
    """Draw the detection rate over the difficulty of targets.

    Bars are 95 % intervals. The number of targets is below each bin, where
    all results have as many; bins without targets in any are left out.

    Args:
        results (Mapping[str, EvaluationResult]): Results of the same images
            with the measure ``difficulty``.
        name (str): Rate to draw: ``'Pd'``, ``'Pd_OPDC'`` or
            ``'Pd_shooting'``. Defaults to ``'Pd'``.
        width (float): Width in inches. Defaults to that of two columns.
    """
    rows, columns = (2, 2) if _beside(width) else (4, 1)
    figure = Figure((width, 1.6 * rows), layout='constrained')
    runs = runs_of(results)
    for axes, (by, title) in zip(figure.subplots(rows, columns).flat,
                                 PROPERTIES.items()):
        _draw_bins(axes, runs, by, name)
        axes.set_title(title)
    figure.supylabel(f'Detected targets {name} (%)', fontsize=LETTERS)
    add_legend(figure, [Line2D([], [], markersize=4,
                               **{**run.style, 'linestyle': ''})
                        for run in runs],
               [legend_name(run.name) for run in runs])
    return figure


def _draw_bins(axes: Axes, runs: Sequence[Run], by: str, name: str) -> None:
    """Draw the rates of all models in the bins of a property."""
    groups = [{each.label: each for each in run.result.difficulty
               if each.by == by} for run in runs]
    counts = {
        label: {group[label].targets if label in group else 0
                for group in groups}
        for label in dict.fromkeys(label for group in groups
                                   for label in group)}
    labels = [label for label, found in counts.items() if any(found)]
    step = 0.6 / len(runs)
    for number, (run, group) in enumerate(zip(runs, groups)):
        bins = [group[label] for label in labels
                if label in group and group[label].targets]
        places = np.array([labels.index(each.label) for each in bins]
                          ) + step * (number - (len(runs) - 1) / 2)
        rates = np.array([each.rate(name) for each in bins])
        limits = np.array([each.interval(name) for each in bins])
        low, high = limits.reshape(-1, 2).T
        axes.errorbar(places, rates, np.maximum(
            [rates - low, high - rates], 0), fmt=run.style['marker'],
                      color=run.style['color'], markersize=3.5, elinewidth=0.8)
    # A number of targets is stated where all runs agree on it.
    axes.set_xticks(range(len(labels)), [
        f'{label}\n({next(iter(counts[label]))})'
        if len(counts[label]) == 1 else label for label in labels])
    axes.set(ylim=(-6, 108), yticks=range(0, 101, 25))
    axes.grid(axis='y', color=LIGHT_GREY, linewidth=0.5)
    axes.set_axisbelow(True)
