"""A segmentor's network as one module, and a segmentor around a runtime."""
from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import EncoderDecoder
from torch import Tensor, nn

from ..utils.errors import InputError


class LogitsNetwork(nn.Module):
    """Backbone, neck and decode head of a segmentor, from images to logits.

    Args:
        model (EncoderDecoder): The segmentor; its modules are shared.

    Shape:
        Input: normalised images (N, C, H, W). Output: logits of the head.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        self.backbone = model.backbone
        self.neck = model.neck if model.with_neck else nn.Identity()
        self.decode_head = model.decode_head

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, C, H, W) to logits."""
        return self.decode_head(self.neck(self.backbone(images)))


class _RuntimeBackbone(nn.Module):
    """Runs the whole network where a segmentor runs its backbone."""

    def __init__(self, runtime: nn.Module) -> None:
        super().__init__()
        self.runtime = runtime

    def train(self, mode: bool = True) -> _RuntimeBackbone:
        # Norms that are left must go on with the statistics of training.
        return super().train(False)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        return (self.runtime(images), )


class RuntimeHead(BaseDecodeHead):
    """Hands on the logits that a runtime computed.

    What a head does after that, up-sampling and deciding, is the base
    class's, with the settings of the head that was deployed.

    Args:
        head (BaseDecodeHead): That head.
    """

    def __init__(self, head: BaseDecodeHead) -> None:
        super().__init__(
            in_channels=1,
            channels=1,
            num_classes=head.num_classes,
            out_channels=head.out_channels,
            threshold=head.threshold,
            align_corners=head.align_corners,
            dropout_ratio=0,
            loss_decode=[],
            init_cfg=None)
        self.conv_seg = nn.Identity()

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the logits, which are the only input."""
        return inputs[-1]


def _refuse_training(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError('a deployed model cannot be trained, as its weights '
                       'are folded; train the model that it was made from')


def is_deployed(model: nn.Module) -> bool:
    """Tell whether a model, or one that it wraps, is deployed already."""
    return any(isinstance(module, _RuntimeBackbone)
               for module in model.modules())


def check_deployable(model: nn.Module) -> None:
    """Raise unless a segmentor is backbone, neck and head in turn.

    Raises:
        InputError: If it is none, or computes its logits in another way, or
            is deployed already.
    """
    if is_deployed(model):
        raise InputError('model: it is deployed already; deploy the one that '
                         'it was made from')
    if not isinstance(model, EncoderDecoder):
        raise InputError('model: expected an mmseg EncoderDecoder, got '
                         f'{type(model).__name__}')
    parts = ((EncoderDecoder, model, ('encode_decode', 'extract_feat')),
             (BaseDecodeHead, model.decode_head,
              ('predict', 'predict_by_feat')))
    for kind, part, methods in parts:
        if not isinstance(part, kind) or any(
                getattr(type(part), name) is not getattr(kind, name)
                for name in methods):
            raise InputError(
                f'model: {type(part).__name__} does not predict as a plain '
                f'{kind.__name__} does, so it cannot be deployed')
    dtypes = {value.dtype for value in model.parameters()
              if value.is_floating_point()}
    if dtypes != {torch.float32}:
        found = ', '.join(sorted(map(str, dtypes))) or 'no weights'
        raise InputError(f'model: expected float32 weights, got {found}')


def frozen_copy(model: EncoderDecoder) -> EncoderDecoder:
    """Return a copy in evaluation mode that refuses to be trained."""
    model = copy.deepcopy(model).eval().requires_grad_(False)
    model.loss = _refuse_training
    return model


def around_runtime(model: EncoderDecoder,
                   runtime: nn.Module) -> EncoderDecoder:
    """Let a segmentor compute its logits by a runtime.

    Args:
        model (EncoderDecoder): Changed in place; its network is dropped.
        runtime (nn.Module): Maps normalised images (N, C, H, W) to logits.
    """
    model.backbone = _RuntimeBackbone(runtime).eval()
    if model.with_neck:
        del model.neck
    if model.with_auxiliary_head:  # for training alone
        del model.auxiliary_head
    model.decode_head = RuntimeHead(model.decode_head).eval()
    return model
