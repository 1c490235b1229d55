"""Target-level metrics at several matching distances as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..detection.centroid_distances import (
    DistanceHits,
    hits_at_distances,
    metrics_at_distances,
)
from .measure import Measure
from .scene import Scene


class CentroidDistances(Measure):
    """``centroid``: see :func:`metrics_at_distances`.

    Args:
        overlap (bool): Whether hits share a pixel with their target; the
            measure is ``centroid_overlap`` then, and its metrics end in
            ``_overlap``. Defaults to False.
    """

    def __init__(self, overlap: bool = False) -> None:
        self.overlap = overlap
        self.suffix = '_overlap' if overlap else ''
        self.name = f'centroid{self.suffix}'
        self.units = dict.fromkeys(self.summarise([]), '%')

    def measure(self, scene: Scene) -> DistanceHits:
        """Match the components of one image."""
        return hits_at_distances(scene.truth, scene.found, scene.scores,
                                 overlap=self.overlap)

    def summarise(self, records: Sequence[DistanceHits]) -> dict[str, float]:
        """Compute the metrics from the hits of all images."""
        return {f'{name}{self.suffix}': value
                for name, value in metrics_at_distances(records).items()}
