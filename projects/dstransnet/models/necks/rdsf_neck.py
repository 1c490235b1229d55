"""RDSF neck of DSTransNet: feature selection across scales.

Reference:
    R. Huang et al., "DSTransNet: Dynamic Feature Selection Network With
    Feature Enhancement and Multiattention for Infrared Small Target
    Detection", IEEE TGRS 63, 2025. The position embeddings of the authors'
    release are never used there and do not exist here.
"""
from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from ...utils.errors import InputError
from ..layers import (
    CFN,
    LayerNorm2d,
    PatchEmbedding,
    RDSFAttention,
    activation_checkpoint,
)


class RDSFBlock(nn.Module):
    """Attention across scales, then a feed-forward network per scale.

    Both are residual and normalised first.

    Args:
        channels (Sequence[int]): Channels C_i of the scales.
        expansion (float): See :class:`CFN`.
        eca_kernel_size (int): See :class:`CFN`.

    Shape:
        Input and output: S maps (N, C_i, H, W) of one size.
    """

    def __init__(self, channels: Sequence[int], expansion: float,
                 eca_kernel_size: int) -> None:
        super().__init__()
        self.attention_norms = nn.ModuleList(map(LayerNorm2d, channels))
        self.joint_norm = LayerNorm2d(sum(channels))
        self.attention = RDSFAttention(channels)
        self.ffn_norms = nn.ModuleList(map(LayerNorm2d, channels))
        self.ffns = nn.ModuleList(
            CFN(c, expansion, eca_kernel_size) for c in channels)

    def forward(self, scales: Sequence[Tensor]) -> list[Tensor]:
        """Return the maps of all scales; shapes stay the same."""
        joint = self.joint_norm(torch.cat(tuple(scales), dim=1))
        normed = [norm(x) for norm, x in zip(self.attention_norms, scales)]
        selected = self.attention(normed, joint)
        scales = [x + out for x, out in zip(scales, selected)]
        return [
            x + ffn(norm(x))
            for x, norm, ffn in zip(scales, self.ffn_norms, self.ffns)
        ]


class Reconstruction(nn.Module):
    """Bring a token map back to its scale: up-sample - Conv1x1 - BN - ReLU.

    The convolution runs before the bilinear up-sampling instead of after it.
    Both are linear and the interpolation weights of a pixel sum to 1, so the
    result is the same for 1 / factor^2 of the products.

    Args:
        factor (int): Up-sampling factor.
        mode (str): ``'bilinear'`` or ``'nearest'``. Defaults to the first.

    Shape:
        Input (N, C, H, W), output (N, C, factor * H, factor * W).
    """

    def __init__(self,
                 channels: int,
                 factor: int,
                 norm_cfg: dict,
                 mode: str = 'bilinear') -> None:
        super().__init__()
        self.factor = factor
        self.mode = mode
        self.conv = nn.Conv2d(channels, channels, 1)
        self.norm = build_norm_layer(norm_cfg, channels)[1]
        self.activate = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C, factor * H, factor * W)."""
        x = F.interpolate(
            self.conv(x), scale_factor=self.factor, mode=self.mode)
        return self.activate(self.norm(x))


@MODELS.register_module()
class RDSFNeck(BaseModule):
    """Feature selection of DSTransNet.

    Patch embeddings bring the first S maps to one coarse grid, where
    ``num_blocks`` blocks of channel attention exchange information. Each map
    is then up-sampled to its size and added to the input. Deeper maps pass
    unchanged.

    Args:
        in_channels (Sequence[int]): Channels of the S selected scales.
            Defaults to (32, 64, 128, 256).
        patch_sizes (Sequence[int]): Patch side of each scale in its own
            pixels; all must lead to the same grid. Defaults to (16, 8, 4, 2).
        num_blocks (int): Number of blocks. Defaults to 4.
        expansion (float): Expansion of the feed-forward networks. Defaults to
            2.66.
        eca_kernel_size (int): Kernel of their channel gates. Defaults to 3.
        norm_cfg (dict): Config of the batch norms. Defaults to
            ``dict(type='BN')``.
        with_cp (bool): Whether to checkpoint the activations of each block in
            training, see :func:`activation_checkpoint`: less memory, more
            time, equal results. Defaults to False.
        init_cfg (dict, optional): Defaults to the release's initialisation.

    Shape:
        Input and output: at least S maps; shapes stay the same.

    Raises:
        InputError: If the arguments differ in length, there are fewer maps
            than S, or the patch grids of the maps differ.
    """

    def __init__(self,
                 in_channels: Sequence[int] = (32, 64, 128, 256),
                 patch_sizes: Sequence[int] = (16, 8, 4, 2),
                 num_blocks: int = 4,
                 expansion: float = 2.66,
                 eca_kernel_size: int = 3,
                 norm_cfg: dict = dict(type='BN'),
                 with_cp: bool = False,
                 init_cfg: dict | list[dict]
                 | None = dict(type='DSTransNetInit')) -> None:
        super().__init__(init_cfg)
        if len(in_channels) != len(patch_sizes):
            raise InputError(
                'in_channels and patch_sizes must have one entry per scale, '
                f'got {len(in_channels)} and {len(patch_sizes)}')
        self.patch_sizes = tuple(patch_sizes)
        self.with_cp = with_cp
        self.embeddings = nn.ModuleList(
            PatchEmbedding(c, patch)
            for c, patch in zip(in_channels, patch_sizes))
        self.blocks = nn.ModuleList(
            RDSFBlock(in_channels, expansion, eca_kernel_size)
            for _ in range(num_blocks))
        self.norms = nn.ModuleList(map(LayerNorm2d, in_channels))
        self.reconstructions = nn.ModuleList(
            Reconstruction(c, patch, norm_cfg)
            for c, patch in zip(in_channels, patch_sizes))

    def _check_sizes(self, inputs: Sequence[Tensor]) -> None:
        count = len(self.embeddings)
        if len(inputs) < count:
            raise InputError(
                f'expected at least {count} feature maps, got {len(inputs)}')
        sizes = [x.shape[-2:] for x in inputs[:count]]
        patches = self.patch_sizes
        rows, columns = (side // patches[0] for side in sizes[0])
        if any(height != p * rows or width != p * columns
               for (height, width), p in zip(sizes, patches)):
            shown = [tuple(map(int, size)) for size in sizes]
            raise InputError(
                f'patches of {patches} pixels do not cut feature maps of '
                f'{shown} (height, width) into one grid')

    def forward(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the refined maps, followed by the untouched deeper ones."""
        self._check_sizes(inputs)
        scales = [embed(x) for embed, x in zip(self.embeddings, inputs)]
        for block in self.blocks:
            scales = activation_checkpoint(block, scales, with_cp=self.with_cp)
        refined = [
            reconstruct(norm(x)) + skip for x, norm, reconstruct, skip in zip(
                scales, self.norms, self.reconstructions, inputs)
        ]
        return (*refined, *inputs[len(refined):])
