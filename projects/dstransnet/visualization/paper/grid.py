"""Grid of images, masks of several models and ground truth, with insets."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from ..findings import Finding, Kind
from ..insets import crop_side
from ..legends import fitting_size, legend_name
from ..view import heat, to_rgb
from .scenes import Scene
from .style import LETTERS, WIDTHS, paper_style

CONTENTS = ('mask', 'scores', 'image')
"""Kinds of panels of the models."""
CIRCLED = (Kind.HIT, Kind.MISSED, Kind.FALSE_ALARM)
_INSET = 0.4  # of a panel's side
_EDGE = 0.015  # between inset and panel
_FRAME = '#ffffff'
_GAP = 0.03  # of a panel's side


Place = tuple[float, float, float, float]
"""Left, bottom, width and height in fractions of a figure."""


def cells(figure: Figure, scenes: Sequence[Scene], titles: Sequence[str],
          lines_below: float) -> tuple[list[list[Place]], float]:
    """Return the places of panels, and set the height of the figure.

    Args:
        figure (Figure): The figure, of its final width.
        scenes (Sequence[Scene]): Rows.
        titles (Sequence[str]): Titles of the columns.
        lines_below (float): Lines of text to leave room for.

    Returns:
        tuple[list[list[Place]], float]: The place of each row and column, and
        the size of letters of the titles in points.
    """
    width, _ = figure.get_size_inches()
    line = 1.3 * LETTERS / 72
    left, bottom = 1.4 * line, lines_below * line
    top = line * (max(title.count('\n') + 1 for title in titles) + 0.3)
    side = (width - left) / (len(titles) + _GAP * (len(titles) - 1))
    heights = [side * scene.target.shape[0] / scene.target.shape[1]
               for scene in scenes]
    height = bottom + top + sum(heights) + _GAP * side * (len(scenes) - 1)
    figure.set_size_inches(width, height)
    places, above = [], height - top
    for tall in heights:
        above -= tall
        places.append([
            ((left + column * (1 + _GAP) * side) / width, above / height,
             side / width, tall / height) for column in range(len(titles))])
        above -= _GAP * side
    return places, fitting_size(figure, titles, side, LETTERS)


def check_scenes(scenes: Sequence[Scene]) -> list[str]:
    """Return the models of scenes; raise ValueError if they differ."""
    models = [list(scene.scores) for scene in scenes]
    if not models or any(each != models[0] for each in models):
        raise ValueError('scenes must be one or more of the same models, got '
                         f'{models}')
    return models[0]


@paper_style()
def draw_grid(scenes: Sequence[Scene], width: float = WIDTHS[2],
              content: str = 'mask', legend: bool = True,
              colours: Mapping[Kind, str] = {}) -> Figure:
    """Draw images, what models find in them, and the ground truth.

    Hits, misses and false alarms are circled. The same part of an image is
    enlarged in a corner of each panel, see :meth:`Scene.focus`.

    Args:
        scenes (Sequence[Scene]): One row each.
        width (float): Width in inches. Defaults to that of two columns.
        content (str): What panels of models show: ``'mask'``, ``'scores'`` or
            ``'image'``. Defaults to ``'mask'``.
        legend (bool): Explain the circles below. Defaults to True.
        colours (Mapping[Kind, str]): Colours of circles in place of the
            usual blue (hit), yellow (missed) and red (false alarm).

    Returns:
        Figure: The figure.

    Raises:
        ValueError: If there is no scene, models differ, or ``content`` is
            outside its values.
    """
    models = check_scenes(scenes)
    if content not in CONTENTS:
        raise ValueError(
            f'content must be one of {CONTENTS}, got {content!r}')
    palette = {kind: colours.get(kind, '#' + bytes(kind.colour).hex())
               for kind in CIRCLED}
    figure = Figure((width, 1))
    titles = ['Input', *map(legend_name, models), 'Ground truth']
    places, size = cells(figure, scenes, titles, 2 * legend)
    for number, (scene, row) in enumerate(zip(scenes, places)):
        panels = [scene.image, *(_panel(scene, model, content)
                                 for model in models),
                  255 * to_rgb(scene.target.astype(np.uint8))]
        found = [[], *(scene.findings[model] for model in models), []]
        focus = scene.focus()
        for title, place, picture, findings in zip(
                titles, row, panels, found):
            axes = figure.add_axes(place)
            _draw_panel(axes, picture, findings, palette)
            if focus is not None:
                _draw_inset(axes, picture, focus, _free_corner(scene, focus))
            if number == 0:
                axes.set_title(title, fontsize=size, pad=2,
                               parse_math=False)
            if title == 'Input':
                axes.set_ylabel(scene.name, labelpad=2, parse_math=False)
    if legend:
        figure.legend(
            handles=[Line2D([], [], marker='o', linestyle='', markersize=6,
                            markerfacecolor='none', markeredgewidth=1,
                            markeredgecolor=palette[kind])
                     for kind in CIRCLED],
            labels=[kind.words for kind in CIRCLED], loc='lower center',
            ncols=3, frameon=False, borderpad=0)
    return figure


def _panel(scene: Scene, model: str, content: str) -> np.ndarray:
    """Return what a model's panel shows, RGB of shape (H, W, 3), uint8."""
    if content == 'image':
        return scene.image
    if content == 'scores':
        return heat(scene.scores[model])
    return 255 * to_rgb(scene.masks[model].astype(np.uint8))


