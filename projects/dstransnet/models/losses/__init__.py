"""Losses for background and target, and mmseg's losses on one channel."""
from .binary_losses import (
    BinaryCrossEntropyLoss,
    BinaryDiceLoss,
    BinaryFocalLoss,
    SLSLoss,
    SoftIoULoss,
)
from .mmseg_losses import binary_loss, check_binary_loss

__all__ = [
    'BinaryCrossEntropyLoss', 'BinaryDiceLoss', 'BinaryFocalLoss', 'SLSLoss',
    'SoftIoULoss', 'binary_loss', 'check_binary_loss'
]
