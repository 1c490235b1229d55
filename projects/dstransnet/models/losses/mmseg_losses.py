"""mmseg's losses on one channel of logits, called without silent errors."""
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
    weight_reduce_loss,
)
from torch import Tensor, nn

from ...utils.errors import InputError
from .binary_losses import focal_entropy, weight_pair

REPLACEMENTS: dict[type[nn.Module], str] = {
    CrossEntropyLoss: 'BinaryCrossEntropyLoss',
    OhemCrossEntropy: 'BinaryCrossEntropyLoss',
    BoundaryLoss: 'BinaryCrossEntropyLoss',
    SiLogLoss: 'BinaryCrossEntropyLoss',
    DiceLoss: 'BinaryDiceLoss',
    TverskyLoss: 'BinaryDiceLoss',
    HuasdorffDisstanceLoss: 'BinaryDiceLoss',
    FocalLoss: 'BinaryFocalLoss',
    LovaszLoss: "LovaszLoss with loss_type='binary' or SoftIoULoss",
}
"""The loss to use instead of one of mmseg on one channel of logits."""

_CALLED_CORRECTLY = (CrossEntropyLoss, DiceLoss, FocalLoss, LovaszLoss)


def _alpha(loss: FocalLoss) -> tuple[float, float]:
    """Return the weights of background and target of a focal loss."""
    alpha = loss.alpha
    return weight_pair('alpha', alpha if isinstance(alpha, list) else
                       (1 - alpha, alpha))


def check_binary_loss(loss: nn.Module) -> None:
    """Raise if :func:`binary_loss` cannot call a loss correctly.

    Args:
        loss (nn.Module): A loss built from ``loss_decode``. Losses that are
            not mmseg's own pass; they are called with logits (N, 1, H, W) and
            labels (N, H, W).

    Raises:
        InputError: If the loss needs two channels, or has weights that are
            not those of background and target.
    """
    name = type(loss).__name__
    if type(loss) in REPLACEMENTS and not isinstance(loss, _CALLED_CORRECTLY):
        raise InputError(f'loss_decode: {name} needs at least two channels '
                         'of logits, this head has one; use '
                         f'{REPLACEMENTS[type(loss)]}')
    if isinstance(loss, (CrossEntropyLoss, DiceLoss)) and not loss.use_sigmoid:
        raise InputError(f'loss_decode: {name} needs use_sigmoid=True for '
                         'one channel of logits; its softmax is always 1')
    if isinstance(loss, DiceLoss) and not loss.activate:
        raise InputError('loss_decode: DiceLoss needs activate=True: this '
                         'head hands over logits')
    if isinstance(loss, LovaszLoss):
        if loss.cls_criterion.__name__ != 'lovasz_hinge':
            raise InputError("loss_decode: LovaszLoss needs loss_type='binary'"
                             ' for one channel of logits')
        if loss.class_weight is not None:
            raise InputError('loss_decode: LovaszLoss needs no class_weight: '
                             'its binary form leaves it out')
    if isinstance(loss, (CrossEntropyLoss, FocalLoss)):
        weight_pair(f'loss_decode: class_weight of {name}', loss.class_weight)
    if isinstance(loss, FocalLoss):
        _alpha(loss)


def binary_loss(loss: nn.Module, logits: Tensor, label: Tensor,
                ignore_index: int) -> Tensor:
    """Call ``loss`` with the kind of target that it takes for one channel.

    Args:
        loss (nn.Module): A loss that :func:`check_binary_loss` accepts.
        logits (Tensor): Logits of shape (N, 1, H, W).
        label (Tensor): Labels 0, 1 or ``ignore_index``, int64, (N, H, W).
        ignore_index (int): Label of pixels that do not count.

    Returns:
        Tensor: A scalar, unless the reduction of the loss is 'none'.
    """
    ignored, target = label == ignore_index, label == 1
    if isinstance(loss, DiceLoss):
        # Dice does not look at ignored pixels; logits of -1e4 and targets of
        # 0 add nothing to its sums. An (N, H, W) label would become one-hot
        # over a single class there: all foreground.
        return loss(logits.masked_fill(ignored.unsqueeze(1), -1e4),
                    target.unsqueeze(1).to(logits.dtype))
    if not isinstance(loss, (CrossEntropyLoss, FocalLoss)):
        return loss(logits, label, ignore_index=ignore_index)
    if ignored.all():  # mean and maximum of no pixel are undefined
        return 0. * logits.sum()
    truth = target.to(logits.dtype)
    low, high = weight_pair('class_weight', loss.class_weight)
    weight = low + (high - low) * truth
    if isinstance(loss, FocalLoss):
        # FocalLoss.forward broadcasts (pixels, 1) logits with (pixels, )
        # labels on CPUs, and on GPUs needs mmcv's compiled operator.
        values = focal_entropy(logits[:, 0], truth, _alpha(loss), loss.gamma)
        return loss.loss_weight * weight_reduce_loss(
            values.masked_fill(ignored, 0), weight, reduction=loss.reduction)
    # CrossEntropyLoss.forward takes two weights for those of channels.
    return loss.loss_weight * loss.cls_criterion(
        logits, label, None if low == high == 1 else weight,
        reduction=loss.reduction, avg_non_ignore=loss.avg_non_ignore,
        ignore_index=ignore_index)
