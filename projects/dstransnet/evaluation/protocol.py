"""Rules of an evaluation, and their application to a dataset."""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..imaging.components import connected_components
from .detection.detection_matching import check_detection_rule
from .detection.detections import component_detections
from .detection.target_level import (
    TargetLevelRecord,
    target_level_curve,
    target_level_record,
)
from .functional.bootstrap import bootstrap_intervals
from .functional.counts import DetectionCounts
from .functional.formulas import area_under_roc, mean_image_iou, pooled_metrics
from .functional.matching import MATCH_DISTANCE, check_match_options
from .functional.rank_auc import ClassScores, rank_auc
from .functional.threshold_sweep import (
    THRESHOLDS,
    check_thresholds,
    sweep_components,
)
from .report.evaluation_result import EvaluationResult
from .report.image_records import ImageRecord
from .report.warnings import result_warnings


@dataclasses.dataclass(frozen=True)
class ImageMeasurements:
    """Contribution of one image to the metrics of a dataset.

    Attributes:
        counts (DetectionCounts): Counts at all levels of the protocol.
        detections (TargetLevelRecord): Components above the decision
            threshold as detections.
        scores (ClassScores, optional): Scores for AUC_exact; None without a
            sweep, or to save memory.
    """
    counts: DetectionCounts
    detections: TargetLevelRecord
    scores: ClassScores | None = None


