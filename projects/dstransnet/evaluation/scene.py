"""One image as the measures see it."""
from __future__ import annotations

import dataclasses
import functools

import numpy as np

from ..imaging.components import Components, connected_components
from .detection.detections import Detections, scored_components
from .detection.target_level import TargetLevelRecord, target_level_record
from .functional.counts import DetectionCounts
from .functional.matching import MATCH_DISTANCE
from .functional.threshold_sweep import sweep_components


@dataclasses.dataclass(frozen=True)
class Scene:
    """Scores, targets and rules of one image, with cached results.

    Attributes:
        scores (np.ndarray): Scores in [0, 1] of shape (H, W).
        truth (Components): True targets.
        image (np.ndarray, optional): Intensities, 1 is the largest of the
            file's type; of shape (H, W). None if unknown.
        threshold (float): A pixel is target where its score is above.
        distance (float): Matching distance in pixels.
        match (str): See :func:`match_components`.
        connectivity (int): 8 or 4.
        detection_rule (str): See :func:`match_detections`.
        min_iou (float): For the detection rule ``'iou'``.
    """
    scores: np.ndarray
    truth: Components
    image: np.ndarray | None = None
    threshold: float = 0.5
    distance: float = MATCH_DISTANCE
    match: str = 'centroid'
    connectivity: int = 8
    detection_rule: str = 'centroid'
    min_iou: float = 0.5

    @functools.cached_property
    def found(self) -> Components:
        """Components of the pixels above the threshold."""
        # Compared in the precision of the scores, float32 at least, as the
        # masks of the pixel-level metrics are.
        scores = self.scores.astype(
            np.result_type(self.scores, np.float32), copy=False)
        return connected_components(scores > float(self.threshold),
                                    self.connectivity)

    @functools.cached_property
    def detections(self) -> Detections:
        """The components as detections; their score is the largest inside."""
        return scored_components(self.found, self.scores)

    @functools.cached_property
    def _published(self) -> tuple[DetectionCounts, np.ndarray]:
        return sweep_components(
            self.scores, self.truth, np.array([self.threshold]),
            self.distance, self.match, self.connectivity)

    @property
    def counts(self) -> DetectionCounts:
        """Counts at the threshold by the published rules."""
        return self._published[0].at(0)

    @property
    def detected(self) -> np.ndarray:
        """True for each target that they detect, bool of shape (T, )."""
        return self._published[1][:, 0]

    @functools.cached_property
    def target_level(self) -> TargetLevelRecord:
        """Detections that are hits by the detection rule."""
        return target_level_record(self.truth, self.detections,
                                   self.detection_rule, self.distance,
                                   self.min_iou)
