"""What the analysis tools do: splits, and other programs' predictions."""
from .detection_files import read_detections
from .folder import evaluate_detections, evaluate_maps
from .score_files import read_map, to_scores
from .splits import build_split, image_paths, shared_images, split_config
from .truth import Truth, truth_from_config, truth_from_folder

__all__ = [
    'Truth', 'build_split', 'evaluate_detections', 'evaluate_maps',
    'image_paths', 'read_detections', 'read_map', 'shared_images',
    'split_config', 'to_scores', 'truth_from_config', 'truth_from_folder'
]
