"""Evaluation of the predictions of any program, from its files."""
from .detection_files import read_detections
from .external_predictions import (
    evaluate_detections,
    evaluate_maps,
    evaluate_scores,
    images_from_folder,
)
from .ground_truth import (
    Truth,
    images_from_config,
    truth_from_config,
    truth_from_folder,
)
from .score_files import check_scale, find_maps, read_map, to_scores

__all__ = [
    'Truth', 'check_scale', 'evaluate_detections', 'evaluate_maps',
    'evaluate_scores', 'find_maps', 'images_from_config',
    'images_from_folder', 'read_detections', 'read_map', 'to_scores',
    'truth_from_config', 'truth_from_folder'
]
