"""Sensitivity at fixed numbers of false alarms per image as a measure."""
from __future__ import annotations

from collections.abc import Sequence

from ..detection.froc import froc_metrics
from ..detection.target_level import TargetLevelRecord
from .measure import Measure
from .scene import Scene


class Froc(Measure):
    """``froc``: see :func:`froc_metrics`.

    Detections are the components above the decision threshold.
    """
    name = 'froc'
    units = dict.fromkeys(froc_metrics([]), '%')

    def measure(self, scene: Scene) -> TargetLevelRecord:
        """Match the detections of one image."""
        return scene.target_level

    def summarise(self,
                  records: Sequence[TargetLevelRecord]) -> dict[str, float]:
        """Read the curve of all images."""
        return froc_metrics(records)
