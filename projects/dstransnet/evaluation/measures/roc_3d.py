"""3-D ROC analysis as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.roc_3d import Roc3dCounts, roc_3d_counts, roc_3d_metrics
from .measure import Measure
from .scene import Scene


class Roc3d(Measure):
    """``roc_3d``: see :func:`roc_3d_metrics`."""
    name = 'roc_3d'
    units = dict.fromkeys(roc_3d_metrics([]), '')
    lower_is_better = frozenset({'AUC_tau_FPR'})

    def measure(self, scene: Scene) -> Roc3dCounts:
        """Count the pixels and targets of one image."""
        return roc_3d_counts(scene.scores, scene.truth)

    def summarise(self, records: Sequence[Roc3dCounts]) -> dict[str, float]:
        """Compute the areas from the counts of all images."""
        return roc_3d_metrics(records)
