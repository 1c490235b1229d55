"""Findings in a picture: hits, misses, false alarms, targets."""
from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence

import numpy as np

from ..evaluation import match_components
from ..imaging.components import component_boxes, connected_components


class Kind(enum.Enum):
    """Kind of a finding: words, and RGB colour of its circle and frame.

    The colours differ in brightness as well as in hue.
    """
    HIT = 'hit', (64, 148, 255)
    MISSED = 'missed', (255, 221, 0)
    FALSE_ALARM = 'false alarm', (255, 64, 48)
    # A predicted component without ground truth.
    DETECTION = 'detection', (64, 148, 255)
    # A true target without prediction.
    TARGET = 'target', (255, 221, 0)

    @property
    def words(self) -> str:
        """Words in captions."""
        return self.value[0]

    @property
    def colour(self) -> tuple[int, int, int]:
        """RGB."""
        return self.value[1]


@dataclasses.dataclass(frozen=True)
class Finding:
    """A true target, or a predicted component that matches none.

    Attributes:
        kind (Kind): Kind of the finding.
        number (int): Number in the picture, from 1.
        area (int): Area of the target (``HIT``, ``MISSED``) or of the
            component, in pixels.
        box (tuple[int, int, int, int]): First row, first column, and the row
            and the column after the last.
        label (str): Text beside its circle. Defaults to none, its number.
    """
    kind: Kind
    number: int
    area: int
    box: tuple[int, int, int, int]
    label: str = ''

    @property
    def centre(self) -> tuple[float, float]:
        """Row and column of the box's centre, pixel corners being integers."""
        top, left, bottom, right = self.box
        return (top + bottom) / 2, (left + right) / 2

    @property
    def caption(self) -> str:
        """Caption of its close-up.

        Examples:
            >>> Finding(Kind.HIT, 1, 9, (0, 0, 3, 3)).caption
            'target 1: hit, 9 px'
            >>> Finding(Kind.FALSE_ALARM, 2, 4, (0, 0, 2, 2)).caption
            'false alarm 2, 4 px'
        """
        if self.kind in (Kind.HIT, Kind.MISSED):
            return f'target {self.number}: {self.kind.words}, {self.area} px'
        return f'{self.kind.words} {self.number}, {self.area} px'


def counted(findings: Sequence[Finding], kinds: Sequence[Kind]) -> str:
    """Say how many findings there are of some kinds: '2 hits, 1 missed'."""
    words = []
    for kind in kinds:
        number = sum(finding.kind is kind for finding in findings)
        plural = 's' * (number != 1 and kind is not Kind.MISSED)
        words.append(f'{number} {kind.words}{plural}')
    return ', '.join(words)


def find(prediction: np.ndarray, target: np.ndarray | None, match: str,
         distance: float, connectivity: int) -> list[Finding]:
    """List targets and false alarms, or detections without ground truth.

    Targets come first, in raster order, then unmatched components, in raster
    order. The options are those of :func:`draw_detections`.
    """
    found = connected_components(prediction, connectivity)
    truth = connected_components(
        np.zeros_like(prediction) if target is None else target, connectivity)
    matching = match_components(truth, found, distance, match)
    alarm = Kind.DETECTION if target is None else Kind.FALSE_ALARM
    kinds = [Kind.HIT if hit else Kind.MISSED for hit in matching.detected]
    kinds += [alarm] * int((~matching.matched).sum())
    areas = np.append(truth.areas, found.areas[~matching.matched])
    boxes = np.append(
        component_boxes(truth),
        component_boxes(found)[~matching.matched],
        axis=0).astype(int)
    return [
        Finding(kind, number, int(area), tuple(box.tolist()))
        for number, (kind, area,
                     box) in enumerate(zip(kinds, areas, boxes), start=1)
    ]
