"""Check of segmentor settings under which training fails silently."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from mmengine.model import is_model_wrapper
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.losses import CrossEntropyLoss, FocalLoss, LovaszLoss
from torch import nn

from ..utils.errors import InputError
from .decode_heads.binary_decode_head import BinaryDecodeHead
from .losses.binary_losses import weight_pair
from .losses.mmseg_losses import REPLACEMENTS


def _is_binary_lovasz(loss: nn.Module) -> bool:
    return (isinstance(loss, LovaszLoss)
            and loss.cls_criterion.__name__ == 'lovasz_hinge')


def _check_loss(loss: nn.Module, channels: int) -> None:
    """Raise ValueError if a loss of mmseg is wrong for ``channels``."""
    weights = getattr(loss, 'class_weight', None)
    if channels > 1:
        if _is_binary_lovasz(loss):
            raise ValueError("LovaszLoss with loss_type='binary' needs one "
                             'channel of logits; use SoftIoULoss')
        if type(loss) in REPLACEMENTS:
            weight_pair('class_weight', weights)
        if isinstance(loss, FocalLoss) and not torch.cuda.is_available():
            raise ValueError("mmseg's FocalLoss on two channels of logits "
                             'runs on GPUs only; use BinaryFocalLoss')
        return
    right = weights is None and (
        _is_binary_lovasz(loss)
        or isinstance(loss, CrossEntropyLoss) and loss.use_sigmoid)
    if type(loss) in REPLACEMENTS and not right:
        settings = '' if weights is None else ' with class_weight'
        raise ValueError(
            f"mmseg's {type(loss).__name__}{settings} is wrong on one channel "
            f'of logits; use {REPLACEMENTS[type(loss)]}')


def check_head(head: BaseDecodeHead) -> None:
    """Raise unless a head of mmseg can learn targets.

    One channel of logits needs losses made for it: mmseg's DiceLoss, for
    example, counts every pixel there as target.

    Args:
        head (BaseDecodeHead): Any head. A :class:`BinaryDecodeHead` has
            checked the rest itself.

    Raises:
        ValueError: If it ignores a class, has more than two classes, or a
            loss or a sampler that is wrong for its number of channels.
    """
    if head.ignore_index in (0, 1):
        raise ValueError('ignore_index: expected none of the classes, 0 for '
                         f'background and 1 for target, got '
                         f'{head.ignore_index}')
    if isinstance(head, BinaryDecodeHead):
        return
    if head.num_classes > 2:
        raise ValueError('num_classes: expected 2, background and target, '
                         f'got {head.num_classes}')
    if head.out_channels == 1 and head.sampler is not None:
        raise ValueError('sampler: expected none with one channel of logits, '
                         f'got {type(head.sampler).__name__}')
    several = isinstance(head.loss_decode, nn.ModuleList)
    for loss in head.loss_decode if several else [head.loss_decode]:
        try:
            _check_loss(loss, head.out_channels)
        except ValueError as error:
            raise ValueError(f'loss_decode: {error}') from error


def _heads(model: nn.Module) -> Iterator[tuple[str, BaseDecodeHead]]:
    for name in ('decode_head', 'auxiliary_head'):
        heads: Any = getattr(model, name, None)
        several = isinstance(heads, nn.ModuleList)
        for number, head in enumerate(heads if several else [heads]):
            if isinstance(head, BaseDecodeHead):
                yield f'{name}[{number}]' if several else name, head


def check_segmentor(model: nn.Module) -> None:
    """Apply :func:`check_head` to all heads of a segmentor.

    Args:
        model (nn.Module): A segmentor of any class, or its wrapper.

    Raises:
        InputError: If a head fails; the message names the setting and, for a
            wrong loss, the right one.
    """
    while is_model_wrapper(model):
        model = cast(nn.Module, model.module)
    for name, head in _heads(model):
        try:
            check_head(head)
        except ValueError as error:
            raise InputError(f'model.{name}.{error}') from error
