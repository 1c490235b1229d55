"""Evaluation of the predictions of any program, from its files."""
from .detection_files import read_detections
from .external_predictions import evaluate_detections, evaluate_maps
from .ground_truth import Truth, truth_from_config, truth_from_folder
from .score_files import check_scale, find_maps, read_map, to_scores

__all__ = [
    'Truth', 'check_scale', 'evaluate_detections', 'evaluate_maps',
    'find_maps', 'read_detections', 'read_map', 'to_scores',
    'truth_from_config', 'truth_from_folder'
]
