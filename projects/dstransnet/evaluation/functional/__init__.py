"""Pure functions on NumPy arrays: counting, matching, formulas, curves."""
from .bootstrap import bootstrap_intervals, paired_p_values
from .counts import DetectionCounts, false_alarm_counts
from .formulas import (
    UNITS,
    area_under_roc,
    format_metric,
    image_ious,
    mean_image_iou,
    pooled_metrics,
    ratio,
)
from .matching import (
    MATCH_DISTANCE,
    MATCH_RULES,
    Matching,
    match_components,
)
from .rank_auc import ClassScores, rank_auc
from .threshold_selection import FA_NAMES, GOALS, choose_threshold
from .threshold_sweep import (
    THRESHOLDS,
    count_detections,
    sweep_detections,
)

__all__ = [
    'ClassScores', 'DetectionCounts', 'FA_NAMES', 'GOALS',
    'MATCH_DISTANCE', 'MATCH_RULES', 'Matching', 'THRESHOLDS', 'UNITS',
    'area_under_roc', 'bootstrap_intervals', 'choose_threshold',
    'count_detections', 'false_alarm_counts', 'format_metric',
    'image_ious', 'match_components', 'mean_image_iou', 'paired_p_values',
    'pooled_metrics', 'rank_auc', 'ratio', 'sweep_detections'
]
