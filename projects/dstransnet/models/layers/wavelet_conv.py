"""Haar wavelet transform and the wavelet convolution built on it.

Reference:
    S. E. Finder, R. Amoyal, E. Treister, O. Freifeld, "Wavelet Convolutions
    for Large Receptive Fields", ECCV 2024.
"""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def _haar_butterfly(a: Tensor, b: Tensor, c: Tensor,
                    d: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Multiply by the orthonormal 4 x 4 Haar matrix (its own inverse)."""
    top, bottom = a + b, c + d
    left, right = a - b, c - d
    return ((top + bottom) * 0.5, (top - bottom) * 0.5,
            (left + right) * 0.5, (left - right) * 0.5)


def haar_analysis(x: Tensor) -> Tensor:
    """Split every channel into its four Haar (db1) sub-bands.

    For a 2 x 2 cell ``[[a, b], [c, d]]`` the bands are
    ``(a+b+c+d)/2, (a+b-c-d)/2, (a-b+c-d)/2, (a-b-c+d)/2``.

    Args:
        x (Tensor): Maps of shape (N, C, H, W), H and W even.

    Returns:
        Tensor: Sub-bands of shape (N, C, 4, H/2, W/2), low-pass first.

    Raises:
        ValueError: If H or W is odd.

    Examples:
        >>> import torch
        >>> haar_analysis(torch.ones(1, 1, 2, 2)).flatten().tolist()
        [2.0, 0.0, 0.0, 0.0]
    """
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        raise ValueError('haar_analysis expects even height and width, '
                         f'got {height} x {width}')
    cells = (x[..., 0::2, 0::2], x[..., 0::2, 1::2], x[..., 1::2, 0::2],
             x[..., 1::2, 1::2])
    return torch.stack(_haar_butterfly(*cells), dim=2)


def haar_synthesis(bands: Tensor) -> Tensor:
    """Invert :func:`haar_analysis`.

    Args:
        bands (Tensor): Sub-bands of shape (N, C, 4, H, W).

    Returns:
        Tensor: Maps of shape (N, C, 2H, 2W).

    Examples:
        >>> import torch
        >>> x = torch.arange(16.).view(1, 1, 4, 4)
        >>> torch.equal(haar_synthesis(haar_analysis(x)), x)
        True
    """
    cells = torch.stack(_haar_butterfly(*bands.unbind(dim=2)), dim=2)
    return F.pixel_shuffle(cells.flatten(1, 2), 2)


class ChannelScale(nn.Module):
    """A learned factor per channel, folded into a convolution's weight.

    Args:
        num_channels (int): Number of channels C.
        init (float): Initial value of every factor.
    """

    def __init__(self, num_channels: int, init: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((num_channels, 1, 1, 1), init))

    def fold(self, conv: nn.Conv2d) -> tuple[Tensor, Tensor | None]:
        """Return weight and bias of ``scale * conv``.

        Scaling a few hundred weights instead of whole maps gives the same
        result for a fraction of the memory traffic.
        """
        bias = conv.bias
        if bias is not None:
            bias = bias * self.weight.flatten()
        return conv.weight * self.weight, bias


class WTConv2d(nn.Module):
    r"""Depth-wise wavelet convolution (WTConv) with the Haar wavelet.

    At each of L levels the low-pass map is split by :func:`haar_analysis`,
    all 4C sub-bands go through a depth-wise convolution and a learned scale,
    and the filtered bands are inverse-transformed from the deepest level up.
    The *unfiltered* low-pass band feeds the next level. A scaled depth-wise
    convolution of the input is added. Odd sizes are zero-padded by one on the
    right and bottom before a split and cropped again on the way up.

    Args:
        channels (int): Number of input and output channels C.
        kernel_size (int): Size of all depth-wise kernels, odd. Defaults to 5.
        levels (int): Number of wavelet levels L. Defaults to 3.
        wavelet_scale (float): Initial scale of the filtered sub-bands.
            Defaults to 0.1.

    Shape:
        Input and output (N, C, H, W), any H, W >= 1.

    Raises:
        ValueError: If ``kernel_size`` is even or ``levels`` is negative.

    Reference:
        Finder et al., "Wavelet Convolutions for Large Receptive Fields",
        ECCV 2024, section 3.
    """

    def __init__(self,
                 channels: int,
                 kernel_size: int = 5,
                 levels: int = 3,
                 wavelet_scale: float = 0.1) -> None:
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(
                f'kernel_size must be odd, got {kernel_size}')
        if levels < 0:
            raise ValueError(f'levels must be at least 0, got {levels}')
        self.base_conv = self._depthwise(channels, kernel_size, bias=True)
        self.base_scale = ChannelScale(channels, 1.0)
        self.wavelet_convs = nn.ModuleList(
            self._depthwise(4 * channels, kernel_size, bias=False)
            for _ in range(levels))
        self.wavelet_scales = nn.ModuleList(
            ChannelScale(4 * channels, wavelet_scale) for _ in range(levels))

    @staticmethod
    def _depthwise(channels: int, kernel_size: int, bias: bool) -> nn.Conv2d:
        return nn.Conv2d(
            channels,
            channels,
            kernel_size,
            padding=kernel_size // 2,
            groups=channels,
            bias=bias)

    @staticmethod
    def _scaled_conv(x: Tensor, conv: nn.Module,
                     scale: nn.Module) -> Tensor:
        assert isinstance(conv, nn.Conv2d)
        assert isinstance(scale, ChannelScale)
        weight, bias = scale.fold(conv)
        return F.conv2d(
            x, weight, bias, padding=conv.padding, groups=conv.groups)

    def _filter_bands(self, x: Tensor) -> list[tuple[Tensor, tuple[int, int]]]:
        """Return per level the filtered sub-bands and the size to crop to."""
        filtered = []
        low = x
        for conv, scale in zip(self.wavelet_convs, self.wavelet_scales):
            height, width = low.shape[-2:]
            if height % 2 or width % 2:
                low = F.pad(low, (0, width % 2, 0, height % 2))
            bands = haar_analysis(low)
            low = bands[:, :, 0]
            out = self._scaled_conv(bands.flatten(1, 2), conv, scale)
            filtered.append((out.view_as(bands), (height, width)))
        return filtered

    def forward(self, x: Tensor) -> Tensor:
        """Filter ``x`` of shape (N, C, H, W); the shape stays the same."""
        out = self._scaled_conv(x, self.base_conv, self.base_scale)
        below: Tensor | None = None
        for bands, (height, width) in reversed(self._filter_bands(x)):
            if below is not None:
                low = (bands[:, :, 0] + below).unsqueeze(2)
                bands = torch.cat((low, bands[:, :, 1:]), dim=2)
            below = haar_synthesis(bands)[..., :height, :width]
        return out if below is None else out + below
