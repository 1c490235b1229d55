"""Hooks."""
from .visualization_hook import IRSTDVisualizationHook, mask_at_size

__all__ = ['IRSTDVisualizationHook', 'mask_at_size']
