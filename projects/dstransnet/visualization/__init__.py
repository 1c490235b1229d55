"""Pictures of detections and samples, and plots of curves."""
from .curves import draw_curves, has_curves, write_curves
from .detections import draw_detections

__all__ = [
    'draw_curves', 'draw_detections', 'has_curves', 'write_curves'
]
