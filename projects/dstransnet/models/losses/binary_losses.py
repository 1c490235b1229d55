"""Losses for background and target, on one or two channels of logits.

Any head of mmseg may use them. Two channels are reduced to the one logit
that has the same probability of the target: softmax(a, b) at b is
sigmoid(b - a). Pixels of the label ``ignore_index`` do not count.

Letters: p probability of the target, t truth (0 or 1), I = sum p t,
P = sum p, T = sum t over one image, or over the batch where ``pooled``.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers.tensors import to_float32
from .training_epoch import training_epoch

Sums = tuple[Tensor, Tensor, Tensor]


def weight_pair(name: str,
                value: Sequence[float] | None) -> tuple[float, float]:
    """Check the weights of background and target.

    Args:
        name (str): Setting to name in the error.
        value (Sequence[float], optional): Two weights; None stands for 1, 1.

    Raises:
        InputError: If these are not two finite numbers of at least 0.

    Examples:
        >>> weight_pair('class_weight', [1, 20])
        (1.0, 20.0)
    """
    if value is None:
        return 1., 1.
    try:
        low, high = () if isinstance(value, str) else map(float, value)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (0 <= low < math.inf and 0 <= high < math.inf):
        raise InputError(f'{name}: expected two weights of at least 0, of '
                         f'background and target, got {value}')
    return low, high


def target_logits(logits: Tensor) -> Tensor:
    """Return the logit of the target at each pixel, in float32 or more.

    Args:
        logits (Tensor): Shape (N, 1, H, W), or (N, 2, H, W) for background
            and target.

    Returns:
        Tensor: Shape (N, H, W).

    Raises:
        InputError: If there are more than two channels.

    Examples:
        >>> logits = torch.tensor([1., 3.]).view(1, 2, 1, 1)
        >>> target_logits(logits).item()
        2.0
    """
    logits = to_float32(logits)
    if logits.shape[1] == 1:
        return logits[:, 0]
    if logits.shape[1] == 2:
        return logits[:, 1] - logits[:, 0]
    raise InputError('loss_decode: expected logits of one or two channels, '
                     f'got {logits.shape[1]}')


def overlap_sums(p: Tensor, t: Tensor, pooled: bool = False) -> Sums:
    """Return I, P and T of every image, or of the batch where ``pooled``.

    Args:
        p (Tensor): Probabilities of the target, shape (N, H, W).
        t (Tensor): Truth, 0 or 1, shape (N, H, W).
        pooled (bool): Whether to sum over the batch. Defaults to False.

    Examples:
        >>> p, t = torch.full((1, 1, 2), 0.5), torch.tensor([[[0., 1.]]])
        >>> [value.item() for value in overlap_sums(p, t)]
        [0.5, 1.0, 1.0]
    """
    dims = (0, 1, 2) if pooled else (1, 2)
    return (p * t).sum(dims), p.sum(dims), t.sum(dims)


def focal_entropy(logits: Tensor, t: Tensor, alpha: tuple[float, float],
                  gamma: float) -> Tensor:
    """Return the focal loss of each pixel.

    -a (1 - q)^gamma log q for the probability q of the true class, whose
    weight a is.

    Args:
        logits (Tensor): Logits of the target, any shape.
        t (Tensor): Truth, 0 or 1, of that shape.
        alpha (tuple[float, float]): Weights of background and target.
        gamma (float): Exponent; 0 is cross-entropy.

    Examples:
        >>> value = focal_entropy(torch.zeros(1), torch.ones(1), (0, 1), 2.)
        >>> round(value.item(), 4)  # ln 2 / 4
        0.1733
    """
    entropy = F.binary_cross_entropy_with_logits(logits, t, reduction='none')
    # 1 - q, above 0, where a power below 1 has no gradient.
    missing = -torch.expm1(-entropy).clamp(
        max=-torch.finfo(entropy.dtype).tiny)
    share = alpha[0] + (alpha[1] - alpha[0]) * t
    return share * missing.pow(gamma) * entropy


def location_distance(p: Tensor, t: Tensor, eps: float = 1e-8) -> Tensor:
    """Return how far the first moments of p and t lie apart, per image.

    The moments are the means of (column / W) p and (row / H) p over all
    pixels. They are compared by angle and by length in polar coordinates.

    Args:
        p (Tensor): Probabilities of the target, shape (N, H, W).
        t (Tensor): Truth, 0 or 1, shape (N, H, W).
        eps (float): Avoids divisions by zero. Defaults to 1e-8.

    Returns:
        Tensor: Shape (N, ), 0 for equal moments.

    Examples:
        >>> t = torch.eye(4)[None]
        >>> round(location_distance(t, t).item(), 4)
        0.0
    """
    height, width = p.shape[1:]
    rows = torch.arange(height, device=p.device, dtype=p.dtype) / height
    columns = torch.arange(width, device=p.device, dtype=p.dtype) / width

    def polar(maps: Tensor) -> tuple[Tensor, Tensor]:
        x = (maps * columns).mean((1, 2))
        y = (maps * rows[:, None]).mean((1, 2))
        return (y / (x + eps)).arctan(), (x.square() + y.square() + eps).sqrt()

    (angle_p, length_p), (angle_t, length_t) = polar(p), polar(t)
    ratio = torch.minimum(length_p, length_t) / (
        torch.maximum(length_p, length_t) + eps)
    return 1 - ratio + 4 / math.pi**2 * (angle_p - angle_t).square()


class _BinaryLoss(nn.Module):
    """Base class: prepare logits and labels, and weigh the result.

    Args:
        loss_weight (float): Factor of the loss. Defaults to 1.
        loss_name (str, optional): Name in the log, with the prefix ``loss_``.
            Defaults to the class's own.
    """

    default_name = ''

    def __init__(self, loss_weight: float = 1.,
                 loss_name: str | None = None) -> None:
        super().__init__()
        self.loss_weight = loss_weight
        self.loss_name = loss_name or self.default_name

    def forward(self,
                seg_logits: Tensor,
                seg_label: Tensor,
                weight: Tensor | None = None,
                ignore_index: int = 255,
                **kwargs: Any) -> Tensor:
        """Return the loss, a scalar.

        Args:
            seg_logits (Tensor): Shape (N, 1, H, W) or (N, 2, H, W).
            seg_label (Tensor): Labels 0, 1 or ``ignore_index``, (N, H, W).
            weight (Tensor, optional): Weight of each pixel, (N, H, W).
            ignore_index (int): Label that does not count. Defaults to 255.
            **kwargs: Not used; for the interface of mmseg's losses.
        """
        logits = target_logits(seg_logits)
        counted = (seg_label != ignore_index).to(logits.dtype)
        if weight is not None:
            counted = counted * weight
        target = (seg_label == 1).to(logits.dtype)
        return self.loss_weight * self._loss(logits, target, counted)

    def _loss(self, logits: Tensor, t: Tensor, counted: Tensor) -> Tensor:
        raise NotImplementedError


class _EntropyLoss(_BinaryLoss):
    """Mean of :func:`focal_entropy` over the pixels that count."""

    def __init__(self, alpha: tuple[float, float], gamma: float,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha, self.gamma = alpha, gamma

    def _loss(self, logits: Tensor, t: Tensor, counted: Tensor) -> Tensor:
        values = focal_entropy(logits, t, self.alpha, self.gamma) * counted
        return values.sum() / (counted > 0).sum().clamp(min=1)


@MODELS.register_module()
class BinaryCrossEntropyLoss(_EntropyLoss):
    """Mean cross-entropy of the pixels that count.

    Args:
        class_weight (Sequence[float], optional): Weights of background and
            target. Defaults to 1, 1.
        **kwargs: ``loss_weight`` and ``loss_name``.
    """

    default_name = 'loss_bce'

    def __init__(self, class_weight: Sequence[float] | None = None,
                 **kwargs: Any) -> None:
        super().__init__(weight_pair('class_weight', class_weight), 0.,
                         **kwargs)


@MODELS.register_module()
class BinaryFocalLoss(_EntropyLoss):
    """Mean focal loss of the pixels that count.

    Args:
        alpha (float | Sequence[float]): Weight of the target, where 1 - alpha
            is that of background; or the weights of background and target.
            Defaults to 0.25.
        gamma (float): Exponent of the probability of the wrong class.
            Defaults to 2.
        **kwargs: ``loss_weight`` and ``loss_name``.

    Reference:
        Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017.
    """

    default_name = 'loss_focal'

    def __init__(self, alpha: float | Sequence[float] = 0.25,
                 gamma: float = 2., **kwargs: Any) -> None:
        pair = (1 - alpha, alpha) if isinstance(alpha, (int, float)) else alpha
        super().__init__(weight_pair('alpha', pair), gamma, **kwargs)


@MODELS.register_module()
class SoftIoULoss(_BinaryLoss):
    """1 - (I + smooth) / (P + T - I + smooth), the mean over the images.

    Args:
        smooth (float): Added to both sums. Defaults to 1.
        pooled (bool): Whether I, P and T are sums over the batch, which gives
            one ratio. Defaults to False.
        **kwargs: ``loss_weight`` and ``loss_name``.

    Reference:
        Rahman and Wang, "Optimizing Intersection-Over-Union in Deep Neural
        Networks for Image Segmentation", ISVC 2016.
    """

    default_name = 'loss_iou'

    def __init__(self, smooth: float = 1., pooled: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.smooth, self.pooled = smooth, pooled

    def _ratio(self, i: Tensor, p: Tensor, t: Tensor) -> Tensor:
        return (i + self.smooth) / (p + t - i + self.smooth)

    def _loss(self, logits: Tensor, t: Tensor, counted: Tensor) -> Tensor:
        sums = overlap_sums(logits.sigmoid() * counted, t * counted,
                            self.pooled)
        return 1 - self._ratio(*sums).mean()


@MODELS.register_module()
class BinaryDiceLoss(SoftIoULoss):
    """1 - (2 I + smooth) / (P + T + smooth), the mean over the images.

    Args:
        **kwargs: The arguments of :class:`SoftIoULoss`.

    Reference:
        Milletari et al., "V-Net", 3DV 2016, with P and T instead of sums of
        squares.
    """

    default_name = 'loss_dice'

    def _ratio(self, i: Tensor, p: Tensor, t: Tensor) -> Tensor:
        return (2 * i + self.smooth) / (p + t + self.smooth)


@MODELS.register_module()
class SLSLoss(_BinaryLoss):
    """Scale and location sensitive loss of MSHNet.

    1 - mean of iou in the first epochs, then 1 - mean of alpha iou plus the
    mean of :func:`location_distance`, with iou = I / (P + T - I),
    d = ((P - T) / 2)^2 and alpha = (min(P, T) + d) / (max(P, T) + d).

    Args:
        warmup_epochs (int): Last epoch, counted from 0, of the plain form;
            -1: none, as iteration-based training needs. Defaults to 5.
        with_location (bool): Whether to add the location term. Defaults to
            True.
        **kwargs: ``loss_weight`` and ``loss_name``.

    Reference:
        Liu et al., "Infrared Small Target Detection with Scale and Location
        Sensitivity", CVPR 2024.
    """

    default_name = 'loss_sls'

    def __init__(self, warmup_epochs: int = 5, with_location: bool = True,
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.warmup_epochs = warmup_epochs
        self.with_location = with_location

    @property
    def follows_epochs(self) -> bool:
        """True if the loss depends on the epoch."""
        return self.warmup_epochs >= 0

    def _loss(self, logits: Tensor, t: Tensor, counted: Tensor) -> Tensor:
        p, t = logits.sigmoid() * counted, t * counted
        inter, size, true_size = overlap_sums(p, t)
        tiny = torch.finfo(p.dtype).tiny  # for sums that underflow to 0
        iou = inter / (size + true_size - inter).clamp(min=tiny)
        if training_epoch() <= self.warmup_epochs:
            return 1 - iou.mean()
        difference = ((size - true_size) / 2).square()
        alpha = (torch.minimum(size, true_size) + difference) / (
            torch.maximum(size, true_size) + difference).clamp(min=tiny)
        loss = 1 - (alpha * iou).mean()
        if self.with_location:
            loss = loss + location_distance(p, t).mean()
        return loss
