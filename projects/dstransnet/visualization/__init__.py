"""Pictures of detections and samples, and plots of curves."""
from .curves import draw_curves, figure_to_array, has_curves, write_curves
from .detections import draw_detections

__all__ = [
    'draw_curves', 'draw_detections', 'figure_to_array', 'has_curves',
    'write_curves'
]
