"""Detection and false alarms by the shooting rule as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.shooting_rule import (
    ShootingCounts,
    shooting_counts,
    shooting_metrics,
)
from .measure import Measure
from .scene import Scene


class Shooting(Measure):
    """``shooting``: see :func:`shooting_counts`."""
    name = 'shooting'
    units = {'Pd_shooting': '%', 'Fa_shooting': '1e-6'}
    lower_is_better = frozenset({'Fa_shooting'})

    def measure(self, scene: Scene) -> ShootingCounts:
        """Count hits and false pixels of one image."""
        return shooting_counts(scene.truth, scene.found)

    def summarise(self,
                  records: Sequence[ShootingCounts]) -> dict[str, float]:
        """Compute the rates from the counts of all images."""
        return shooting_metrics(records)
