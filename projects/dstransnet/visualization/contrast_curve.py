"""Plot of the detection probability over the contrast of targets."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .colours import GREY, LIGHT_GREY, LINE_COLOURS


def bin_name(low: float, high: float) -> str:
    """Return the name of a bin: '2 .. 3', '< 1', '>= 20'.

    Examples:
        >>> bin_name(2, 3), bin_name(-math.inf, 1), bin_name(20, math.inf)
        ('2 .. 3', '< 1', '>= 20')
    """
    if math.isinf(low):
        return f'< {high:g}'
    return f'>= {low:g}' if math.isinf(high) else f'{low:g} .. {high:g}'


def draw_pd_over_scr(bins: Sequence[Any], title: str) -> Figure:
    """Draw Pd with its intervals, and the number of targets, over bins.

    Args:
        bins (Sequence[ScrBin]): Result of :func:`pd_over_scr`; empty bins at
            both ends are left out.
        title (str): Title of the figure.

    Returns:
        Figure: The figure.
    """
    filled = [place for place, each in enumerate(bins) if each.targets]
    bins = bins[filled[0]:filled[-1] + 1] if filled else bins
    figure = Figure(figsize=(8, 5.5), layout='constrained')
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize='medium', wrap=True)
    upper, lower = figure.subplots(
        2, 1, sharex=True, gridspec_kw=dict(height_ratios=(3, 1)))
    places = range(len(bins))
    shown = [place for place in places if bins[place].targets]
    upper.errorbar(
        shown, [bins[place].Pd for place in shown],
        yerr=[[max(bins[place].Pd - bins[place].Pd_low, 0)
               for place in shown],
              [max(bins[place].Pd_high - bins[place].Pd, 0)
               for place in shown]],
        fmt='o-', color=LINE_COLOURS[0], capsize=4,
        label='detected targets, with 95 % interval')
    upper.set_ylabel('Detected targets Pd (%)')
    upper.set_ylim(-3, 103)
    upper.legend(loc='lower right')
    lower.bar(list(places), [each.targets for each in bins], color=GREY)
    lower.set_ylabel('Targets')
    lower.set_xlabel('Local signal-to-clutter ratio (SCR)')
    lower.set_xticks(list(places),
                     [bin_name(each.low, each.high) for each in bins],
                     rotation=30, ha='right')
    for axis in (upper, lower):
        axis.grid(axis='y', color=LIGHT_GREY)
        axis.set_axisbelow(True)
    return figure
