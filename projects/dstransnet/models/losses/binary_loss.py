"""Handing one-channel logits to mmseg's losses without silent errors."""
from __future__ import annotations

from mmseg.models.losses import (
    BoundaryLoss,
    CrossEntropyLoss,
    DiceLoss,
    FocalLoss,
    HuasdorffDisstanceLoss,
    LovaszLoss,
    OhemCrossEntropy,
    SiLogLoss,
    TverskyLoss,
)
from mmseg.models.losses.focal_loss import py_sigmoid_focal_loss
from torch import Tensor, nn

_NEEDS_TWO_CHANNELS = (BoundaryLoss, HuasdorffDisstanceLoss, OhemCrossEntropy,
                       SiLogLoss, TverskyLoss)


def check_binary_loss(loss: nn.Module) -> None:
    """Raise if a loss would be silently wrong on one-channel logits.

    Args:
        loss (nn.Module): A loss built from ``loss_decode``. Losses that are
            not mmseg's own are let through; they are called with logits
            (N, 1, H, W) and labels (N, H, W).

    Raises:
        ValueError: If the loss, or its setting, needs two channels.
    """
    name = type(loss).__name__
    if isinstance(loss, _NEEDS_TWO_CHANNELS):
        raise ValueError(f'loss_decode: {name} needs at least two channels '
                         'of logits, this head has one')
    if isinstance(loss, (CrossEntropyLoss, DiceLoss)) and not loss.use_sigmoid:
        raise ValueError(f'loss_decode: {name} needs use_sigmoid=True for '
                         'one channel of logits; its softmax is always 1')
    if isinstance(loss, DiceLoss) and not loss.activate:
        raise ValueError('loss_decode: DiceLoss needs activate=True: this '
                         'head hands over logits')
    if isinstance(loss, LovaszLoss) and loss.cls_criterion.__name__ \
            != 'lovasz_hinge':
        raise ValueError("loss_decode: LovaszLoss needs loss_type='binary' "
                         'for one channel of logits')


def binary_loss(loss: nn.Module, logits: Tensor, label: Tensor,
                ignore_index: int) -> Tensor:
    """Call ``loss`` with the kind of target that it takes for one channel.

    Args:
        loss (nn.Module): A loss that :func:`check_binary_loss` accepts.
        logits (Tensor): Logits of shape (N, 1, H, W).
        label (Tensor): Labels 0, 1 or ``ignore_index``, int64, (N, H, W).
        ignore_index (int): Label of pixels that do not count.

    Returns:
        Tensor: A scalar, or whatever the loss's reduction makes of it.
    """
    if isinstance(loss, DiceLoss):
        # Dice does not look at ignored pixels; logits of -1e4 and targets of
        # 0 add nothing to its sums. An (N, H, W) label would become one-hot
        # over a single class there: all foreground.
        ignored = (label == ignore_index).unsqueeze(1)
        target = (label == 1).unsqueeze(1).to(logits.dtype)
        return loss(logits.masked_fill(ignored, -1e4), target)
    if isinstance(loss, FocalLoss):
        # FocalLoss.forward broadcasts (pixels, 1) logits with (pixels, )
        # labels on CPUs, and on GPUs needs mmcv's compiled operator.
        kept = (label != ignore_index).view(-1, 1)
        return loss.loss_weight * py_sigmoid_focal_loss(
            logits.view(-1, 1), (label == 1).view(-1, 1),
            gamma=loss.gamma,
            alpha=loss.alpha,
            class_weight=loss.class_weight,
            valid_mask=kept,
            reduction=loss.reduction)
    return loss(logits, label, ignore_index=ignore_index)
