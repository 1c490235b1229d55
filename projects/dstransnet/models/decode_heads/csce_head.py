"""CSCE decode head of DSTransNet: reconstruction with deep supervision.

Reference:
    R. Huang et al., "DSTransNet: Dynamic Feature Selection Network With
    Feature Enhancement and Multiattention for Infrared Small Target
    Detection", IEEE TGRS 63, 2025. The release applies a sigmoid inside the
    network; here every output is a logit.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import (
    CSCEGate,
    activation_checkpoint,
    conv_skip_and_upsampled,
    has_hooks,
)
from .binary_decode_head import BinaryDecodeHead


class JoiningConvModule(ConvModule):
    """Conv3x3 of ``[skip, nearest up-sampled deeper]`` - norm - activation.

    The up-sampled and the joined map are never computed, see
    :func:`conv_skip_and_upsampled`, unless the convolution has hooks, see
    :func:`has_hooks`.
    """

    def forward(self, skip: Tensor, deeper: Tensor) -> Tensor:
        """Map (N, C_s, 2H, 2W) and (N, C_d, H, W) to (N, C_out, 2H, 2W)."""
        if has_hooks(self.conv):
            deeper = F.interpolate(deeper, scale_factor=2)
            return super().forward(torch.cat((skip, deeper), dim=1))
        out = conv_skip_and_upsampled(skip, deeper, self.conv.weight,
                                      self.conv.bias)
        return self.activate(self.norm(out) if self.with_norm else out)


class DecoderStage(nn.Module):
    """One step up: nearest x2, gate the skip, concatenate, two Conv3x3.

    Args:
        gate_kernel_size (int): Kernel of the spatial gate.

    Shape:
        Input: deeper (N, C_u, H/2, W/2), skip (N, C_s, H, W).
        Output: (N, C_out, H, W).
    """

    def __init__(self, skip_channels: int, up_channels: int,
                 out_channels: int, gate_kernel_size: int,
                 norm_cfg: dict) -> None:
        super().__init__()
        self.gate: nn.Module = CSCEGate(
            skip_channels, up_channels, gate_kernel_size)
        conv: dict[str, Any] = dict(
            kernel_size=3, padding=1, bias=True, norm_cfg=norm_cfg)
        self.convs = nn.ModuleList((
            JoiningConvModule(skip_channels + up_channels, out_channels,
                              **conv),
            ConvModule(out_channels, out_channels, **conv)))

    def forward(self, deeper: Tensor, skip: Tensor) -> Tensor:
        """Return the decoded map at the size of ``skip``."""
        join, refine = self.convs
        return refine(join(self.gate(skip, deeper), deeper))


@MODELS.register_module()
class CSCEHead(BinaryDecodeHead):
    """Decode head that returns one target logit per pixel.

    At inference only the finest output ``out`` is computed. In training with
    ``deep_supervision`` there are six maps for five scales: ``side4`` ..
    ``side1`` (from the coarsest map and the stages above it, brought to full
    size by bilinear interpolation with aligned corners), ``fused`` (a 1 x 1
    convolution of the sides and ``out``), and ``out``; the loss is the sum of
    ``loss_decode`` over all of them, each logged as ``<loss name>_<map>``.

    Args:
        in_channels (Sequence[int]): Channels of the input maps, finest first.
            Defaults to (32, 64, 128, 256, 256).
        stage_channels (Sequence[int]): Output channels of the stages, from
            the deepest up. Defaults to (128, 64, 32, 32).
        gate_kernel_size (int): Kernel of the spatial gates. Defaults to 7.
        deep_supervision (bool): Whether the side outputs and their fusion
            exist and are trained. Defaults to True.
        threshold (float): A pixel is target where its probability is
            strictly greater. Defaults to 0.5.
        norm_cfg (dict): Config of the norm layers. Defaults to
            ``dict(type='BN')``.
        loss_decode (dict | Sequence[dict]): One or several losses on logits;
            those of this project, and mmseg's CrossEntropyLoss
            (``use_sigmoid=True``), DiceLoss, FocalLoss and LovaszLoss
            (binary). Defaults to binary cross-entropy.
        with_cp (bool): Whether to checkpoint the activations of each stage in
            training, see :func:`activation_checkpoint`: less memory, more
            time, equal results. Defaults to False.
        init_cfg (dict, optional): Defaults to the release's initialisation.
        **kwargs: Passed on to :class:`BinaryDecodeHead`.

    Shape:
        Input: S maps; map i is (N, in_channels[i], H / 2^i, W / 2^i).
        Output: logits (N, 1, H, W).

    Raises:
        InputError: If ``stage_channels`` is not one shorter than
            ``in_channels``, or for the reasons of :class:`BinaryDecodeHead`.
    """

    def __init__(self,
                 in_channels: Sequence[int] = (32, 64, 128, 256, 256),
                 stage_channels: Sequence[int] = (128, 64, 32, 32),
                 gate_kernel_size: int = 7,
                 deep_supervision: bool = True,
                 threshold: float = 0.5,
                 norm_cfg: dict = dict(type='BN'),
                 loss_decode: dict | Sequence[dict] = dict(
                     type='CrossEntropyLoss',
                     use_sigmoid=True,
                     loss_name='loss_bce'),
                 with_cp: bool = False,
                 init_cfg: dict | list[dict]
                 | None = dict(type='DSTransNetInit'),
                 **kwargs: Any) -> None:
        if len(stage_channels) != len(in_channels) - 1:
            raise InputError(
                'stage_channels must be one shorter than in_channels, got '
                f'{len(stage_channels)} and {len(in_channels)}')
        kwargs.setdefault('in_index', tuple(range(len(in_channels))))
        super().__init__(
            in_channels=tuple(in_channels),
            channels=stage_channels[-1],
            threshold=threshold,
            norm_cfg=norm_cfg,
            loss_decode=loss_decode,
            init_cfg=init_cfg,
            input_transform='multiple_select',
            **kwargs)
        *skips, deepest = in_channels
        ups = [deepest, *stage_channels[:-1]]
        self.stages = nn.ModuleList(
            DecoderStage(skip, up, out, gate_kernel_size, norm_cfg)
            for skip, up, out in zip(reversed(skips), ups, stage_channels))
        self.with_cp = with_cp
        self.deep_supervision = deep_supervision
        if deep_supervision:
            self.side_convs = nn.ModuleList(
                nn.Conv2d(channels, 1, 1) for channels in ups)
            self.fuse_conv = nn.Conv2d(len(ups) + 1, 1, 1)

    def _decode(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the deepest map followed by the output of every stage."""
        *skips, deepest = self._transform_inputs(inputs)
        decoded = [deepest]
        for stage, skip in zip(self.stages, reversed(skips)):
            decoded.append(
                activation_checkpoint(
                    stage, decoded[-1], skip, with_cp=self.with_cp))
        return decoded

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the logits ``out``, shape (N, 1, H, W)."""
        return self.cls_seg(self._decode(inputs)[-1])

    def forward_all(self, inputs: Sequence[Tensor]) -> dict[str, Tensor]:
        """Return every supervised map of logits by name.

        Returns:
            dict[str, Tensor]: Maps of shape (N, 1, H, W): ``side4`` ..
            ``side1``, ``fused``, ``out``; only ``out`` without deep
            supervision.
        """
        *coarse, finest = self._decode(inputs)
        out = self.cls_seg(finest)
        if not self.deep_supervision:
            return dict(out=out)
        logits = {}
        for number, (conv, x) in enumerate(zip(self.side_convs, coarse)):
            logits[f'side{len(coarse) - number}'] = F.interpolate(
                conv(x),
                size=out.shape[-2:],
                mode='bilinear',
                align_corners=True)
        logits['fused'] = self.fuse_conv(
            torch.cat((*logits.values(), out), dim=1))
        logits['out'] = out
        return logits
