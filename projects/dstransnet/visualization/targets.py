"""Pictures of frames with detected targets."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..imaging.dynamic_range import to_display
from .findings import Finding, Kind
from .insets import SIDE, close_up
from .layout import tag
from .panels import mark
from .view import View, to_rgb

_LEAST_SIDE = 768  # pixels; smaller frames are enlarged by whole factors
_MARGIN = 8  # pixels between a close-up and the border


def draw_targets(image: np.ndarray, targets: Sequence[Any],
                 mask: np.ndarray | None = None,
                 note: str = '') -> np.ndarray:
    """Circle the targets of a frame, with scores and a close-up of the best.

    A target with a track has its number in front of the score; the circle of
    one that does not persist is red.

    Args:
        image (np.ndarray): Shape (H, W) or (H, W, 3), BGR; values of other
            types than uint8 are stretched for display.
        targets (Sequence[Target]): Targets to circle.
        mask (np.ndarray, optional): Their mask, bool of shape (H, W), whose
            outline the close-up has. Defaults to None.
        note (str): Text for the upper left corner. Defaults to none.

    Returns:
        np.ndarray: Shape (rows, columns, 3), uint8, RGB.

    Examples:
        >>> draw_targets(np.zeros((64, 96), np.uint8), []).shape
        (512, 768, 3)
    """
    shown = to_rgb(to_display(image))[..., ::-1]
    height, width = image.shape[:2]
    longest = max(height, width)
    view = View.of(height, width,
                   side=longest * max(1, _LEAST_SIDE // longest))
    picture = view.image(shown)
    findings = [
        Finding(Kind.FALSE_ALARM if each.persistent is False
                else Kind.DETECTION, number, each.area,
                (each.y1, each.x1, each.y2, each.x2), _label(each))
        for number, each in enumerate(targets, 1)
    ]
    mark(picture, findings, findings, view)
    if findings and min(picture.shape[:2]) >= 2 * SIDE:
        best = max(range(len(targets)), key=lambda n: targets[n].score)
        outline = np.zeros(image.shape[:2], bool) if mask is None else mask
        inset = close_up(
            findings[best], shown, outline.astype(np.uint8), None)
        _put_inset(picture, np.pad(
            inset, ((2, 2), (2, 2), (0, 0)), constant_values=255),
            [view.scale * np.array(finding.centre) for finding in findings])
    if note:
        block = tag(note, (255, 255, 255))[:, :picture.shape[1]]
        picture[:len(block), :block.shape[1]] = block
    return picture


def _label(target: Any) -> str:
    score = f'{target.score:.2f}'
    return score if target.track is None else f'#{target.track} {score}'


def _put_inset(picture: np.ndarray, inset: np.ndarray,
               places: Sequence[np.ndarray]) -> None:
    """Put a close-up into the corner that hides the fewest targets."""
    height, width = picture.shape[:2]
    rows, columns = (side + 2 * _MARGIN for side in inset.shape[:2])
    corners = [(top, left) for top in (height - rows, 0)
               for left in (width - columns, 0)]
    top, left = min(corners, key=lambda corner: sum(
        corner[0] <= place[0] < corner[0] + rows
        and corner[1] <= place[1] < corner[1] + columns for place in places))
    picture[top + _MARGIN:top + rows - _MARGIN,
            left + _MARGIN:left + columns - _MARGIN] = inset
