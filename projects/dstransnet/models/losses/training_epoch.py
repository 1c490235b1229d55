"""The epoch of a running training, for losses with a schedule."""
from __future__ import annotations

from mmengine.logging import MessageHub


def training_epoch() -> int:
    """Return the epoch of the runner, counted from 0.

    It stays 0 without a runner, and in iteration-based training, which
    ``SegmentorCheckHook`` therefore refuses for modules whose
    ``follows_epochs`` is true.
    """
    return MessageHub.get_current_instance().get_info('epoch', 0)


def is_before(share: float) -> bool:
    """Tell whether less than a share of the training's epochs is over.

    Args:
        share (float): Between 0 and 1; the epochs are rounded. 1 is always
            ahead, and everything is without a runner.
    """
    epochs = MessageHub.get_current_instance().get_info('max_epochs', 0)
    return (share >= 1 or not epochs
            or training_epoch() < round(share * epochs))
