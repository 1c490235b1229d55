"""One image as the measures see it."""
from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np

from ..imaging.components import Components, connected_components
from .detection.detections import Detections, scored_components
from .detection.target_level import TargetLevelRecord, target_level_record
from .functional.counts import DetectionCounts
from .functional.threshold_sweep import sweep_components

if TYPE_CHECKING:
    from .protocol import EvaluationProtocol


@dataclasses.dataclass(frozen=True)
class Scene:
    """Rules, scores and targets of one image, with cached results.

    Attributes:
        rules (EvaluationProtocol): Thresholds and matching.
        scores (np.ndarray): Scores in [0, 1] of shape (H, W).
        truth (Components): T true targets.
        image (np.ndarray, optional): Intensities, 1 is the largest of the
            file's type; of shape (H, W). None if unknown.
    """
    rules: EvaluationProtocol
    scores: np.ndarray
    truth: Components
    image: np.ndarray | None = None

    @functools.cached_property
    def found(self) -> Components:
        """Components of the pixels above the threshold."""
        # Compared in the precision of the scores, float32 at least, as the
        # masks of the pixel-level metrics are.
        scores = self.scores.astype(
            np.result_type(self.scores, np.float32), copy=False)
        return connected_components(scores > float(self.rules.threshold),
                                    self.rules.connectivity)

    @functools.cached_property
    def detections(self) -> Detections:
        """The components as detections; their score is the largest inside."""
        return scored_components(self.found, self.scores)

    @functools.cached_property
    def sweep(self) -> tuple[DetectionCounts, np.ndarray]:
        """Counts at all L levels, and targets they detect, bool (T, L)."""
        return sweep_components(
            self.scores, self.truth, self.rules.levels, self.rules.distance,
            self.rules.match, self.rules.connectivity)

    @property
    def counts(self) -> DetectionCounts:
        """Counts at the threshold by the published rules."""
        return self.rules.at_threshold(self.sweep[0])

    @property
    def detected(self) -> np.ndarray:
        """True for each target that they detect, bool of shape (T, )."""
        return self.sweep[1][:, self.rules.position]

    @functools.cached_property
    def target_level(self) -> TargetLevelRecord:
        """Detections that are hits by the detection rule."""
        return target_level_record(
            self.truth, self.detections, self.rules.detection_rule,
            self.rules.distance, self.rules.min_iou)
