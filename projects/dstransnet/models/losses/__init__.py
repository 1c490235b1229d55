"""Losses for background and target, and mmseg's losses on one channel."""
from .binary_losses import (
    BinaryCrossEntropyLoss,
    BinaryDiceLoss,
    BinaryFocalLoss,
    SLSLoss,
    SoftIoULoss,
)
from .distillation_losses import PMIFDLoss, SLCDLoss, TOMDLoss
from .mmseg_losses import binary_loss, check_binary_loss

__all__ = [
    'BinaryCrossEntropyLoss', 'BinaryDiceLoss', 'BinaryFocalLoss',
    'PMIFDLoss', 'SLCDLoss', 'SLSLoss', 'SoftIoULoss', 'TOMDLoss',
    'binary_loss', 'check_binary_loss'
]
