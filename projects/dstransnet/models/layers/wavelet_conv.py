"""Haar wavelet transform and the wavelet convolution built on it.

Reference:
    S. E. Finder, R. Amoyal, E. Treister, O. Freifeld, "Wavelet Convolutions
    for Large Receptive Fields", ECCV 2024.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .depthwise_conv import DepthwiseConv2d, depthwise_conv2d
from .module_hooks import has_hooks

Bands = tuple[Tensor, Tensor, Tensor, Tensor]


def _sums_and_differences(a: Tensor, b: Tensor, c: Tensor,
                          d: Tensor) -> Bands:
    """Multiply by twice the 4 x 4 Haar matrix; twice over it is 4."""
    top, bottom = a + b, c + d
    left, right = a - b, c - d
    return top + bottom, top - bottom, left + right, left - right


def haar_analysis(x: Tensor) -> Bands:
    """Split maps into twice their four Haar (db1) sub-bands.

    For a 2 x 2 cell ``[[a, b], [c, d]]`` the bands are
    ``a+b+c+d, a+b-c-d, a-b+c-d, a-b-c+d``. The orthonormal transform has half
    of that; its factors are left to the filters between analysis and
    synthesis, where they cost nothing.

    Args:
        x (Tensor): Maps of shape (N, C, H, W), H and W even.

    Returns:
        tuple[Tensor, ...]: Four maps of shape (N, C, H/2, W/2), the low-pass
        band first.

    Raises:
        ValueError: If H or W is odd.

    Examples:
        >>> import torch
        >>> [band.item() for band in haar_analysis(torch.ones(1, 1, 2, 2))]
        [4.0, 0.0, 0.0, 0.0]
    """
    height, width = x.shape[-2:]
    if height % 2 or width % 2:
        raise ValueError('haar_analysis expects even height and width, '
                         f'got {height} x {width}')
    return _sums_and_differences(x[..., 0::2, 0::2], x[..., 0::2, 1::2],
                                 x[..., 1::2, 0::2], x[..., 1::2, 1::2])


def haar_synthesis(bands: Bands) -> Tensor:
    """Invert :func:`haar_analysis`, times 4.

    Args:
        bands (tuple[Tensor, ...]): Four maps of shape (N, C, H, W).

    Returns:
        Tensor: Maps of shape (N, C, 2H, 2W), in the memory format of the
        bands.

    Examples:
        >>> import torch
        >>> x = torch.arange(16.).view(1, 1, 4, 4)
        >>> torch.equal(haar_synthesis(haar_analysis(x)), 4 * x)
        True
    """
    # Channels last, so that C values stay together.
    a, b, c, d = (
        cell.permute(0, 2, 3, 1) for cell in _sums_and_differences(*bands))
    rows = (torch.stack((a, b), dim=3), torch.stack((c, d), dim=3))
    n, height, width, channels = a.shape
    maps = torch.stack(rows, dim=2).view(n, 2 * height, 2 * width, channels)
    return maps.permute(0, 3, 1, 2)


class ChannelScale(nn.Module):
    """A learned factor per channel, folded into a convolution's weight.

    Args:
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


def fold_band_filter(conv: nn.Conv2d, scale: ChannelScale) -> Tensor:
    """Return the filter of one level's bands, in the order of the bands.

    Args:
        conv (nn.Conv2d): Depth-wise convolution of 4C maps; map 4c + s is
            sub-band s of channel c.
        scale (ChannelScale): Their learned factors.

    Returns:
        Tensor: Weight of shape (4C, 1, kh, kw); map s C + c is sub-band s of
        channel c. It holds the factor of 1/4 that :func:`haar_analysis` and
        :func:`haar_synthesis` leave out together; with the mean of a cell
        as the next level's input, it is the same for every level.
    """
    weight, _ = scale.fold(conv)
    by_band = weight.unflatten(0, (-1, 4)).transpose(0, 1).flatten(0, 1)
    return by_band * 0.25


