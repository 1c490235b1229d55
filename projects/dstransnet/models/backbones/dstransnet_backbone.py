"""Backbone of DSTransNet: five ESR blocks with max-pooling between them.

Reference:
    R. Huang, J. Huang, Y. Ma, F. Fan, Y. Zhu, "DSTransNet: Dynamic Feature
    Selection Network With Feature Enhancement and Multiattention for Infrared
    Small Target Detection", IEEE TGRS 63, 2025. The authors' release
    (Apache-2.0) is followed; its branches that never reach the output (a plain
    residual encoder, the second half of every wavelet branch) do not exist
    here.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule, build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import (
    CentralDifferenceConv2d,
    ModulatedDeformConv2d,
    WTConv2d,
    activation_checkpoint,
    check_image_size,
    grey_channel,
    has_hooks,
)


class DeformBranch(nn.Module):
    """Modulated deformable convolution - norm - LeakyReLU.

    Args:
        impl (str): See :class:`ModulatedDeformConv2d`.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int,
                 impl: str, norm_cfg: dict) -> None:
        super().__init__()
        self.conv = ModulatedDeformConv2d(
            in_channels,
            out_channels,
            kernel_size,
            padding=kernel_size // 2,
            impl=impl)
        self.norm = build_norm_layer(norm_cfg, out_channels)[1]
        self.activate = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        return self.activate(self.norm(self.conv(x)))


class WaveletBranch(nn.Module):
    """Wavelet convolution with a projection shortcut.

    ``LeakyReLU(BN(Conv1x1(WTConv(x))) + shortcut(x))``; the shortcut is
    BN(Conv1x1(x)), or the identity where the channels stay the same.

    Args:
        kernel_size (int): Side of the depth-wise kernels, odd.
        levels (int): Number of wavelet levels.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int,
                 levels: int, norm_cfg: dict) -> None:
        super().__init__()
        point_wise: dict[str, Any] = dict(
            kernel_size=1, bias=True, norm_cfg=norm_cfg, act_cfg=None)
        self.wavelet = WTConv2d(in_channels, kernel_size, levels)
        self.project = ConvModule(in_channels, out_channels, **point_wise)
        self.shortcut = (
            nn.Identity() if in_channels == out_channels else ConvModule(
                in_channels, out_channels, **point_wise))
        self.activate = nn.LeakyReLU(0.01, inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        return self.activate(
            self.project(self.wavelet(x)) + self.shortcut(x))


class FusingConvModule(ConvModule):
    """Conv3x3 of several maps side by side - norm - activation.

    The convolution is linear in the maps, so each gets its own part of the
    kernel and the results are added. The joined map is not computed, unless
    the convolution has hooks, see :func:`has_hooks`.
    """

    def forward(self, *maps: Tensor) -> Tensor:
        """Map several (N, C_i, H, W), of C_in channels in all, to
        (N, C_out, H, W)."""
        if has_hooks(self.conv):
            return super().forward(torch.cat(maps, dim=1))
        first, *others = self.conv.weight.split(
            [each.shape[1] for each in maps], dim=1)
        out = F.conv2d(maps[0], first, self.conv.bias, padding=1)
        for each, part in zip(maps[1:], others):
            out += F.conv2d(each, part, padding=1)
        return self.activate(self.norm(out) if self.with_norm else out)


class ESRBlock(nn.Module):
    """Deformable, central-difference and wavelet branch, fused.

    The branches run in parallel; Conv3x3 - BN - ReLU joins them.

    Args:
        out_channels (int): Channels of each branch and of the output.
        wavelet_levels (int): Levels of the wavelet branch.
        wavelet_kernel_size (int): Depth-wise kernel of that branch. Defaults
            to 5.
        deform_kernel_size (int): Kernel of the deformable convolution.
            Defaults to 5.
        theta (float): Weight of the central difference. Defaults to 0.7.
        deform_impl (str): See :class:`ModulatedDeformConv2d`. Defaults to
            ``'auto'``.
        norm_cfg (dict): Config of the norm layers. Defaults to
            ``dict(type='BN')``.

    Shape:
        Input (N, C_in, H, W), output (N, C_out, H, W).
    """

    def __init__(self,
                 in_channels: int,
                 out_channels: int,
                 wavelet_levels: int,
                 wavelet_kernel_size: int = 5,
                 deform_kernel_size: int = 5,
                 theta: float = 0.7,
                 deform_impl: str = 'auto',
                 norm_cfg: dict = dict(type='BN')) -> None:
        super().__init__()
        self.deform = DeformBranch(in_channels, out_channels,
                                   deform_kernel_size, deform_impl, norm_cfg)
        self.difference = ConvModule(
            in_channels,
            out_channels,
            3,
            padding=1,
            bias=True,
            conv_cfg=dict(type=CentralDifferenceConv2d, theta=theta),
            norm_cfg=norm_cfg)
        self.wavelet = WaveletBranch(in_channels, out_channels,
                                     wavelet_kernel_size, wavelet_levels,
                                     norm_cfg)
        self.fuse = FusingConvModule(
            3 * out_channels,
            out_channels,
            3,
            padding=1,
            bias=True,
            norm_cfg=norm_cfg)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C_in, H, W) to (N, C_out, H, W)."""
        return self.fuse(self.deform(x), self.difference(x), self.wavelet(x))


