"""Grid of the heat maps of layers."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .style import LETTERS, WIDTHS, paper_style

COLOURS = 'inferno'


@paper_style()
def draw_feature_grid(image: np.ndarray, scores: np.ndarray,
                      rows: Mapping[str, Sequence[tuple[str, np.ndarray]]],
                      width: float = WIDTHS[2],
                      overlay: bool = False,
                      padded: tuple[int, int] | None = None) -> Figure:
    """Draw the input, the scores, and a row of heat maps for each layer.

    Args:
        image (np.ndarray): RGB of shape (H, W, 3), uint8.
        scores (np.ndarray): Scores of shape (H, W) in [0, 1].
        rows (Mapping[str, Sequence[tuple[str, np.ndarray]]]): For each layer
            or group of layers, titles and maps within [0, 1], of any size.
        width (float): Width in inches. Defaults to that of two columns.
        overlay (bool): Lay the maps over the image. Defaults to False.
        padded (tuple[int, int], optional): Height and width, in pixels of the
            image, that the maps cover from its upper left corner; what lies
            beyond the image is not shown. Defaults to those of the image.

    Returns:
        Figure: The figure.

    Raises:
        ValueError: If there is no map.
    """
    if not rows or not all(rows.values()):
        raise ValueError('rows must hold at least one map each')
    columns = max(2, *(len(maps) for maps in rows.values()))
    tall, wide = image.shape[:2]
    below, right = padded or (tall, wide)
    extent = -0.5, right - 0.5, below - 0.5, -0.5
    line = 1.3 * LETTERS / 72
    side = (width - 1.5 * line) / columns
    figure = Figure(
        (width, (len(rows) + 1) * (side * tall / wide + 1.3 * line)),
        layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.01, hspace=0))
    grid = figure.subplots(len(rows) + 1, columns, squeeze=False)
    for axes in grid.flat:
        axes.set(xticks=[], yticks=[])
        axes.set_visible(False)
    _show(grid[0, 0], 'input', image)
    _show(grid[0, 1], 'scores', scores)
    for line_of_axes, (name, maps) in zip(grid[1:], rows.items()):
        for axes, (title, values) in zip(line_of_axes, maps):
            options: dict[str, Any] = dict(extent=extent)
            if overlay:
                axes.imshow(image)
                options.update(alpha=0.8 * values, interpolation='bilinear')
            _show(axes, title, values, **options)
            axes.set(xlim=(-0.5, wide - 0.5), ylim=(tall - 0.5, -0.5))
        line_of_axes[0].set_ylabel(name, parse_math=False)
    return figure


def _show(axes: Axes, title: str, values: np.ndarray, **options: Any) -> None:
    """Show a picture or a map, with options of ``imshow``."""
    axes.imshow(values, cmap=COLOURS, vmin=0, vmax=1, **options)
    axes.set_title(title, pad=2, parse_math=False)
    axes.set_visible(True)
