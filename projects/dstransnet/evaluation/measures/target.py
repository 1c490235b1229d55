"""Target-level precision, recall, F1 and average precision as a measure."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..detection.target_level import TargetLevelRecord, target_level_metrics
from .measure import Measure
from .scene import Scene


class TargetLevel(Measure):
    """``target``: see :func:`target_level_metrics`.

    Detections are the components above the decision threshold.
    """
    name = 'target'
    units = {'FalseAlarmsPerImage': '1 / image', 'TargetPrecision': '%',
             'TargetRecall': '%', 'TargetF1': '%', 'AP': '%'}
    lower_is_better = frozenset({'FalseAlarmsPerImage'})

    def measure(self, scene: Scene) -> TargetLevelRecord:
        """Match the detections of one image."""
        return scene.target_level

    def summarise(self,
                  records: Sequence[TargetLevelRecord]) -> dict[str, float]:
        """Compute the metrics but for Pd, which has another definition."""
        metrics = target_level_metrics(records, threshold=-np.inf)
        return {name: metrics[name] for name in self.units}
