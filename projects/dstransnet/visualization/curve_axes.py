"""Axes and legends of the curves of runs."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..evaluation.functional.formulas import UNITS
from ..evaluation.report.evaluation_result import EvaluationResult
from .colours import LIGHT_GREY, LINE_COLOURS
from .legends import (
    LINE_LENGTH,
    fitting_columns,
    legend_below,
    legend_name,
)

# The numbers of colours, dashes and markers have no common factor, so that
# combinations repeat late.
DASHES = ('-', '--', '-.', ':')
MARKERS = ('o', 's', '^', 'D', 'v')

WORDS = dict(
    threshold='Threshold', Pd='Detected targets Pd', FPR='False positive rate',
    Recall='Recall, true positive rate', Precision='Precision',
    FalseAlarmsPerImage='False alarms')


@dataclasses.dataclass(frozen=True)
class Run:
    """A run, with its name and style in figures.

    Attributes:
        name (str): Name in legends.
        result (EvaluationResult): Its metrics and curves.
        style (dict[str, Any]): Colour, line style and marker.
    """
    name: str
    result: EvaluationResult
    style: dict[str, Any]

    @property
    def threshold(self) -> float | None:
        """Decision threshold, None where the result has none."""
        return self.result.settings.get('threshold')

    def curve(self, name: str) -> np.ndarray:
        """Return a curve of shape (T, ); Precision without prediction is NaN.

        Results have 0 there, which would draw a line to (0, 0).
        """
        curves = self.result.curves
        if name != 'Precision':
            return curves[name]
        nothing = (curves['Recall'] == 0) & (curves['FPR'] == 0)
        return np.where(nothing, np.nan, curves[name])

    def at_threshold(self, name: str) -> float:
        """Return a metric at the decision threshold, NaN where unknown.

        The threshold need not be on the curves: a value that is not among
        the metrics is interpolated.
        """
        if self.threshold is None:
            return math.nan
        if name in self.result.metrics:
            return self.result.metrics[name]
        grid = self.curve('threshold')
        if not grid.size or not grid[0] <= self.threshold <= grid[-1]:
            return math.nan
        return float(np.interp(self.threshold, grid, self.curve(name)))


def runs_of(results: Mapping[str, EvaluationResult]) -> list[Run]:
    """Return runs with a style each."""
    return [Run(name, result, line_style(number))
            for number, (name, result) in enumerate(results.items())]


def line_style(number: int) -> dict[str, Any]:
    """Return colour, line style and marker of the line of a number.

    Examples:
        >>> line_style(0)['linestyle'], line_style(1)['linestyle']
        ('-', '--')
    """
    return dict(color=LINE_COLOURS[number % len(LINE_COLOURS)],
                linestyle=DASHES[number % len(DASHES)],
                marker=MARKERS[number % len(MARKERS)])


def unit_text(name: str) -> str:
    """Return the unit of a metric as axes show it, '' without one.

    Examples:
        >>> unit_text('IoU'), unit_text('Fa'), unit_text('threshold')
        ('%', '$10^{-6}$', '')
    """
    unit = UNITS.get(name, '').replace('1e-6', '$10^{-6}$')
    return unit.replace('1 / ', 'per ')


def axis_label(name: str) -> str:
    """Return the label of an axis: the curve in words and its unit.

    Examples:
        >>> axis_label('Precision'), axis_label('threshold')
        ('Precision (%)', 'Threshold')
        >>> axis_label('Fa')
        'False alarms Fa ($10^{-6}$)'
    """
    words = WORDS.get(name, f'False alarms {name}')
    unit = unit_text(name)
    return f'{words} ({unit})' if unit else words


def plot_runs(axes: Axes,
              runs: Sequence[Run],
              x: str,
              y: str,
              log: str = '',
              dots: float = 0,
              gap: float = math.inf) -> None:
    """Draw one curve over another for each run, with its operating point.

    If no value is defined, a note says so.

    Args:
        axes (Axes): Axes to draw on.
        runs (Sequence[Run]): The runs.
        x (str): Name of the curve along the horizontal axis.
        y (str): Name of the curve along the vertical axis.
        log (str): ``'x'`` or ``'y'``: that axis is logarithmic and leaves
            values of 0 out, as its label says. Defaults to ``''``.
        dots (float): Mark the points of curves of at most that many. Defaults
            to 0.
        gap (float): Do not connect points that are farther apart than this
            factor on the logarithmic axis, since nothing was measured between
            them. Defaults to infinity.
    """
    names = dict(x=x, y=y)
    labels = {axis: axis_label(name) for axis, name in names.items()}
    values = {axis: [run.curve(name) for run in runs]
              for axis, name in names.items()}
    if log and any((curve <= 0).any() for curve in values[log]):
        # Labels of vertical axes have less room.
        labels[log] += '; ' if log == 'x' else '\n'
        labels[log] += '0 is not shown'
    for number, run in enumerate(runs):
        line = {axis: curves[number] for axis, curves in values.items()}
        point = {axis: run.at_threshold(name) for axis, name in names.items()}
        if log:
            line[log] = np.where(line[log] > 0, line[log], np.nan)
            point[log] = point[log] if point[log] > 0 else math.nan
            line, broken = _broken(line, log, gap)
        dotted = len(line['x']) <= dots or (log and broken)
        axes.plot(line['x'], line['y'],
                  **{**run.style, 'marker': '.' if dotted else ''},
                  markersize=5, linewidth=1.2 if dotted else 1.8)
        axes.plot([point['x']], [point['y']], **{**run.style, 'linestyle': ''},
                  markersize=8, markeredgecolor='white', zorder=3)
    axes.set(xlabel=labels['x'], ylabel=labels['y'])
    empty = not any(
        np.isfinite(line.get_xydata()).all(1).any() for line in axes.lines)
    for axis, name in names.items():
        if axis == log:
            axes.set(**{f'{axis}scale': 'log'})
            if empty:  # there is no range to be found
                axes.set(**{f'{axis}lim': (1, 10)})
        elif UNITS.get(name) == '%':
            axes.set(**{f'{axis}lim': (-3, 103)})
        else:  # the whole range, though the other axis may leave some out
            most = max(np.nanmax(curve, initial=0) for curve in values[axis])
            most = most or 1
            axes.set(**{f'{axis}lim': (-0.03 * most, 1.03 * most)})
    axes.grid(True, which='major', color=LIGHT_GREY)
    axes.set_axisbelow(True)
    if empty:
        axes.text(0.5, 0.5, _why_empty(names, values, log),
                  transform=axes.transAxes, ha='center', va='center')


def _broken(line: dict[str, np.ndarray], log: str,
            gap: float) -> tuple[dict[str, np.ndarray], bool]:
    """Break a line where its points are far apart; say whether it was."""
    steps = np.abs(np.diff(np.log(line[log])))
    places = np.flatnonzero(steps > math.log(gap)) + 1
    return {axis: np.insert(values.astype(float), places, np.nan)
            for axis, values in line.items()}, places.size > 0


def _why_empty(names: dict[str, str],
               values: dict[str, list[np.ndarray]], log: str) -> str:
    """Return the note of axes without a line."""
    undefined = [
        names[axis] for axis, curves in values.items()
        if not any(np.isfinite(curve).any() for curve in curves)
    ]
    if undefined:
        return f'Nothing to draw: {" and ".join(undefined)} undefined'
    if log:
        return f'Nothing to draw: {names[log]} is 0 everywhere'
    return f'Nothing to draw: {" and ".join(names.values())} never together'


def add_legend(figure: Figure, runs: Sequence[Run],
               remarks: Sequence[str]) -> None:
    """Put one legend for all axes below them, and make room for it.

    The figure is in constrained layout. Remarks are texts behind the names.
    """
    thresholds = [run.threshold for run in runs]
    alike = len(set(thresholds)) == 1
    labels = []
    for run, remark in zip(runs, remarks):
        if not alike and run.threshold is not None:
            remark = ', '.join(
                filter(None, (remark, f'threshold {run.threshold:g}')))
        labels.append(_with_remark(legend_name(run.name), remark))
    title = '' if alike else 'Markers: at the threshold of each run'
    if alike and thresholds[0] is not None:
        title = f'Markers: at the threshold {thresholds[0]:g}'
    legend_below(
        figure, [Line2D([], [], linewidth=1.8, **run.style) for run in runs],
        labels, fitting_columns(figure, labels), title)


def _with_remark(name: str, remark: str) -> str:
    """Put a remark behind a name, or below where the line gets long."""
    if not remark:
        return name
    last = name.rpartition('\n')[2]
    space = ' ' if len(last) + len(remark) < LINE_LENGTH else '\n'
    return f'{name}{space}({remark})'