class WTConv2d(nn.Module):
    r"""Depth-wise wavelet convolution (WTConv) with the Haar wavelet.

    At each of L levels the low-pass map is split by :func:`haar_analysis`,
    all 4C sub-bands go through a depth-wise convolution and a learned scale,
    and the filtered bands are inverse-transformed from the deepest level up.
    The *unfiltered* low-pass band feeds the next level. A scaled depth-wise
    convolution of the input is added. Odd sizes are zero-padded by one on the
    right and bottom before a split and cropped again on the way up.

    Scales are folded into the weights of the convolutions, which are called
    themselves where they have hooks, see :func:`has_hooks`.

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
        self.base_conv = DepthwiseConv2d(channels, kernel_size, bias=True)
        self.base_scale = ChannelScale(channels, 1.0)
        self.wavelet_convs = nn.ModuleList(
            DepthwiseConv2d(4 * channels, kernel_size)
            for _ in range(levels))
        self.wavelet_scales = nn.ModuleList(
            ChannelScale(4 * channels, wavelet_scale) for _ in range(levels))

    def _levels(self) -> Iterator[tuple[nn.Conv2d, ChannelScale]]:
        """Return convolution and scale of every level, finest first."""
        return zip(
            cast(Iterable[nn.Conv2d], self.wavelet_convs),
            cast(Iterable[ChannelScale], self.wavelet_scales))

    def band_filters(self) -> list[Tensor]:
        """Return the filter of every level, finest first."""
        return [fold_band_filter(*level) for level in self._levels()]

    def forward(self, x: Tensor) -> Tensor:
        """Filter ``x`` of shape (N, C, H, W); the shape stays the same."""
        if has_hooks(self.base_conv) or any(map(has_hooks,
                                                self.wavelet_convs)):
            base = self.base_conv(x) * self.base_scale.weight.flatten(1, 2)
            scaled = [partial(_scaled_conv, *each) for each in self._levels()]
            return filter_wavelets(x, scaled, base)
        base = depthwise_conv2d(x, *self.base_scale.fold(self.base_conv))
        filters = [partial(depthwise_conv2d, weight=weight)
                   for weight in self.band_filters()]
        return filter_wavelets(x, filters, base)


def _scaled_conv(conv: nn.Conv2d, scale: ChannelScale,
                 bands: Tensor) -> Tensor:
    """Filter bands by the layers that :func:`fold_band_filter` folds."""
    maps = bands.unflatten(1, (4, -1)).transpose(1, 2).flatten(1, 2)
    maps = conv(maps / 2) * scale.weight.flatten(1, 2) / 2
    return maps.unflatten(1, (-1, 4)).transpose(1, 2).flatten(1, 2)


def filter_wavelets(x: Tensor, filters: Iterable[Callable[[Tensor], Tensor]],
                    base: Tensor) -> Tensor:
    """Filter the wavelet levels of ``x`` and add the result to ``base``.

    Args:
        x (Tensor): Maps of shape (N, C, H, W).
        filters (Iterable[Callable]): Depth-wise filter of each level, finest
            first; maps bands (N, 4C, H', W') to their shape, map s C + c
            being sub-band s of channel c, see :func:`fold_band_filter`.
        base (Tensor): Shape (N, C, H, W).

    Returns:
        Tensor: Shape (N, C, H, W).
    """
    filtered: list[tuple[tuple[Tensor, ...], tuple[int, int]]] = []
    low = x
    for band_filter in filters:
        height, width = low.shape[-2:]
        # A trace must fit sizes whose parity differs.
        if torch.jit.is_tracing() or height % 2 or width % 2:
            low = F.pad(low, (0, width % 2, 0, height % 2))
        bands = haar_analysis(low)
        low = bands[0] * 0.25  # the mean of a cell, which half types hold
        maps = band_filter(torch.cat(bands, dim=1))
        filtered.append((maps.chunk(4, dim=1), (height, width)))
    below: Tensor | None = None
    for maps_of_level, (height, width) in reversed(filtered):
        low, horizontal, vertical, diagonal = maps_of_level
        low = low if below is None else low + below
        below = haar_synthesis((low, horizontal, vertical, diagonal))
        below = below[..., :height, :width]
    return base if below is None else base + below
