"""The rules of an evaluation, and what comes out of it."""
from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from .functional.bootstrap import bootstrap_intervals
from .functional.counts import DetectionCounts
from .functional.formulas import area_under_roc, mean_image_iou, pooled_metrics
from .functional.matching import MATCH_DISTANCE, check_match_options
from .functional.threshold_sweep import (
    THRESHOLDS,
    check_thresholds,
    sweep_detections,
)
from .report.evaluation_result import EvaluationResult
from .report.image_records import ImageRecord


@dataclasses.dataclass(frozen=True)
class EvaluationProtocol:
    """How score maps are compared with the truth.

    Whoever counts by the same protocol (the metric of a run, or a folder of
    another program's score maps) has comparable figures.

    Args:
        threshold (float): A pixel is target where its score is above.
            Defaults to 0.5.
        thresholds (Sequence[float], optional): Thresholds of the curves and
            of AUC, strictly increasing; None: neither curves nor AUC.
            Defaults to 0, 0.01 .. 1.
        distance (float): Matching distance in pixels. Defaults to 3.
        match (str): ``'centroid'`` or ``'overlap'``, see
            :func:`match_components`. Defaults to ``'centroid'``.
        connectivity (int): 8 or 4. Defaults to 8.
        nIoU_empty (str): As of :func:`mean_image_iou`. Defaults to
            ``'zero'``.

    Raises:
        ValueError: If an argument is outside its values.
    """
    threshold: float = 0.5
    thresholds: Sequence[float] | None = THRESHOLDS
    distance: float = MATCH_DISTANCE
    match: str = 'centroid'
    connectivity: int = 8
    nIoU_empty: str = 'zero'

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError(
                f'threshold must be within [0, 1], got {self.threshold}')
        if self.thresholds is not None:
            check_thresholds(self.thresholds)
        check_match_options(self.match, self.distance, self.connectivity)
        mean_image_iou([], self.nIoU_empty)

    @property
    def levels(self) -> np.ndarray:
        """All thresholds that are counted at, in increasing order."""
        return np.union1d(
            [] if self.thresholds is None else self.thresholds,
            [self.threshold])

    def count(self, scores: np.ndarray, target: np.ndarray) -> DetectionCounts:
        """Count one image at all :attr:`levels`.

        Args:
            scores (np.ndarray): Score map of shape (H, W).
            target (np.ndarray): True mask of shape (H, W).

        Returns:
            DetectionCounts: Arrays of one entry a level.
        """
        return sweep_detections(scores, target, self.levels, self.distance,
                                self.match, self.connectivity)

    def at_threshold(self, counts: DetectionCounts) -> DetectionCounts:
        """Return the counts at :attr:`threshold`."""
        return counts.at(int(np.searchsorted(self.levels, self.threshold)))

    def evaluate(self,
                 names: Sequence[str],
                 images: Sequence[DetectionCounts],
                 bootstrap: int = 0) -> EvaluationResult:
        """Turn the counts of a set of images into its metrics and curves.

        Args:
            names (Sequence[str]): Name of each image.
            images (Sequence[DetectionCounts]): What :meth:`count` returned
                for each.
            bootstrap (int): Number of resampled sets for 95 % confidence
                intervals; 0: none. Defaults to 0.

        Returns:
            EvaluationResult: Undefined metrics are NaN.

        Examples:
            >>> mask = np.zeros((16, 16), np.float32)
            >>> mask[4:6, 4:6] = 1
            >>> protocol = EvaluationProtocol()
            >>> result = protocol.evaluate(
            ...     ['a'], [protocol.count(0.9 * mask, mask)])
            >>> result.metrics['IoU'], result.metrics['Pd']
            (100.0, 100.0)
        """
        decided = [self.at_threshold(image) for image in images]
        total = sum(decided, DetectionCounts())
        metrics = pooled_metrics(total)
        del metrics['FPR']  # of no use at one threshold: 1 part in 1e4
        niou = 100 * mean_image_iou(decided, self.nIoU_empty)
        metrics = dict(IoU=metrics.pop('IoU'), nIoU=niou, **metrics)
        curves = self._curves(images)
        if curves:
            metrics['AUC'] = self._area_under_roc(curves)
        intervals = {}
        if bootstrap and images:
            found = bootstrap_intervals(
                decided, bootstrap, nIoU_empty=self.nIoU_empty)
            intervals = {
                name: found[name]
                for name in metrics if name in found
            }
        return EvaluationResult(
            metrics=metrics,
            curves=curves,
            intervals=intervals,
            images=[
                ImageRecord.of(name, counts, self.threshold)
                for name, counts in zip(names, decided)
            ],
            settings=self.settings(bootstrap),
            num_pixels=int(total.pixels),
            num_targets=int(total.targets))

    @staticmethod
    def _area_under_roc(curves: dict[str, np.ndarray]) -> float:
        """Return AUC, undefined where scores are 0 and 1 only.

        All thresholds below 1 are the same point of the curve then, and no
        area is under a point.
        """
        inside = (curves['threshold'] >= 0) & (curves['threshold'] < 1)
        points = np.stack((curves['FPR'], curves['Recall']))[:, inside]
        if points.shape[1] > 1 and (points == points[:, :1]).all():
            return float('nan')
        return area_under_roc(curves['FPR'] / 100, curves['Recall'] / 100)

    def settings(self, bootstrap: int = 0) -> dict[str, Any]:
        """Return what the figures depend on, for their file."""
        settings = dataclasses.asdict(self)
        del settings['thresholds']
        return dict(settings, bootstrap=bootstrap)

    def _curves(
            self, images: Sequence[DetectionCounts]) -> dict[str, np.ndarray]:
        """Return the pooled metrics at every threshold of the sweep."""
        if self.thresholds is None or not images:
            return {}
        swept = np.searchsorted(self.levels, self.thresholds)
        curves = pooled_metrics(sum(images, DetectionCounts()))
        # A curve has to end somewhere: no prediction is precision 0.
        curves['Precision'] = np.nan_to_num(curves['Precision'], nan=0.0)
        return dict(
            threshold=np.asarray(self.thresholds, np.float64),
            **{name: values[swept] for name, values in curves.items()})
