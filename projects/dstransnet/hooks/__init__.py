"""Hooks."""
from .curve_hook import IRSTDCurveHook
from .visualization_hook import IRSTDVisualizationHook, mask_at_size

__all__ = ['IRSTDCurveHook', 'IRSTDVisualizationHook', 'mask_at_size']
