"""Metrics: pure functions and the mmengine metric that calls them."""
from .functional import (
                         Components,
                         DetectionCounts,
                         connected_components,
                         count_detections,
                         match_components,
                         mean_image_iou,
)
from .irstd_metric import IRSTDMetric, target_scores

__all__ = [
    'Components', 'DetectionCounts', 'IRSTDMetric', 'connected_components',
    'count_detections', 'match_components', 'mean_image_iou', 'target_scores'
]
