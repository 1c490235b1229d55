"""Steps that fold a trained network into its deployed form.

Every step replaces modules of a network in place and returns nothing; none
changes a result beyond rounding. They are applied in the order of
:data:`STEPS`.
"""
from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from mmcv.cnn import ConvModule
from mmcv.cnn.bricks.wrappers import Conv2d, Conv3d
from torch import nn

from ..models.backbones.dstransnet_backbone import DeformBranch
from ..models.decode_heads import CSCEHead
from ..models.decode_heads.csce_head import DecoderStage, JoiningConvModule
from ..models.layers import (
    CentralDifferenceConv2d,
    ModulatedDeformConv2d,
    WTConv2d,
)
from ..models.necks.rdsf_neck import Reconstruction
from ..models.networks.repisdnet import EdgeCompensationConv
from .deployed_layers import (
    ExportedDeformConv2d,
    FoldedDecoderConv,
    FoldedWTConv2d,
)
from .weight_folding import conv_of, fold_norm, foldable, frozen

_SCALABLE = (nn.Conv1d, nn.Conv2d, nn.Conv3d, Conv2d, Conv3d,
             ModulatedDeformConv2d)
"""Layers whose output is linear in weight and bias. Subclasses do not
count, as they may compute with a function of their weight."""


def _replace(network: nn.Module, kind: type,
             build: Callable[[Any], nn.Module]) -> None:
    """Replace every module of a class by ``build(module)``."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, kind):
                setattr(parent, name, build(child))


def fold_central_differences(network: nn.Module) -> None:
    """Make ordinary convolutions of central-difference ones."""

    def build(conv: CentralDifferenceConv2d) -> nn.Module:
        weight, bias = conv.folded()
        return conv_of(
            weight,
            bias,
            conv.padding,
            conv.groups,
            stride=conv.stride,
            dilation=conv.dilation,
            padding_mode=conv.padding_mode)

    _replace(network, CentralDifferenceConv2d, build)


def fold_reparameterised_convs(network: nn.Module) -> None:
    """Make one convolution of the parallel branches of a training form."""
    _replace(network, EdgeCompensationConv, EdgeCompensationConv.folded)


def fold_batch_norms(network: nn.Module) -> None:
    """Fold batch norms into the ordinary convolutions before them.

    Up-sampling lies between the two in the neck; its weights sum to 1, so a
    factor and a shift per channel pass through it. Other norms, whose
    statistics depend on the input, stay, and so do those after other layers:
    central-difference convolutions have to be made ordinary beforehand.
    """
    modules = list(network.modules())
    holders = Counter(
        child for module in modules for child in module.children())
    for module in modules:
        if type(module).forward is nn.Sequential.forward:
            _fold_sequence(module, holders)
            continue
        if isinstance(module, ConvModule):
            if not module.with_norm or module.order[:2] != ('conv', 'norm'):
                continue
        elif not isinstance(module, (DeformBranch, Reconstruction)):
            continue
        if not _can_fold(module.conv, module.norm, holders):
            continue
        _fold_into(module.conv, module.norm)
        if isinstance(module, ConvModule):
            module.with_norm = False
            delattr(module, module.norm_name)
            # As a property it would look for the name that is gone.
            module.norm_name = None
        else:
            module.norm = nn.Identity()


def _fold_sequence(sequence: Any, holders: Counter) -> None:
    """Fold every batch norm that directly follows a convolution."""
    for number, (conv, norm) in enumerate(itertools.pairwise(sequence)):
        if _can_fold(conv, norm, holders):
            _fold_into(conv, norm)
            sequence[number + 1] = nn.Identity()


def _can_fold(conv: Any, norm: nn.Module, holders: Counter) -> bool:
    return (type(conv) in _SCALABLE and not conv._forward_pre_hooks
            and holders[conv] == 1 and foldable(norm))


def _fold_into(conv: Any, norm: nn.Module) -> None:
    weight, bias = fold_norm(conv.weight, conv.bias, norm)
    conv.weight, conv.bias = frozen(weight), frozen(bias)


def fold_wavelet_scales(network: nn.Module) -> None:
    """Fold the learned scales of wavelet convolutions into their filters."""
    _replace(network, WTConv2d, FoldedWTConv2d)


def fold_decoder_upsampling(network: nn.Module) -> None:
    """Split the decoder's kernels into those of the skip and deeper maps.

    Stages whose norm could not be folded beforehand stay as they are.
    """
    for stage in network.modules():
        if isinstance(stage, DecoderStage):
            join: Any = stage.convs[0]
            if isinstance(join, JoiningConvModule) and not join.with_norm:
                linear = cast(nn.Linear, stage.gate.skip_linear)
                stage.convs[0] = FoldedDecoderConv(join, linear.out_features)


def drop_side_outputs(network: nn.Module) -> None:
    """Remove the side outputs and their fusion, which only training needs."""
    for head in network.modules():
        if isinstance(head, CSCEHead) and head.deep_supervision:
            head.deep_supervision = False
            del head.side_convs, head.fuse_conv


def export_deform_convs(network: nn.Module, strips: bool = True) -> None:
    """Write deformable convolutions in operators of exported runtimes.

    Those whose output is smaller or larger than their input stay.

    Args:
        network (nn.Module): Changed in place.
        strips (bool): See :class:`ExportedDeformConv2d`. Defaults to True.
    """

    def build(conv: ModulatedDeformConv2d) -> nn.Module:
        reach = conv.geometry['dilation'] * (conv.weight.shape[-1] - 1)
        same = (conv.geometry['stride'] == 1
                and 2 * conv.geometry['padding'] == reach)
        return ExportedDeformConv2d(conv, strips) if same else conv

    _replace(network, ModulatedDeformConv2d, build)


STEPS: dict[str, Callable[[nn.Module], None]] = {
    'reparameterised': fold_reparameterised_convs,
    'central_difference': fold_central_differences,
    'batch_norm': fold_batch_norms,
    'wavelet_scale': fold_wavelet_scales,
    'upsampling': fold_decoder_upsampling,
    'side_outputs': drop_side_outputs,
}
"""The steps by name, in the order in which they are applied."""
