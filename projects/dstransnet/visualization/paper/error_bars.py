"""Error-decomposition bars of a paper."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ...evaluation import EvaluationResult
from ..legends import legend_name
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
    beside = width > (WIDTHS[1] + WIDTHS[2]) / 2
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
