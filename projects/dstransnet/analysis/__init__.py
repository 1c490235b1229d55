"""What the analysis tools do: splits, and other programs' predictions."""
from .detection_files import read_detections
from .folder import evaluate_detections, evaluate_maps
from .score_files import read_map, to_scores
from .scr_metric import TargetContrastMetric
from .splits import build_split, shared_images, split_config
from .target_contrast import (
    SCR_EDGES,
    ScrBin,
    pd_over_scr,
)
from .truth import Truth, truth_from_config, truth_from_folder

__all__ = [
    'SCR_EDGES', 'ScrBin', 'TargetContrastMetric', 'Truth', 'build_split',
    'evaluate_detections', 'evaluate_maps', 'pd_over_scr', 'read_detections',
    'read_map', 'shared_images', 'split_config',
    'to_scores', 'truth_from_config', 'truth_from_folder'
]
