"""Targets of a frame: one record each, for Python, CSV and JSON alike."""
from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..evaluation import scored_components
from ..imaging.components import Components
from ..imaging.signal_to_clutter import target_contrasts


class Target(NamedTuple):
    """A detected target: a connected component of the mask.

    All positions are in pixels of the frame. Names and order are the same in
    tables and JSON.

    Attributes:
        score (float): Largest probability inside.
        x1 (int): Left edge of the box; pixel i reaches from i to i + 1.
        y1 (int): Top edge.
        x2 (int): Right edge.
        y2 (int): Bottom edge.
        row (float): Row of the centroid, pixel centres at integers.
        column (float): Column of the centroid.
        area (int): Pixels.
        mean_score (float): Mean probability inside.
        scr (float | None): Local signal-to-clutter ratio in the frame, see
            :func:`.local_scr`; None where it is not defined.
        track (int | None): Number of its track in a video; None without
            tracking.
        persistent (bool | None): Whether the track lasts, see
            :func:`.link_targets`; None without tracking.
    """
    score: float
    x1: int
    y1: int
    x2: int
    y2: int
    row: float
    column: float
    area: int
    mean_score: float
    scr: float | None = None
    track: int | None = None
    persistent: bool | None = None

    @classmethod
    def from_row(cls, row: Mapping[str, str]) -> Target:
        """Return the target of a row of a CSV table; '' is None.

        Examples:
            >>> row = dict(score='.75', x1='1', y1='0', x2='3', y2='1',
            ...            row='0', column='1.5', area='2', mean_score='.6',
            ...            scr='', track='4', persistent='True')
            >>> Target.from_row(row)[-3:]
            (None, 4, True)
        """
        whole = ('x1', 'y1', 'x2', 'y2', 'area', 'track')
        values: dict[str, Any] = {
            name: None if row[name] == '' else
            row[name] == 'True' if name == 'persistent' else
            int(row[name]) if name in whole else float(row[name])
            for name in cls._fields}
        return cls(**values)


def list_targets(components: Components, scores: np.ndarray,
                 image: np.ndarray | None = None) -> list[Target]:
    """Return the components of a mask as targets.

    Args:
        components (Components): Of a mask of shape (H, W).
        scores (np.ndarray): Probabilities, shape (H, W).
        image (np.ndarray, optional): Grey levels of shape (H, W), for the
            local contrast. Defaults to None.

    Returns:
        list[Target]: In the order of the components.

    Raises:
        ValueError: If a score is not finite.

    Examples:
        >>> from projects.dstransnet.imaging import connected_components
        >>> scores = np.float32([[0, .5, .75]])
        >>> list_targets(connected_components(scores > .25), scores)[0][:9]
        (0.75, 1, 0, 3, 1, 0.0, 1.5, 2, 0.625)
    """
    found = scored_components(components, scores)
    assert found.boxes is not None  # components have them
    sums = np.bincount(components.labels.ravel(), scores.ravel(),
                       len(found) + 1)[1:]
    contrasts = (np.full(len(found), math.nan) if image is None
                 else target_contrasts(image, components))
    targets = []
    for number, (top, left, bottom, right) in enumerate(
            found.boxes.astype(int).tolist()):
        row, column = found.points[number].tolist()
        area = int(components.areas[number])
        contrast = float(contrasts[number])
        targets.append(Target(
            float(f'{found.scores[number]:.7g}'), left, top, right, bottom,
            round(row, 3), round(column, 3), area,
            float(f'{sums[number] / area:.7g}'),
            None if math.isnan(contrast) else round(contrast, 3)))
    return targets


def coco_annotations(targets: Sequence[Target],
                     image_id: int | str) -> list[dict[str, Any]]:
    """Return targets as COCO's results: boxes of one category.

    Examples:
        >>> target = Target(.75, 1, 0, 3, 1, 0, 1.5, 2, .625)
        >>> coco_annotations([target], 'a.png')[0]['bbox']
        [1, 0, 2, 1]
    """
    return [
        dict(image_id=image_id, category_id=1,
             bbox=[each.x1, each.y1, each.x2 - each.x1, each.y2 - each.y1],
             area=each.area, score=each.score)
        for each in targets
    ]
