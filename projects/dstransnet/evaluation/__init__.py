"""Metrics: pure functions and the mmengine metric that calls them."""
from .bootstrap import bootstrap_intervals
from .components import Components, connected_components
from .counting import DetectionCounts
from .detection_matching import DETECTION_RULES, match_detections
from .detections import (
    Detections,
    component_boxes,
    component_detections,
    scored_components,
)
from .irstd_metric import IRSTDMetric, target_scores
from .matching import (
    MATCH_DISTANCE,
    MATCH_RULES,
    Matching,
    match_components,
)
from .protocol import EvaluationProtocol
from .ratios import (
    UNITS,
    area_under_roc,
    mean_image_iou,
    pooled_metrics,
    ratio,
)
from .records import ImageRecord, worst_first
from .result import EvaluationResult
from .sweep import THRESHOLDS, count_detections, sweep_detections
from .target_level import (
    TargetLevelRecord,
    curve_corners,
    target_level_curve,
    target_level_metrics,
    target_level_record,
)
from .threshold import GOALS, choose_threshold

__all__ = [
    'Components', 'DETECTION_RULES', 'DetectionCounts', 'Detections',
    'EvaluationProtocol', 'EvaluationResult', 'GOALS', 'IRSTDMetric',
    'ImageRecord', 'MATCH_DISTANCE', 'MATCH_RULES', 'Matching', 'THRESHOLDS',
    'TargetLevelRecord', 'UNITS', 'area_under_roc', 'bootstrap_intervals',
    'choose_threshold', 'component_boxes', 'component_detections',
    'connected_components', 'count_detections', 'curve_corners',
    'match_components', 'match_detections', 'mean_image_iou',
    'pooled_metrics', 'ratio', 'scored_components', 'sweep_detections',
    'target_level_curve', 'target_level_metrics', 'target_level_record',
    'target_scores', 'worst_first'
]
