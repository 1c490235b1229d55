"""How time and memory grow with the pixels of the input."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .case_result import Result
from .profile_table import MIB

_COLOURS = ('#0072b2', '#d55e00', '#009e73')


def exponent(pixels: Sequence[float], values: Sequence[float]) -> float:
    """Fit ``value ~ pixels^e`` by least squares of the logarithms.

    Args:
        pixels (Sequence[float]): At least two different numbers.
        values (Sequence[float]): Positive, one for each.

    Returns:
        float: The exponent e; 1 is growth in proportion.

    Examples:
        >>> round(exponent([1, 2, 4], [3, 12, 48]), 6)
        2.0
    """
    return float(np.polyfit(np.log(pixels), np.log(values), 1)[0])


def by_form(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Return the measured results of every form, fewest pixels first."""
    found: dict[str, list[Result]] = {}
    for result in sorted(results, key=lambda each: each.case.pixels):
        if result.measurement is not None:
            found.setdefault(result.case.form, []).append(result)
    return found


def exponents(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Return the exponents of time and memory by form.

    Forms that were measured on fewer than two numbers of pixels have none.
    """
    found = {}
    for form, each in by_form(results).items():
        pixels = [result.case.pixels for result in each]
        if len(set(pixels)) < 2:
            continue
        found[form] = dict(
            products=exponent(pixels, [one.products for one in each]),
            memory=exponent(
                pixels, [max(one.measured.memory, 1) for one in each]))
    return found


def draw_growth(results: Sequence[Result], title: str) -> Figure:
    """Draw time and memory over pixels, both axes logarithmic.

    A dashed line through the largest input of the first form shows growth in
    proportion to the pixels.

    Args:
        results (Sequence[Result]): Those without a measurement are left out.
        title (str): Above the figure.

    Returns:
        Figure: To be saved.
    """
    figure = Figure(figsize=(9, 4.5), layout='constrained')
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize='medium', wrap=True)
    time, memory = figure.subplots(1, 2)
    for (form, each), colour in zip(by_form(results).items(), _COLOURS):
        pixels = [result.case.pixels for result in each]
        time.plot(pixels, [result.products for result in each], 'o-',
                  color=colour, label=form)
        memory.plot(
            pixels, [max(result.measured.memory, 1) / MIB for result in each],
            'o-', color=colour, label=form)
    time.set_ylabel('Time (products of two 2048 x 2048 matrices)')
    memory.set_ylabel('Peak memory above that before (MiB)')
    for axes in (time, memory):
        _finish(axes, results)
    return figure


def _finish(axes: Axes, results: Sequence[Result]) -> None:
    """Add the line of proportion, scales and labels."""
    lines = axes.get_lines()
    points = [(x, y) for line in lines
              for x, y in zip(*map(np.asarray, line.get_data()))]
    for x, y in points:
        label = f'{y:.3g}' if y < 1000 else f'{y:.0f}'
        highest = y == max(other for at, other in points if at == x)
        place: dict[str, Any] = dict(xytext=(-4, 5), ha='right') if highest \
            else dict(xytext=(4, -12))
        axes.annotate(label, (x, y), textcoords='offset points',
                      fontsize='small', **place)
    if lines:
        pixels, values = map(np.asarray, lines[0].get_data())
        axes.plot(pixels, values[-1] * pixels / pixels[-1], '--',
                  color='#888888', label='linear in pixels', zorder=1)
        axes.legend()
    axes.set_xscale('log')
    axes.set_yscale('log')
    cases = {each.case.pixels: each.case for each in results}
    axes.set_xticks(
        list(cases), [f'{case.height} x {case.width}'
                      for case in cases.values()], rotation=30, ha='right')
    axes.minorticks_off()
    axes.set_xlabel('Input (pixels)')
    axes.grid(color='#dddddd')
    axes.set_axisbelow(True)