def _free_corner(scene: Scene, focus: Finding) -> tuple[float, float]:
    """Return the left and bottom edge of the inset, in panel fractions.

    The corner in which the inset hides no part of the focus and the fewest
    findings of all models.
    """
    height, width = scene.target.shape
    tall = _INSET * width / height

    def hidden(corner: tuple[float, float], item: Finding) -> bool:
        row, column = item.centre
        x, y, near = column / width, 1 - row / height, 0.05
        return (corner[0] - near < x < corner[0] + _INSET + near
                and corner[1] - near < y < corner[1] + tall + near)

    every = [item for group in scene.findings.values() for item in group]
    return min(
        ((x, y) for y in (_EDGE, 1 - _EDGE - tall)
         for x in (1 - _EDGE - _INSET, _EDGE)),
        key=lambda corner: (hidden(corner, focus),
                            sum(hidden(corner, item) for item in every)))


def _draw_panel(axes: Axes, picture: np.ndarray, findings: Sequence[Finding],
                palette: Mapping[Kind, str]) -> None:
    """Draw a picture with circles."""
    height, width = picture.shape[:2]
    axes.imshow(picture, interpolation='nearest')
    axes.set(xticks=[], yticks=[], xlim=(-0.5, width - 0.5),
             ylim=(height - 0.5, -0.5))
    for item in findings:
        row, column = item.centre
        diagonal = np.hypot(item.box[2] - item.box[0],
                            item.box[3] - item.box[1])
        axes.add_patch(Circle(
            (column - 0.5, row - 0.5), diagonal / 2 + 0.03 * width,
            fill=False, linewidth=0.9, edgecolor=palette[item.kind]))


def _draw_inset(axes: Axes, picture: np.ndarray, focus: Finding,
                corner: tuple[float, float]) -> None:
    """Enlarge the surroundings of the focus in a corner."""
    height, width = picture.shape[:2]
    row, column = focus.centre
    side = crop_side(focus)
    left, top = column - side / 2 - 0.5, row - side / 2 - 0.5
    inset = axes.inset_axes(
        (*corner, _INSET, _INSET * width / height), zorder=4)
    inset.imshow(picture, interpolation='nearest')
    inset.set(xticks=[], yticks=[], xlim=(left, left + side),
              ylim=(top + side, top), facecolor='black')
    inset.spines[:].set(color=_FRAME, linewidth=0.8)
    axes.add_patch(Rectangle((left, top), side, side, fill=False,
                             edgecolor=_FRAME, linewidth=0.5, linestyle=':'))
