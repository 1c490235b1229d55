"""Rules of an evaluation, and their application to a dataset."""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..imaging.components import connected_components
from .detection.detection_matching import check_detection_rule
from .detection.target_level import TargetLevelRecord, target_level_curve
from .functional.bootstrap import bootstrap_intervals, resampled_intervals
from .functional.counts import DetectionCounts
from .functional.difficulty import split_by_difficulty
from .functional.formulas import area_under_roc, mean_image_iou, pooled_metrics
from .functional.matching import MATCH_DISTANCE, check_match_options
from .functional.rank_auc import ClassScores, rank_auc
from .functional.threshold_sweep import THRESHOLDS, check_thresholds
from .input_image import read_input, read_intensities
from .measures import MEASURES, PUBLISHED, Measure, check_measures
from .report.evaluation_result import EvaluationResult, result_warnings
from .report.image_records import ImageRecord
from .scene import Scene


@dataclasses.dataclass(frozen=True)
class ImageMeasurements:
    """Contribution of one image to the metrics of a dataset.

    Attributes:
        counts (DetectionCounts): Counts at all levels of the protocol.
        detections (TargetLevelRecord): Components above the decision
            threshold as detections.
        scores (ClassScores, optional): Scores for AUC_exact; None without a
            sweep, or to save memory.
        measured (dict[str, Any]): Records of the other chosen measures, by
            their names.
    """
    counts: DetectionCounts
    detections: TargetLevelRecord
    scores: ClassScores | None = None
    measured: Mapping[str, Any] = dataclasses.field(default_factory=dict)


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
        measures (Sequence[str]): Names of the measures to report, among
            ``MEASURE_NAMES``. Defaults to the published ones.

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
    measures: Sequence[str] = (PUBLISHED, )

    def __post_init__(self) -> None:
        if (not isinstance(self.threshold, (int, float, np.number))
                or not 0 <= self.threshold <= 1):
            raise ValueError(
                f'threshold must be within [0, 1], got {self.threshold!r}')
        if self.thresholds is not None:
            check_thresholds(self.thresholds)
        if (not isinstance(self.bootstrap, (int, np.integer))
                or self.bootstrap < 0):
            raise ValueError('bootstrap must be an integer of 0 or more, got '
                             f'{self.bootstrap!r}')
        for name in ('distance', 'min_iou'):
            if not isinstance(value := getattr(self, name),
                              (int, float, np.number)):
                raise ValueError(f'{name} must be a number, got {value!r}')
        check_match_options(self.match, self.distance, self.connectivity)
        check_detection_rule(self.detection_rule, self.distance, self.min_iou)
        mean_image_iou([], self.nIoU_empty)
        check_measures(self.measures)

    @classmethod
    def of_settings(cls, settings: Mapping[str, Any]) -> EvaluationProtocol:
        """Return the protocol of an ``IRSTDMetric`` in a config.

        Rules are arguments of their own, which win, or of ``protocol``.

        Raises:
            TypeError: If ``protocol`` has an unknown rule.
            ValueError: If a rule is invalid.
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

    @property
    def position(self) -> int:
        """Position of :attr:`threshold` among the :attr:`levels`."""
        return int(np.searchsorted(self.levels, self.threshold))

    @property
    def chosen(self) -> list[Measure]:
        """The measures beyond the published ones, in their order."""
        return [MEASURES[name] for name in self.measures
                if name != PUBLISHED]

    @property
    def uses_images(self) -> bool:
        """True if a measure needs the intensities of images."""
        return any(measure.uses_image for measure in self.chosen)

    def read_image(self, path: str, shape: tuple[int, int],
                   reading: Mapping[str, Any] | None = None) -> np.ndarray:
        """Read an image for the measures that use intensities.

        See :func:`.read_input`; shares of full scale if a measure needs them.
        """
        scaled = any(measure.needs_scale for measure in self.chosen)
        return (read_intensities if scaled else read_input)(
            path, shape, reading)

    def measure(self,
                scores: np.ndarray,
                target: np.ndarray,
                image: np.ndarray | None = None) -> ImageMeasurements:
        """Measure all that :meth:`evaluate` needs of one image.

        Args:
            scores (np.ndarray): Scores in [0, 1] of shape (H, W).
            target (np.ndarray): True mask of shape (H, W).
            image (np.ndarray, optional): Intensities of shape (H, W), of
                which 1 is the largest of the file's type, for the measures
                that use them. Defaults to None.

        Raises:
            ValueError: If the shapes differ, a score is NaN, or a measure
                needs the image.
        """
        truth = connected_components(target, self.connectivity)
        if image is not None and image.shape != truth.labels.shape:
            raise ValueError('image and target must have one shape, got '
                             f'{image.shape} and {truth.labels.shape}')
        scene = Scene(self, np.asarray(scores), truth, image)
        return ImageMeasurements(
            counts=scene.sweep[0],
            detections=scene.target_level,
            scores=None if self.thresholds is None
            else ClassScores.of(scores, target),
            measured={measure.name: measure.measure(scene)
                      for measure in self.chosen})

    def at_threshold(self, counts: DetectionCounts) -> DetectionCounts:
        """Return the counts at :attr:`threshold`."""
        return counts.at(self.position)

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
        curves = self._curves([image.counts for image in images])
        metrics: dict[str, float] = {}
        intervals: dict[str, tuple[float, float]] = {}
        records = {name: [image.measured[name] for image in images]
                   for name in self.measures if name != PUBLISHED}
        for name in self.measures:
            if name == PUBLISHED:
                metrics |= self._published_metrics(decided, curves, images)
            else:
                metrics |= MEASURES[name].summarise(records[name])
            if self.bootstrap and images:
                intervals |= self._intervals(name, decided, records)
        result = EvaluationResult(
            metrics=metrics,
            curves=curves,
            intervals={name: intervals[name] for name in metrics
                       if name in intervals},
            images=[
                ImageRecord.of(name, counts, self.threshold)
                for name, counts in zip(names, decided)
            ],
            image_counts=dict(zip(names, decided)),
            settings=self.settings(),
            num_pixels=int(total.pixels),
            num_targets=int(total.targets),
            target_curve=target_level_curve(
                image.detections for image in images) if curves else {},
            difficulty=split_by_difficulty(records.get('difficulty', [])))
        result.warnings = result_warnings(result)
        return result

    def metric_names(self) -> list[str]:
        """Return the names of the metrics of :meth:`evaluate`."""
        return list(self.evaluate([], []).metrics)

    def _published_metrics(
            self, decided: Sequence[DetectionCounts],
            curves: dict[str, np.ndarray],
            images: Sequence[ImageMeasurements]) -> dict[str, float]:
        """Return the published metrics and their two variants."""
        metrics = pooled_metrics(sum(decided, DetectionCounts()))
        del metrics['FPR']  # about 1e-4 at one threshold: of no use
        metrics = dict(
            IoU=metrics.pop('IoU'),
            nIoU=100 * mean_image_iou(decided, self.nIoU_empty),
            nIoU_target=100 * mean_image_iou(
                image for image in decided if image.targets),
            **metrics)
        if self.thresholds is not None:
            metrics['AUC'] = self._area_under_roc(curves)
            metrics['AUC_exact'] = self._exact_auc(images)
        return metrics

    def _intervals(
        self, name: str, decided: Sequence[DetectionCounts],
        records: Mapping[str, Sequence[Any]]
    ) -> dict[str, tuple[float, float]]:
        """Return the confidence intervals of a measure's metrics."""
        if name == PUBLISHED:
            return bootstrap_intervals(decided, self.bootstrap,
                                       nIoU_empty=self.nIoU_empty)
        measure = MEASURES[name]
        if not measure.units:
            return {}
        found = resampled_intervals(records[name], measure.summarise,
                                    self.bootstrap)
        return {key: limits for key, limits in found.items()
                if key not in measure.unranked}

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
        """Return the rules for result files.

        Curves have the thresholds, and metrics show the measures.
        """
        settings = dataclasses.asdict(self)
        del settings['thresholds'], settings['measures']
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
