"""Row of panels: image, ground truth, scores and result."""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from .findings import Finding, Kind, counted
from .layout import (
    BLACK,
    LINE,
    MARGIN,
    beside,
    caption,
    num_caption_lines,
    stacked,
    tag,
    text_width,
    write,
)
from .view import View, heat

_BAR = 14  # pixels; width of the colour bar


def colour_bar(height: int) -> np.ndarray:
    """Return a vertical bar of the score colours, labelled 1 to 0."""
    ramp = np.linspace(1, 0, height, dtype=np.float32)
    bar = np.full((height, _BAR + 2 * MARGIN + text_width('0.5'), 3), 255,
                  np.uint8)
    bar[:, :_BAR] = heat(ramp[:, None])
    for score in (1, 0.5, 0):
        row = round((1 - score) * (height - 1))
        bar[row, _BAR:_BAR + MARGIN] = BLACK
        top = min(max(0, row - LINE // 2), height - LINE)
        write(bar, f'{score:g}', (_BAR + 2 * MARGIN, top))
    return bar


class _Box(NamedTuple):
    """A rectangle in a panel, in pixels."""
    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: _Box) -> bool:
        """Return whether two rectangles overlap."""
        return (self.left < other.right and other.left < self.right
                and self.top < other.bottom and other.top < self.bottom)


def _circle(finding: Finding, view: View) -> tuple[int, int, int]:
    """Return centre (x, y) and radius, in pixels of the panel."""
    (row, column), (top, left) = finding.centre, view.offset
    first_row, first_column, end_row, end_column = finding.box
    diagonal = math.hypot(end_row - first_row, end_column - first_column)
    return (round(left + column * view.scale - 0.5),
            round(top + row * view.scale - 0.5),
            round(diagonal / 2 * view.scale) + 6)


def _beside(circle: tuple[int, int, int], rows: int,
            columns: int) -> list[tuple[int, int]]:
    """Return left and top of a block around a circle, the best place first.

    The last place is on the circle: it is for those larger than the panel.
    """
    x, y, radius = circle
    near, far = round(0.7 * radius) + 2, radius + 2
    return [(x + near, y - near - rows), (x - near - columns, y - near - rows),
            (x + near, y + near), (x - near - columns, y + near),
            (x + far, y - rows // 2), (x - far - columns, y - rows // 2),
            (x - columns // 2, y - far - rows), (x - columns // 2, y + far),
            (x - columns // 2, y - rows // 2)]


def mark(panel: np.ndarray, findings: Sequence[Finding],
         numbered: Sequence[Finding], view: View) -> None:
    """Circle findings on the panel of an image and number some, in place.

    Numbers avoid circles and other numbers where possible, and never leave
    the panel.

    Args:
        panel (np.ndarray): Panel of ``view``, shape (H, W, 3), uint8.
        findings (Sequence[Finding]): Findings to circle.
        numbered (Sequence[Finding]): Findings to number.
        view (View): Scale and place of the image in the panel.
    """
    height, width = panel.shape[:2]
    taken = []
    for finding in findings:
        x, y, radius = _circle(finding, view)
        box = _Box(x - radius, y - radius, x + radius, y + radius)
        if 2 * radius < min(height, width):
            cv2.circle(panel, (x, y), radius, finding.kind.colour, 2,
                       cv2.LINE_AA)
        else:  # Most of a circle would be outside of the panel.
            top, left, bottom, right = (
                round(side * view.scale) + start
                for side, start in zip(finding.box, 2 * view.offset))
            cv2.rectangle(panel, (max(1, left), max(1, top)),
                          (min(width - 2, right), min(height - 2, bottom)),
                          finding.kind.colour, 2)
        taken.append(box)
    for finding in numbered:
        number = tag(finding.label or str(finding.number),
                     finding.kind.colour)
        rows, columns = number.shape[:2]
        places = [
            _Box(left, top, left + columns, top + rows)
            for left, top in _beside(_circle(finding, view), rows, columns)
            if left >= 0 and top >= 0 and left + columns <= width
            and top + rows <= height
        ] or [_Box(0, 0, columns, rows)]
        place = next((place for place in places
                      if not any(place.meets(box) for box in taken)),
                     places[0])
        taken.append(place)
        panel[place.top:place.bottom, place.left:place.right] = number


def panel_row(image: np.ndarray, target: np.ndarray | None,
              scores: np.ndarray | None, findings: Sequence[Finding],
              numbered: Sequence[Finding]) -> np.ndarray:
    """Draw image, ground truth, scores and result side by side.

    In the result, ``findings`` are circled, and the ``numbered`` ones, which
    have a close-up, are numbered.
    """
    view = View.of(*image.shape[:2])
    panels = [('image', view.image(image))]
    kinds: tuple[Kind, ...] = (Kind.DETECTION, )
    if target is not None:
        kinds = (Kind.HIT, Kind.MISSED, Kind.FALSE_ALARM)
        number = sum(finding.kind in kinds[:2] for finding in findings)
        panels.append((f'truth: {number} target' + 's' * (number != 1),
                       view.mask(target)))
    if scores is not None:
        panel = view.scores(scores)
        panels.append(('score: probability of a target',
                       beside((panel, colour_bar(len(panel))))))
    result = view.image(image)
    mark(result, findings, numbered, view)
    panels.append((f'result: {counted(findings, kinds)}', result))
    num_lines = max(
        num_caption_lines(text, panel.shape[1])
        for text, panel in panels)
    return beside([
        stacked((caption(text, panel.shape[1], num_lines), panel), gap=0)
        for text, panel in panels
    ])
