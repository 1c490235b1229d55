"""Detections as points or boxes with scores, and their metrics."""
from .detection_matching import DETECTION_RULES, match_detections
from .detections import Detections, component_detections, scored_components
from .target_level import (
    TargetLevelRecord,
    curve_corners,
    target_level_curve,
    target_level_metrics,
    target_level_record,
)

__all__ = [
    'DETECTION_RULES', 'Detections', 'TargetLevelRecord',
    'component_detections', 'curve_corners', 'match_detections',
    'scored_components', 'target_level_curve', 'target_level_metrics',
    'target_level_record'
]
