"""Pictures of detections and samples, and plots of curves.

Plots are imported at their first use: Matplotlib takes a second.
"""
from typing import Any

from .detections import draw_detections

__all__ = [
    'draw_curves', 'draw_detections', 'has_curves', 'missing_curves',
    'remove_curves', 'write_curves'
]


def __getattr__(name: str) -> Any:
    """Return a function of :mod:`.curves`."""
    if name not in __all__:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    from . import curves
    return getattr(curves, name)
