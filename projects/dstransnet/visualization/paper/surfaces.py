"""Three-dimensional surfaces of score maps."""
from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from ..legends import legend_name
from ..view import resize_map
from .grid import cells, check_scenes
from .scenes import Scene
from .style import WIDTHS, paper_style

POINTS = 64  # along the longer side of a surface


@paper_style()
def draw_surfaces(scenes: Sequence[Scene], width: float = WIDTHS[2],
                  colours: str = 'viridis') -> Figure:
    """Draw score maps as surfaces over the image.

    Rows are images. Columns are the input as a picture, and the scores of
    each model and the ground truth as surfaces, with lines at 0, 0.5 and 1. A
    surface has up to 64 x 64 points, each with the largest score around it,
    so that no small target is lost. In vector formats surfaces are pixels,
    since their thousands of facets would be slow to show.

    Args:
        scenes (Sequence[Scene]): One row each.
        width (float): Width in inches. Defaults to that of two columns.
        colours (str): Colour map of matplotlib. Defaults to ``'viridis'``.

    Returns:
        Figure: The figure.

    Raises:
        ValueError: If there is no scene, or models differ.
    """
    models = check_scenes(scenes)
    figure = Figure((width, 1))
    titles = ['Input', *map(legend_name, models), 'Ground truth']
    places, size = cells(figure, scenes, titles, 0.5)
    for number, (scene, row) in enumerate(zip(scenes, places)):
        maps = [None, *(scene.scores[model] for model in models),
                scene.target.astype(np.float32)]
        for title, place, values in zip(titles, row, maps):
            axes = figure.add_axes(
                place, projection=None if values is None else '3d')
            if values is None:
                axes.imshow(scene.image)
                axes.set(xticks=[], yticks=[])
                axes.set_ylabel(scene.name, labelpad=2, parse_math=False)
            else:
                _draw_surface(axes, values, colours)
            if number == 0:
                left, bottom, wide, tall = place
                figure.text(left + wide / 2, bottom + tall, title, size=size,
                            ha='center', va='bottom', parse_math=False)
    return figure


def _draw_surface(axes: Axes3D, values: np.ndarray, colours: str) -> None:
    shrinking = max(1, max(values.shape) / POINTS)
    height, width = (math.ceil(side / shrinking) for side in values.shape)
    small = resize_map(values.astype(np.float32), width, height)
    # A ring of 0 closes the surface at the borders.
    small = np.pad(small, 1)
    rows, columns = np.mgrid[:height + 2, :width + 2]
    axes.plot_surface(columns, rows, small, cmap=colours, vmin=0, vmax=1,
                      rstride=1, cstride=1, linewidth=0, antialiased=False,
                      rasterized=True)
    # The first row is behind.
    axes.set(xlim=(0, width + 1), ylim=(height + 1, 0), zlim=(0, 1),
             xticks=[], yticks=[])
    axes.set_zticks([0, 0.5, 1], [])
    axes.set_box_aspect((1, height / width, 0.6), zoom=1.05)
    axes.view_init(elev=32, azim=-60)
