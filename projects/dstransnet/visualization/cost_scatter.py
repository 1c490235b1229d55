"""Scatter plot of quality against cost."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from .colours import LIGHT_GREY, LINE_COLOURS
from .curve_axes import MARKERS
from .curves import DPI
from .legends import legend_below, legend_name

LARGEST = 1200  # area of the largest bubble in square points
SMALLEST = 30  # areas below are drawn like this one
AREA = 'Area: number of parameters'


@dataclass(frozen=True)
class CostPoint:
    """A model in the plot.

    Attributes:
        macs (float): Multiply-accumulate operations, 1e9.
        params (float): Parameters, 1e6.
        iou (float): IoU in %.
    """
    macs: float
    params: float
    iou: float


def draw_cost_scatter(points: Mapping[str, CostPoint],
                      title: str = 'IoU against arithmetic') -> Figure:
    """Draw IoU over MACs, a bubble for each model.

    The area of a bubble is proportional to the number of parameters. Small
    ones lie on top of large ones. The axis of MACs is logarithmic.

    Args:
        points (Mapping[str, CostPoint]): Points by name of the model.
        title (str): Title of the figure. Defaults to one for IoU.

    Returns:
        Figure: The figure.

    Raises:
        ValueError: If there is no model.

    Examples:
        >>> figure = draw_cost_scatter({'a': CostPoint(1.5, 0.4, 70.0)})
        >>> figure.axes[0].get_ylabel()
        'IoU (%)'
    """
    if not points:
        raise ValueError('points must hold at least one model, got none')
    figure = Figure((7, 4.6), dpi=DPI, layout='constrained')
    figure.suptitle(title)
    handles = plot_costs(figure.subplots(), points)
    labels = cost_labels(points)
    legend_below(figure, handles, labels, 1 if max(
        map(len, labels)) > 34 else 2, AREA)
    return figure


def cost_labels(points: Mapping[str, CostPoint]) -> list[str]:
    """Return the names of models, with their parameters, for a legend.

    Examples:
        >>> cost_labels({'a': CostPoint(1.5, 0.4, 70.0)})
        ['a (0.40 M)']
    """
    return [f'{legend_name(name)} ({point.params:.2f} M)'
            for name, point in points.items()]


def plot_costs(axes: Axes, points: Mapping[str, CostPoint],
               largest: float = LARGEST) -> list[Line2D]:
    """Draw a bubble for each model.

    Args:
        axes (Axes): Axes to draw on.
        points (Mapping[str, CostPoint]): Points by name of the model.
        largest (float): Area of the largest bubble in square points. Defaults
            to 1200.

    Returns:
        list[Line2D]: Marker of each model, for a legend.
    """
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
            [], [], color=colour, marker=marker, linestyle='', markersize=8))
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