@MODELS.register_module()
class DSTransNetBackbone(BaseModule):
    """Feature extraction of DSTransNet (figure 2 of the paper, left).

    Args:
        in_channels (int): Channels of the image; 1 takes the middle one of
            three. Defaults to 3.
        base_channels (int): Width B of the first scale. Defaults to 32.
        width_multipliers (Sequence[int]): Width of each scale in units of B;
            its length is the number of scales. Defaults to (1, 2, 4, 8, 8).
        wavelet_levels (Sequence[int]): Wavelet levels of each scale. Defaults
            to (7, 6, 5, 4, 3).
        wavelet_kernel_size (int): Defaults to 5.
        deform_kernel_size (int): Defaults to 5.
        theta (float): Weight of the central difference. Defaults to 0.7.
        deform_impl (str): Implementation of the deformable convolution, see
            :class:`ModulatedDeformConv2d`. Defaults to ``'auto'``.
        norm_cfg (dict): Config of the norm layers. Defaults to
            ``dict(type='BN')``.
        with_cp (bool): Whether to checkpoint the activations of each block in
            training, see :func:`activation_checkpoint`: less memory, more
            time, equal results. Defaults to False.
        init_cfg (dict, optional): Defaults to the release's initialisation.

    Shape:
        Input: images (N, in_channels, H, W), H and W multiples of
        ``2**(S - 1)`` for S scales (16 by default).
        Output: S maps; map i is (N, B * width_multipliers[i], H / 2^i,
        W / 2^i).

    Raises:
        InputError: If ``wavelet_levels`` and ``width_multipliers`` differ in
            length, or an image's size is not a multiple as above.
    """

    def __init__(self,
                 in_channels: int = 3,
                 base_channels: int = 32,
                 width_multipliers: Sequence[int] = (1, 2, 4, 8, 8),
                 wavelet_levels: Sequence[int] = (7, 6, 5, 4, 3),
                 wavelet_kernel_size: int = 5,
                 deform_kernel_size: int = 5,
                 theta: float = 0.7,
                 deform_impl: str = 'auto',
                 norm_cfg: dict = dict(type='BN'),
                 with_cp: bool = False,
                 init_cfg: dict | list[dict]
                 | None = dict(type='DSTransNetInit')) -> None:
        super().__init__(init_cfg)
        if len(wavelet_levels) != len(width_multipliers):
            raise InputError(
                'wavelet_levels and width_multipliers must have one entry per '
                f'scale, got {len(wavelet_levels)} and '
                f'{len(width_multipliers)}')
        self.in_channels = in_channels
        widths = [base_channels * m for m in width_multipliers]
        self.stages = nn.ModuleList(
            ESRBlock(
                c_in,
                c_out,
                levels,
                wavelet_kernel_size=wavelet_kernel_size,
                deform_kernel_size=deform_kernel_size,
                theta=theta,
                deform_impl=deform_impl,
                norm_cfg=norm_cfg)
            for c_in, c_out, levels in zip([in_channels] + widths[:-1],
                                           widths, wavelet_levels))
        self.pool = nn.MaxPool2d(2)
        self.with_cp = with_cp
        self.size_divisor = 2**(len(widths) - 1)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Return one map per scale, finest first."""
        check_image_size(x, self.size_divisor, self.training)
        x = grey_channel(x, self.in_channels)
        # Every map after it keeps this format.
        x = x.contiguous(memory_format=torch.channels_last)
        features: list[Tensor] = []
        for stage in self.stages:
            x = self.pool(x) if features else x
            x = activation_checkpoint(stage, x, with_cp=self.with_cp)
            features.append(x)
        return tuple(features)
