"""Metrics: pure functions and the mmengine metric that calls them."""
from .detection import (
    DETECTION_RULES,
    Detections,
    TargetLevelRecord,
    component_detections,
    curve_corners,
    match_detections,
    scored_components,
    target_level_curve,
    target_level_metrics,
    target_level_record,
)
from .functional import (
    FA_NAMES,
    GOALS,
    MATCH_DISTANCE,
    MATCH_RULES,
    THRESHOLDS,
    UNITS,
    ClassScores,
    DetectionCounts,
    Matching,
    area_under_roc,
    bootstrap_intervals,
    choose_threshold,
    count_detections,
    format_metric,
    match_components,
    mean_image_iou,
    paired_p_values,
    pooled_metrics,
    rank_auc,
    ratio,
    sweep_detections,
)
from .irstd_metric import IRSTDMetric, check_save_best, target_scores
from .protocol import EvaluationProtocol, ImageMeasurements
from .report import EvaluationResult, ImageRecord, worst_first

__all__ = [
    'ClassScores', 'DETECTION_RULES', 'DetectionCounts', 'Detections',
    'EvaluationProtocol', 'EvaluationResult', 'FA_NAMES', 'GOALS',
    'IRSTDMetric', 'ImageMeasurements', 'ImageRecord', 'MATCH_DISTANCE',
    'MATCH_RULES', 'Matching', 'THRESHOLDS', 'TargetLevelRecord', 'UNITS',
    'area_under_roc', 'bootstrap_intervals', 'check_save_best',
    'choose_threshold', 'component_detections', 'count_detections',
    'curve_corners', 'format_metric', 'match_components',
    'match_detections', 'mean_image_iou', 'paired_p_values',
    'pooled_metrics', 'rank_auc', 'ratio', 'scored_components',
    'sweep_detections', 'target_level_curve', 'target_level_metrics',
    'target_level_record', 'target_scores', 'worst_first'
]
