"""What the analysis tools do: splits, and other programs' predictions."""
from ...utils.config import build_split, shared_images, split_config
from ..contrast.pd_over_scr import SCR_EDGES, ScrBin, pd_over_scr
from ..contrast.scr_metric import TargetContrastMetric
from .detection_files import read_detections
from .external_predictions import evaluate_detections, evaluate_maps
from .ground_truth import Truth, truth_from_config, truth_from_folder
from .score_files import read_map, to_scores

__all__ = [
    'SCR_EDGES', 'ScrBin', 'TargetContrastMetric', 'Truth', 'build_split',
    'evaluate_detections', 'evaluate_maps', 'pd_over_scr', 'read_detections',
    'read_map', 'shared_images', 'split_config',
    'to_scores', 'truth_from_config', 'truth_from_folder'
]
