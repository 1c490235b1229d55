"""Decode head for a backbone that computes logits itself."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from mmseg.utils import ConfigType, SampleList
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import to_float32
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
                 threshold: float = 0.5,
                 loss_decode: dict | Sequence[dict] = dict(
                     type='CrossEntropyLoss',
                     use_sigmoid=True,
                     loss_name='loss_bce'),
                 **kwargs: Any) -> None:
        super().__init__(
            in_channels=1,
            channels=1,
            threshold=threshold,
            loss_decode=loss_decode,
            **kwargs)
        self.conv_seg = nn.Identity()
        self.weights = dict(weights)

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Return the logits ``out``, shape (N, 1, H, W)."""
        return inputs['out']

    def loss(self, inputs: Mapping[str, Tensor],
             batch_data_samples: SampleList,
             train_cfg: ConfigType) -> dict[str, Tensor]:
        """Return the losses of all outputs by name.

        Args:
            inputs (Mapping[str, Tensor]): Output of the backbone.
            batch_data_samples (list[SegDataSample]): Ground truth of shape
                (1, H, W) per image.
            train_cfg (dict): Not used.
        """
        return self.loss_by_feat(inputs, batch_data_samples)

    def loss_by_feat(self, seg_logits: Mapping[str, Tensor],
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Weigh and sum ``loss_decode`` per output.

        Args:
            seg_logits (Mapping[str, Tensor]): Output of the backbone.
            batch_data_samples (list[SegDataSample]): Ground truth.

        Returns:
            dict[str, Tensor]: ``<loss name>_<output>``: scalar.

        Raises:
            InputError: If there is no output of a name in ``weights``.
        """
        outputs = dict(seg_logits)
        outputs.pop('image', None)
        unknown = set(self.weights) - set(outputs)
        if unknown:
            raise InputError(f'weights: expected names of {sorted(outputs)}, '
                             f'got {sorted(unknown)}')
        label = self._stack_batch_gt(batch_data_samples).squeeze(1)
        losses: dict[str, Tensor] = {}
        for name, logits in outputs.items():
            weight = self.weights.get(name, 1)
            if not weight:
                continue
            if name == 'reconstruction':
                losses['loss_reconstruction'] = weight * F.mse_loss(
                    to_float32(logits), to_float32(seg_logits['image']))
                continue
            target = pooled_label(label, logits.shape[-2:])
            for key, value in self.map_losses(name, logits, target).items():
                losses[key] = weight * value
        return losses
