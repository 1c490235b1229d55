"""Detection probability over the local contrast of targets."""
from .pd_over_scr import SCR_EDGES, ScrBin, pd_over_scr
from .scr_metric import TargetContrastMetric, TargetRecords

__all__ = [
    'SCR_EDGES', 'ScrBin', 'TargetContrastMetric', 'TargetRecords',
    'pd_over_scr'
]
