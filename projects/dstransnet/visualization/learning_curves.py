"""Losses and metrics over the epochs of trainings."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..evaluation.functional.formulas import UNITS
from ..evaluation.report.training_log import TrainingLog
from .colours import LIGHT_GREY, LINE_COLOURS
from .curve_axes import DASHES, MARKERS
from .legends import fitting_columns, legend_below, legend_name

WIDTH, HEIGHT = 4.2, 3.4  # inches of a panel


def draw_learning_curves(logs: Mapping[str, TrainingLog],
                         metrics: Sequence[str] = ('IoU', )) -> Figure:
    """Draw the loss, on a logarithmic axis, and metrics of validations.

    Args:
        logs (Mapping[str, TrainingLog]): Trainings by name.
        metrics (Sequence[str]): Metrics, one panel each. Defaults to IoU.

    Raises:
        ValueError: If no training has a metric.

    Returns:
        Figure: The figure; a legend names the trainings.
    """
    figure = Figure((WIDTH * (1 + len(metrics)), HEIGHT),
                    layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(
        1, 1 + len(metrics), sharex=True, squeeze=False)[0]
    for axes, name in zip(panels, ('loss', *metrics)):
        drawn = 0
        for number, log in enumerate(logs.values()):
            epochs = [epoch for epoch in log if name in log[epoch]]
            drawn += len(epochs)
            axes.plot(
                epochs, [log[epoch][name] for epoch in epochs],
                color=LINE_COLOURS[number % len(LINE_COLOURS)],
                linestyle=DASHES[number % len(DASHES)],
                marker=None if name == 'loss'
                else MARKERS[number % len(MARKERS)], markersize=4)
        if not drawn:
            known = sorted({key for log in logs.values()
                            for values in log.values() for key in values})
            raise ValueError(f'no training has {name}; they have '
                             f'{", ".join(known) or "nothing"}')
        unit = UNITS.get(name, '').replace('1e-6', '$10^{-6}$')
        axes.set(xlabel='Epoch', ylabel='Loss' if name == 'loss'
                 else f'{name} ({unit})' if unit else name)
        axes.grid(color=LIGHT_GREY)
    panels[0].set_yscale('log')
    panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 6)))
    panels[0].yaxis.set_major_formatter('{x:g}')
    panels[0].yaxis.set_minor_formatter(NullFormatter())
    panels[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    labels = [legend_name(name) for name in logs]
    legend_below(figure, panels[0].lines, labels,
                 fitting_columns(figure, labels))
    return figure
