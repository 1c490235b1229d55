"""Scores by which challenges ranked, as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.challenge_scores import limitirstd_accuracy
from ..functional.counts import DetectionCounts
from ..functional.formulas import pooled_metrics
from .measure import Measure
from .scene import Scene


class Challenge(Measure):
    """``challenge``: ``LimitIRSTD``, see :func:`limitirstd_accuracy`."""
    name = 'challenge'
    units = {'LimitIRSTD': ''}

    def measure(self, scene: Scene) -> DetectionCounts:
        """Count one image by the published rules."""
        return scene.counts

    def summarise(self,
                  records: Sequence[DetectionCounts]) -> dict[str, float]:
        """Combine the metrics of all images."""
        metrics = pooled_metrics(sum(records, DetectionCounts()))
        return dict(LimitIRSTD=limitirstd_accuracy(metrics['IoU'],
                                                   metrics['Pd']))
