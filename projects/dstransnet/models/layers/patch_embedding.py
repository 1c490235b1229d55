"""Embedding of patches that do not overlap."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def embed_patches(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Convolve at a stride of the kernel's size, as one matrix product.

    Args:
        x (Tensor): Maps of shape (N, C, P H, P W).
        weight (Tensor): Kernel of shape (O, C, P, P).
        bias (Tensor, optional): Shape (O, ).

    Returns:
        Tensor: Shape (N, O, H, W), channels last in memory.

    Examples:
        >>> import torch
        >>> x, weight = torch.rand(1, 2, 6, 9), torch.rand(4, 2, 3, 3)
        >>> out = embed_patches(x, weight, None)
        >>> torch.allclose(out, F.conv2d(x, weight, stride=3), atol=1e-5)
        True
    """
    n, channels, height, width = x.shape
    side = weight.shape[-1]
    rows = x.permute(0, 2, 3, 1).reshape(n, height // side, side,
                                         width // side, side * channels)
    patches = rows.transpose(2, 3).flatten(3)
    matrix = weight.permute(0, 2, 3, 1).flatten(1)
    return F.linear(patches, matrix, bias).permute(0, 3, 1, 2)


def _computes_in_bfloat16(x: Tensor) -> bool:
    if torch.is_autocast_enabled('cpu'):
        return torch.get_autocast_dtype('cpu') == torch.bfloat16
    return x.dtype == torch.bfloat16


class PatchEmbedding(nn.Conv2d):
    """Convolution whose stride is its kernel's size, with bias.

    In bfloat16 on CPUs it is a matrix product: oneDNN 3.12, which PyTorch
    2.13 calls there, returns wrong values for 16 or fewer channels and
    patches of 8 x 8 and more on processors with AMX. The product is also the
    faster form there; in float32 the convolution is, as it copies nothing.

    Args:
        patch_size (int): Side P of a patch in pixels.

    Shape:
        Input (N, C, P H, P W), output (N, C, H, W).
    """

    def __init__(self, channels: int, patch_size: int) -> None:
        super().__init__(channels, channels, patch_size, stride=patch_size)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, P H, P W) to (N, C, H, W)."""
        if x.device.type == 'cpu' and _computes_in_bfloat16(x):
            return embed_patches(x, self.weight, self.bias)
        return super().forward(x)
