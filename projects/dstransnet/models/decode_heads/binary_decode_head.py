"""Base class of decode heads with one channel of logits."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.utils import ConfigType, SampleList
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import to_float32
from ..losses import binary_loss, check_binary_loss

_UNUSED: dict[str, Any] = dict(
    sampler=None, conv_cfg=None, act_cfg=dict(type='ReLU'))
"""Settings of mmseg's base class that such a head does not use."""


class BinaryDecodeHead(BaseDecodeHead):
    """Decode head for background and target with one channel of logits.

    Its losses may be mmseg's, which :func:`binary_loss` calls correctly. They
    are summed over all maps of logits that :meth:`forward_all` returns.

    Args:
        **kwargs: Passed on to :class:`BaseDecodeHead`; ``num_classes``
            defaults to 2, ``out_channels`` to 1, ``threshold`` to 0.5,
            ``dropout_ratio`` to 0.

    Raises:
        InputError: If there are more classes or channels, a setting would
            have no effect, or a loss cannot work on one channel.
    """

    def __init__(self, **kwargs: Any) -> None:
        name = type(self).__name__
        for setting, value in _UNUSED.items():
            if kwargs.get(setting, value) != value:
                raise InputError(f'{name} does not use {setting}, got '
                                 f'{setting}={kwargs[setting]}; leave it out')
        defaults: dict[str, Any] = dict(
            num_classes=2, out_channels=1, threshold=0.5, dropout_ratio=0)
        super().__init__(**{**defaults, **kwargs})
        for setting, most in dict(num_classes=2, out_channels=1).items():
            if getattr(self, setting) > most:
                raise InputError(
                    f'{name} tells target from background: expected {setting}='
                    f'{most}, got {setting}={getattr(self, setting)}')
        for loss in self._losses():
            check_binary_loss(loss)

    def _losses(self) -> list[nn.Module]:
        if isinstance(self.loss_decode, nn.ModuleList):
            return list(self.loss_decode)
        return [self.loss_decode]

    def forward_all(self, inputs: Any) -> dict[str, Tensor]:
        """Return every supervised map of logits by name, the output ``out``
        among them."""
        raise NotImplementedError

    def loss(self, inputs: Any, batch_data_samples: SampleList,
             train_cfg: ConfigType) -> dict[str, Tensor]:
        """Return the losses of all supervised maps by name.

        Args:
            inputs: What the backbone or the neck returns.
            batch_data_samples (list[SegDataSample]): Ground truth of shape
                (1, H, W) per image.
            train_cfg (dict): Not used.
        """
        return self.loss_by_feat(self.forward_all(inputs), batch_data_samples)

    def loss_by_feat(self, seg_logits: Mapping[str, Tensor],
                     batch_data_samples: SampleList) -> dict[str, Tensor]:
        """Return the losses of maps of logits.

        Args:
            seg_logits (Mapping[str, Tensor]): Logits (N, 1, H, W) by name.
            batch_data_samples (list[SegDataSample]): Ground truth.

        Returns:
            dict[str, Tensor]: ``<loss name>_<map name>``: scalar.
        """
        label = self._stack_batch_gt(batch_data_samples).squeeze(1)
        losses: dict[str, Tensor] = {}
        for name, logits in seg_logits.items():
            losses.update(self.map_losses(name, logits, label))
        return losses

    def map_losses(self, name: str, logits: Tensor,
                   label: Tensor) -> dict[str, Tensor]:
        """Return the losses of one map of logits.

        Args:
            name (str): Name of the map.
            logits (Tensor): Shape (N, 1, H, W); brought to the size of the
                label by bilinear interpolation.
            label (Tensor): Labels 0, 1 or ``ignore_index``, (N, H, W).

        Returns:
            dict[str, Tensor]: ``<loss name>_<name>``: scalar.
        """
        if logits.shape[-2:] != label.shape[-2:]:
            logits = resize(logits, label.shape[-2:], mode='bilinear',
                            align_corners=self.align_corners)
        # Mixed precision ends here: a mean over 65 536 pixels needs more.
        logits = to_float32(logits)
        losses: dict[str, Tensor] = {}
        for loss in self._losses():
            key = f'{loss.loss_name}_{name}'
            value = binary_loss(loss, logits, label, self.ignore_index)
            losses[key] = losses.get(key, 0) + value
        return losses