@dataclasses.dataclass(frozen=True)
class EvaluationProtocol:
    """Rules for comparing score maps with the ground truth.

    Results by the same protocol are comparable, whether they come from the
    metric of a run or from another program's score maps.

    Args:
        threshold (float): A pixel is target where its score is above.
            Defaults to 0.5.
        thresholds (Sequence[float], optional): Thresholds of the curves and
            of AUC, strictly increasing; None for neither curves nor AUC.
            Defaults to 0, 0.01 .. 1.
        distance (float): Matching distance in pixels. Defaults to 3.
        match (str): ``'centroid'`` or ``'overlap'``, see
            :func:`match_components`. Defaults to ``'centroid'``.
        connectivity (int): 8 or 4. Defaults to 8.
        nIoU_empty (str): See :func:`image_ious`. Defaults to ``'zero'``.
        bootstrap (int): Number of draws for 95 % confidence intervals, see
            :func:`bootstrap_intervals`; 0 for none. Defaults to 0.
        detection_rule (str): Rule of the target-level metrics, see
            :func:`match_detections`. Defaults to ``'centroid'``.
        min_iou (float): For the detection rule ``'iou'``. Defaults to 0.5.

    Raises:
        ValueError: If an argument is invalid.
    """
    threshold: float = 0.5
    thresholds: Sequence[float] | None = THRESHOLDS
    distance: float = MATCH_DISTANCE
    match: str = 'centroid'
    connectivity: int = 8
    nIoU_empty: str = 'zero'
    bootstrap: int = 0
    detection_rule: str = 'centroid'
    min_iou: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError(
                f'threshold must be within [0, 1], got {self.threshold}')
        if self.thresholds is not None:
            check_thresholds(self.thresholds)
        if self.bootstrap < 0:
            raise ValueError(
                f'bootstrap must not be negative, got {self.bootstrap}')
        check_match_options(self.match, self.distance, self.connectivity)
        check_detection_rule(self.detection_rule, self.distance, self.min_iou)
        mean_image_iou([], self.nIoU_empty)

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> EvaluationProtocol:
        """Return the protocol of an ``IRSTDMetric`` in a config.

        Rules are arguments of their own, which win, or of ``protocol``.

        Raises:
            TypeError: If ``protocol`` has an unknown rule.
            ValueError: If a rule is invalid.

        Examples:
            >>> EvaluationProtocol.of_settings(dict(distance=4)).distance
            4
        """
        rules = {
            field.name: settings[field.name]
            for field in dataclasses.fields(cls) if field.name in settings
        }
        return cls(**{**(settings.get('protocol') or {}), **rules})

    @property
    def levels(self) -> np.ndarray:
        """All thresholds to count at, in increasing order."""
        return np.union1d(
            [] if self.thresholds is None else self.thresholds,
            [self.threshold])

    def count(self, scores: np.ndarray, target: np.ndarray) -> DetectionCounts:
        """Count one image of shape (H, W) at all :attr:`levels`."""
        return self.measure(scores, target).counts

    def measure(self, scores: np.ndarray,
                target: np.ndarray) -> ImageMeasurements:
        """Measure all that :meth:`evaluate` needs of one image, (H, W)."""
        truth = connected_components(target, self.connectivity)
        return ImageMeasurements(
            sweep_components(scores, truth, self.levels, self.distance,
                             self.match, self.connectivity)[0],
            target_level_record(
                truth,
                component_detections(scores, self.threshold,
                                     self.connectivity),
                self.detection_rule, self.distance, self.min_iou),
            None if self.thresholds is None
            else ClassScores.of(scores, target))

    def at_threshold(self, counts: DetectionCounts) -> DetectionCounts:
        """Return the counts at :attr:`threshold`."""
        return counts.at(int(np.searchsorted(self.levels, self.threshold)))

    def evaluate(self, names: Sequence[str],
                 images: Sequence[ImageMeasurements]) -> EvaluationResult:
        """Compute the metrics and curves of a dataset.

        Args:
            names (Sequence[str]): Name of each image.
            images (Sequence[ImageMeasurements]): Returned by :meth:`measure`.

        Returns:
            EvaluationResult: Undefined metrics are NaN.

        Examples:
            >>> mask = np.zeros((16, 16), np.float32)
            >>> mask[4:6, 4:6] = 1
            >>> protocol = EvaluationProtocol()
            >>> result = protocol.evaluate(
            ...     ['a'], [protocol.measure(0.9 * mask, mask)])
            >>> result.metrics['IoU'], result.metrics['Pd']
            (100.0, 100.0)
        """
        decided = [self.at_threshold(image.counts) for image in images]
        total = sum(decided, DetectionCounts())
        metrics = pooled_metrics(total)
        del metrics['FPR']  # about 1e-4 at one threshold: of no use
        metrics = dict(
            IoU=metrics.pop('IoU'),
            nIoU=100 * mean_image_iou(decided, self.nIoU_empty),
            nIoU_target=100 * mean_image_iou(
                image for image in decided if image.targets),
            **metrics)
        curves = self._curves([image.counts for image in images])
        if self.thresholds is not None:
            metrics['AUC'] = self._area_under_roc(curves)
            metrics['AUC_exact'] = self._exact_auc(images)
        intervals = {}
        if self.bootstrap and images:
            found = bootstrap_intervals(
                decided, self.bootstrap, nIoU_empty=self.nIoU_empty)
            intervals = {
                name: found[name] for name in metrics if name in found}
        result = EvaluationResult(
            metrics=metrics,
            curves=curves,
            intervals=intervals,
            images=[
                ImageRecord.of(name, counts, self.threshold)
                for name, counts in zip(names, decided)
            ],
            image_counts=dict(zip(names, decided)),
            settings=self.settings(),
            num_pixels=int(total.pixels),
            num_targets=int(total.targets),
            target_curve=target_level_curve(
                image.detections for image in images) if curves else {})
        result.warnings = result_warnings(result)
        return result

    def metric_names(self) -> list[str]:
        """Return the names of the metrics of :meth:`evaluate`.

        Examples:
            >>> EvaluationProtocol(thresholds=None).metric_names()[:4]
            ['IoU', 'nIoU', 'nIoU_target', 'Pd']
        """
        return list(self.evaluate([], []).metrics)

    @staticmethod
    def _area_under_roc(curves: dict[str, np.ndarray]) -> float:
        """Return AUC, undefined where scores are 0 and 1 only.

        All thresholds below 1 are one point then, without an area under it.
        """
        if not curves:
            return float('nan')
        inside = (curves['threshold'] >= 0) & (curves['threshold'] < 1)
        points = np.stack((curves['FPR'], curves['Recall']))[:, inside]
        if points.shape[1] > 1 and (points == points[:, :1]).all():
            return float('nan')
        return area_under_roc(curves['FPR'] / 100, curves['Recall'] / 100)

    @staticmethod
    def _exact_auc(images: Sequence[ImageMeasurements]) -> float:
        """Return the exact AUC, undefined if an image lacks its scores."""
        scores = [image.scores for image in images
                  if image.scores is not None]
        return rank_auc(scores) if len(scores) == len(images) else float('nan')

    def settings(self) -> dict[str, Any]:
        """Return the rules for result files; curves have the thresholds."""
        settings = dataclasses.asdict(self)
        del settings['thresholds']
        return settings

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
