"""Hooks."""
from .check_hooks import BatchSizeHook, SegmentorCheckHook
from .checkpoint_hook import IRSTDCheckpointHook
from .curve_hook import IRSTDCurveHook
from .finite_loss_hook import FiniteLossHook
from .memory_hook import MemoryHook
from .random_state_hook import RandomStateHook
from .run_record_hook import RunRecordHook
from .sync_buffers_hook import SyncAllBuffersHook
from .target_prior_hook import TargetPriorHook
from .time_limit_hook import TimeLimitHook
from .validation_state_hook import ValidationStateHook
from .visualization_hook import IRSTDVisualizationHook

__all__ = [
    'BatchSizeHook', 'FiniteLossHook', 'IRSTDCheckpointHook', 'IRSTDCurveHook',
    'IRSTDVisualizationHook', 'MemoryHook', 'RandomStateHook', 'RunRecordHook',
    'SegmentorCheckHook', 'SyncAllBuffersHook', 'TargetPriorHook',
    'TimeLimitHook', 'ValidationStateHook'
]
