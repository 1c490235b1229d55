"""Detection by the difficulty of targets as a measure."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..functional.difficulty import DifficultyRecord, target_properties
from ..functional.hierarchical_iou import hierarchical_counts
from ..functional.shooting_rule import shooting_hits
from .measure import Measure
from .scene import Scene


class Difficulty(Measure):
    """``difficulty``: detected targets by area, contrast and surroundings.

    It has no metrics: a result has its bins of
    :func:`split_by_difficulty` as ``difficulty``. Without intensities the
    contrast of the targets is unknown.
    """
    name = 'difficulty'
    units = {}
    uses_image = True

    def measure(self, scene: Scene) -> DifficultyRecord:
        """Return properties and fate of the targets of one image."""
        counts = hierarchical_counts(scene.truth, scene.found, scene.distance)
        matched = counts.taken >= 0
        ious = np.full(len(matched), np.nan)
        ious[matched] = counts.pairs[:, 0] / counts.pairs.sum(1)
        return DifficultyRecord(
            target_properties(scene.truth, scene.image),
            dict(Pd=scene.detected, Pd_OPDC=matched,
                 Pd_shooting=shooting_hits(scene.truth, scene.found)),
            ious)

    def summarise(self,
                  records: Sequence[DifficultyRecord]) -> dict[str, float]:
        """Return no metrics."""
        return {}
