"""Scatter plot of quality against cost."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .colours import LIGHT_GREY, LINE_COLOURS
from .curve_axes import LINE_HEIGHT, MARKERS, legend_name
from .curves import DPI

LARGEST = 1200  # area of the largest bubble in square points
SMALLEST = 30  # areas below are drawn like this one


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
    most = max(point.params for point in points.values())
    figure = Figure((7, 4.6), dpi=DPI, layout='constrained')
    figure.suptitle(title)
    axes = figure.subplots()
    handles = []
    for number, point in enumerate(points.values()):
        colour = LINE_COLOURS[number % len(LINE_COLOURS)]
        marker = MARKERS[number // len(LINE_COLOURS) % len(MARKERS)]
        axes.scatter(
            [point.macs], [point.iou], color=colour, marker=marker,
            alpha=0.7, edgecolors='white',
            s=max(SMALLEST, LARGEST * point.params / most),
            zorder=3 - point.params / most)
        handles.append(Line2D(
            [], [], color=colour, marker=marker, linestyle='', markersize=8))
    axes.set_xscale('log')
    axes.margins(0.15)
    axes.set(xlabel='Multiply-accumulate operations ($10^9$)',
             ylabel='IoU (%)')
    axes.grid(color=LIGHT_GREY)
    axes.set_axisbelow(True)
    labels = [f'{legend_name(name)} ({point.params:.2f} M)'
              for name, point in points.items()]
    columns = 1 if max(map(len, labels)) > 34 else 2
    legend = figure.legend(
        handles, ['model'] * len(points), loc='outside lower center',
        ncols=columns, fontsize=9,
        title='Area: number of parameters', title_fontsize=9)
    # Set afterwards, so that '_' in front and '$' are letters like others.
    for text, label in zip(legend.get_texts(), labels):
        text.set_parse_math(False)
        text.set_text(label)
    lines = max(label.count('\n') + 1 for label in labels)
    width, height = figure.get_size_inches()
    figure.set_size_inches(
        width, height + LINE_HEIGHT * lines * -(-len(points) // columns))
    return figure
