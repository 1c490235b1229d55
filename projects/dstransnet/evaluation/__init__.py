"""Metrics: pure functions and the mmengine metric that calls them."""
from .array_evaluation import evaluate
from .detection.detection_matching import DETECTION_RULES, match_detections
from .detection.detections import Detections, scored_components
from .detection.target_level import (
    TargetLevelRecord,
    curve_corners,
    target_level_curve,
    target_level_metrics,
    target_level_record,
)
from .functional.bootstrap import bootstrap_intervals, paired_p_values
from .functional.counts import DetectionCounts
from .functional.formulas import (
    UNITS,
    area_under_roc,
    format_metric,
    mean_image_iou,
    pooled_metrics,
    ratio,
)
from .functional.matching import (
    MATCH_DISTANCE,
    MATCH_RULES,
    Matching,
    match_components,
)
from .functional.rank_auc import ClassScores, rank_auc
from .functional.threshold_selection import FA_NAMES, GOALS, choose_threshold
from .functional.threshold_sweep import (
    THRESHOLDS,
    count_detections,
    sweep_detections,
)
from .irstd_metric import IRSTDMetric, check_save_best, target_scores
from .measures import MEASURE_NAMES, MEASURES, Measure
from .protocol import EvaluationProtocol, ImageMeasurements
from .report.evaluation_result import EvaluationResult
from .report.image_records import ImageRecord, worst_first

__all__ = [
    'ClassScores', 'DETECTION_RULES', 'DetectionCounts', 'Detections',
    'EvaluationProtocol', 'EvaluationResult', 'FA_NAMES', 'GOALS',
    'IRSTDMetric', 'ImageMeasurements', 'ImageRecord', 'MATCH_DISTANCE',
    'MATCH_RULES', 'MEASURES', 'MEASURE_NAMES', 'Matching', 'Measure',
    'THRESHOLDS', 'TargetLevelRecord', 'UNITS', 'area_under_roc',
    'bootstrap_intervals', 'check_save_best', 'choose_threshold',
    'count_detections', 'curve_corners', 'evaluate', 'format_metric',
    'match_components', 'match_detections', 'mean_image_iou',
    'paired_p_values', 'pooled_metrics', 'rank_auc', 'ratio',
    'scored_components', 'sweep_detections', 'target_level_curve',
    'target_level_metrics', 'target_level_record', 'target_scores',
    'worst_first'
]
