"""Loss and metrics over the epochs of trainings."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from ..evaluation.report.training_log import TrainingLog
from .colours import LIGHT_GREY
from .curve_axes import line_style, unit_text
from .legends import fitting_columns, legend_below, legend_name

WIDTH, HEIGHT = 4.2, 3.4  # inches of a panel


def draw_learning_curves(logs: Mapping[str, TrainingLog],
                         metrics: Sequence[str] | None = None) -> Figure:
    """Draw the loss and the metrics of validations over epochs.

    The axis of the loss is logarithmic unless a loss is 0 or below.

    Args:
        logs (Mapping[str, TrainingLog]): Trainings by name.
        metrics (Sequence[str], optional): Metrics, one panel each. Defaults
            to None: IoU, if a training has been validated.

    Raises:
        ValueError: If no training has the loss, or one of the metrics.

    Returns:
        Figure: The figure; a legend names the trainings.
    """
    known = sorted({name for log in logs.values()
                    for values in log.values() for name in values})
    if metrics is None:
        metrics = ['IoU'] if 'IoU' in known else []
    for name in ('loss', *metrics):
        if name not in known:
            raise ValueError(f'no training has {name}; they have '
                             f'{", ".join(known) or "nothing"}')
    styles = [dict(line_style(number), markersize=4)
              for number in range(len(logs))]
    figure = Figure((WIDTH * (1 + len(metrics)), HEIGHT),
                    layout='constrained')
    FigureCanvasAgg(figure)
    panels = figure.subplots(
        1, 1 + len(metrics), sharex=True, squeeze=False)[0]
    for axes, name in zip(panels, ('loss', *metrics)):
        for log, style in zip(logs.values(), styles):
            epochs = [epoch for epoch in log if name in log[epoch]]
            # A loss has many points, a validation few.
            line, = axes.plot(
                epochs, [log[epoch][name] for epoch in epochs], **style)
            if name == 'loss' and len(epochs) > 1:
                line.set_marker('')
        unit = unit_text(name)
        axes.set(xlabel='Epoch', ylabel='Loss' if name == 'loss'
                 else f'{name} ({unit})' if unit else name)
        axes.grid(color=LIGHT_GREY)
    _scale_loss(panels[0])
    panels[0].xaxis.set_major_locator(
        MaxNLocator(integer=True, min_n_ticks=1))
    labels = [legend_name(name) for name in logs]
    legend_below(figure, [Line2D([], [], **style) for style in styles],
                 labels, fitting_columns(figure, labels))
    return figure


def _scale_loss(axes: Axes) -> None:
    """Make the axis logarithmic, with labels between the powers of ten."""
    losses = np.concatenate(
        [np.asarray(line.get_ydata(), float) for line in axes.lines])
    if losses.min() <= 0:
        return
    axes.set_yscale('log')
    if losses.max() < 30 * losses.min():
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 6)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter('{x:g}')
