"""Inference: large frames by tiles, folders of files, streams of frames."""
from .detector import Detector
from .predict_folder import FolderReport, predict_folder
from .prediction import Prediction
from .predictor import Predictor
from .preparation import FramePreparation, inference_pipeline
from .tables import Outcome
from .targets import Target
from .tiled_segmentor import TiledEncoderDecoder, blend_tiles, use_tiles
from .tiles import Tiling

__all__ = [
    'Detector', 'FolderReport', 'FramePreparation', 'Outcome', 'Prediction',
    'Predictor', 'Target', 'TiledEncoderDecoder', 'Tiling', 'blend_tiles',
    'inference_pipeline', 'predict_folder', 'use_tiles'
]
