"""Hierarchical IoU and its error analysis as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..functional.hierarchical_iou import (
    HierarchicalCounts,
    hierarchical_counts,
    hierarchical_metrics,
)
from .measure import Measure
from .scene import Scene

HIGHER_IS_BETTER = ('hIoU', 'seg_IoU', 'loc_IoU', 'Pd_OPDC')


class Hierarchy(Measure):
    """``hierarchy``: see :func:`hierarchical_metrics`.

    Args:
        padded (bool): As the published code, see :func:`hierarchical_counts`;
            the measure is ``hierarchy_padded`` then, and its metrics end in
            ``_padded``. Defaults to False.
    """

    def __init__(self, padded: bool = False) -> None:
        self.padded = padded
        self.suffix = '_padded' if padded else ''
        self.name = f'hierarchy{self.suffix}'
        names = list(hierarchical_metrics([]))
        self.units = {
            f'{name}{self.suffix}': '1e-6' if name == 'Fa_OPDC' else '%'
            for name in names
        }
        self.lower_is_better = frozenset(
            f'{name}{self.suffix}' for name in names
            if name not in HIGHER_IS_BETTER)

    def measure(self, scene: Scene) -> HierarchicalCounts:
        """Match the components of one image."""
        return hierarchical_counts(scene.truth, scene.found, scene.distance,
                                   padded=self.padded)

    def summarise(
            self, records: Sequence[HierarchicalCounts]) -> dict[str, float]:
        """Compute the metrics from the counts of all images."""
        return {f'{name}{self.suffix}': value
                for name, value in hierarchical_metrics(records).items()}
