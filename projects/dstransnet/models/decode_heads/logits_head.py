"""Decode head for a backbone that computes logits itself."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from mmseg.utils import SampleList
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import to_float32
from ..losses.training_epoch import training_epoch
from .binary_decode_head import BinaryDecodeHead


def pooled_label(label: Tensor, size: Sequence[int]) -> Tensor:
    """Shrink labels (N, H, W) to the size of a smaller map.

    A pixel takes the highest label that it covers, so no target is lost and
    ignored pixels stay ignored.

    Args:
        label (Tensor): Labels 0, 1 or the higher ``ignore_index``.
        size (Sequence[int]): Height and width.

    Examples:
        >>> import torch
        >>> pooled_label(torch.tensor([[[0, 0, 1, 0]]]), (1, 2))
        tensor([[[0, 1]]])
    """
    if label.shape[-2:] == tuple(size):
        return label
    return F.adaptive_max_pool2d(label.float(), tuple(size)).to(label.dtype)


@MODELS.register_module()
class LogitsHead(BinaryDecodeHead):
    """Pass on the logits of :class:`NetworkBackbone`, and train them.

    The loss is the weighted sum of ``loss_decode`` over the output ``out``
    and the side outputs, each logged as ``<loss name>_<output>``. A side
    output smaller than the image is compared with :func:`pooled_label`. A
    side output called ``reconstruction`` is compared with the input image by
    the mean squared error.

    Args:
        weights (Mapping[str, float]): Weight of the loss of each output by
            name. An output that is not named has weight 1, one of weight 0 is
            not trained. Defaults to none.
        warmup_weights (Mapping[str, float]): Weights of the first epochs, in
            which an output that is not named is not trained. Defaults to
            none: no warm-up.
        warmup_epochs (int): Last epoch of the warm-up, counted from 0.
            Defaults to 5.
        threshold (float): A pixel is target where its probability is
            strictly greater. Defaults to 0.5.
        loss_decode (dict | Sequence[dict]): One or several losses on logits,
            see :class:`CSCEHead`. Defaults to binary cross-entropy.
        **kwargs: Passed on to :class:`BinaryDecodeHead`.

    Shape:
        Input: a dict of logits (N, 1, H, W). Output: logits (N, 1, H, W).

    Raises:
        InputError: For the reasons of :class:`BinaryDecodeHead`.
    """

    def __init__(self,
                 weights: Mapping[str, float] = {},
                 warmup_weights: Mapping[str, float] = {},
                 warmup_epochs: int = 5,
                 threshold: float = 0.5,
                 loss_decode: dict | Sequence[dict] = dict(
                     type='CrossEntropyLoss',
                     use_sigmoid=True,
                     loss_name='loss_bce'),
                 **kwargs: Any) -> None:
        if kwargs.get('dropout_ratio', 0) != 0:
            raise InputError(
                f'{type(self).__name__} does not use dropout_ratio, got '
                f'{kwargs["dropout_ratio"]}; leave it out')
        super().__init__(
            in_channels=1,
            channels=1,
            threshold=threshold,
            loss_decode=loss_decode,
            **kwargs)
        self.conv_seg = nn.Identity()
        self.weights = dict(weights)
        self.warmup_weights = dict(warmup_weights)
        self.warmup_epochs = warmup_epochs

    @property
    def follows_epochs(self) -> bool:
        """True if the loss depends on the epoch."""
        return bool(self.warmup_weights) and self.warmup_epochs >= 0

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the logits ``out``, shape (N, 1, H, W)."""
        return inputs['out']

    def forward_all(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return all outputs of the backbone by name."""
        return dict(inputs)

    def loss_by_feat(self, seg_logits: Mapping[str, Tensor],
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Return the weighted losses of all outputs.

        Args:
            seg_logits (Mapping[str, Tensor]): Output of the backbone.
            batch_data_samples (list[SegDataSample]): Ground truth.

        Returns:
            dict[str, Tensor]: ``<loss name>_<output>``: scalar.

        Raises:
            InputError: If there is no output of a name in ``weights`` or
                ``warmup_weights``.
        """
        maps = dict(seg_logits)
        maps.pop('image', None)
        unknown = {*self.weights, *self.warmup_weights} - set(maps)
        if unknown:
            raise InputError(f'weights: expected names of {sorted(maps)}, '
                             f'got {sorted(unknown)}')
        restored = maps.pop('reconstruction', None)
        losses = super().loss_by_feat(maps, batch_data_samples)
        if restored is not None and self._weight('reconstruction'):
            losses['loss_reconstruction'] = self._weight(
                'reconstruction') * F.mse_loss(
                    to_float32(restored), to_float32(seg_logits['image']))
        return losses

    def map_losses(self, name: str, logits: Tensor,
                   label: Tensor) -> dict[str, Tensor]:
        """Return the weighted losses of one output, none at weight 0."""
        weight = self._weight(name)
        if not weight:
            return {}
        losses = super().map_losses(
            name, logits, pooled_label(label, logits.shape[-2:]))
        return {key: weight * value for key, value in losses.items()}

    def _weight(self, name: str) -> float:
        """Return the weight of an output in the current epoch."""
        if self.warmup_weights and training_epoch() <= self.warmup_epochs:
            return self.warmup_weights.get(name, 0)
        return self.weights.get(name, 1)
