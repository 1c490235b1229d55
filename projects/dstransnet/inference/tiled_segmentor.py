"""Segmentation of frames by overlapping tiles.

mmseg's own sliding window (``test_cfg=dict(mode='slide', crop_size=...,
stride=...)``) takes one tile at a time and the mean of the logits where tiles
overlap. Here tiles come in batches (``tile_batch`` beside those settings), and
their probabilities are averaged, each pixel weighted by its distance to the
edge of the tile.

Probabilities are averaged since a saturated network has logits of +-30: a mean
of logits lets a tile that saw half of a target (-30, weight 0.1) outvote the
tile that saw all of it (+3, weight 0.9). The views of test-time augmentation
are averaged in the same way (:mod:`..models.tta`).

The framework needs logits again. In float32 a mean probability p close to 1
has lost 1 - p, so the weighted sums of p and of 1 - p are both kept, and the
logit is the difference of their logarithms. The weights need not add up to 1,
as their sum cancels.
"""
from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from mmengine.config import ConfigDict
from mmseg.models import EncoderDecoder
from mmseg.registry import MODELS
from torch import Tensor, nn

from ..utils.errors import InputError
from .tiles import Tiling, tile_window

LARGEST = 40.
"""Limit of the magnitude of logits. exp(-40) is 4e-18: its product with the
smallest weight is still a normal number of float32."""

Network = Callable[[Tensor, list[dict]], Tensor]
"""A function like EncoderDecoder.encode_decode: inputs (N, C, H, W) and the
meta information of each to logits of the same height and width."""

Model = TypeVar('Model', bound=nn.Module)


def to_shares(logits: Tensor) -> Tensor:
    """Return the probability of each class.

    Args:
        logits (Tensor): Shape (N, C, H, W).

    Returns:
        Tensor: Float32 of shape (N, max(C, 2), H, W); target and background
        for C = 1, the softmax otherwise. Each is positive.

    Examples:
        >>> to_shares(torch.tensor([0., 100.]).reshape(1, 1, 1, 2))[0, :, 0]
        tensor([[5.0000e-01, 1.0000e+00],
                [5.0000e-01, 4.2484e-18]])
    """
    logits = logits.float()
    if logits.shape[1] == 1:
        logits = logits.clamp(-LARGEST, LARGEST)
        return torch.cat((logits, -logits), dim=1).sigmoid()
    return logits.log_softmax(dim=1).clamp(min=-LARGEST).exp()


def from_shares(shares: Tensor, channels: int) -> Tensor:
    """Return the logits of weighted sums of probabilities.

    Args:
        shares (Tensor): Weighted sums of results of :func:`to_shares`;
            overwritten. Shape (N, max(C, 2), H, W).
        channels (int): C.

    Returns:
        Tensor: Shape (N, C, H, W): log(target / background) for C = 1, log
        probabilities otherwise.

    Examples:
        >>> logits = torch.tensor([-35., 0., 3., 20.]).reshape(1, 1, 1, 4)
        >>> from_shares(0.25 * to_shares(logits), 1).flatten()
        tensor([-35.,   0.,   3.,  20.])
    """
    shares = shares.log_()
    if channels == 1:
        return shares[:, :1] - shares[:, 1:]
    return shares.log_softmax(dim=1)


def blend_tiles(network: Network, inputs: Tensor, metas: Sequence[dict],
                tiling: Tiling) -> Tensor:
    """Return the logits of whole frames, computed tile by tile.

    Full-size tensors are the input, the sums of both classes and the result
    (one channel each for a network of one channel), all on the device of the
    input; the network holds ``tiling.batch`` tiles at a time.

    Args:
        network (Callable): Tiles (K, C, h, w) and the meta information of
            each to logits (K, classes, h, w).
        inputs (Tensor): Frames as the network expects them, (N, C, H, W).
        metas (Sequence[dict]): Meta information of each frame; not changed.
        tiling (Tiling): How frames are cut.

    Returns:
        Tensor: Float32 of shape (N, classes, H, W).
    """
    count, _, height, width = inputs.shape
    (high, wide), corners = tiling.within(height, width)
    ramps = [min(shared, side // 2)
             for shared, side in zip(tiling.overlap, (high, wide))]
    window = tile_window((high, wide), ramps, inputs.device)
    places = [(frame, slice(top, top + high), slice(left, left + wide))
              for frame in range(count) for top, left in corners]
    # mmseg's heads know a crop by its shape being a torch.Size.
    changes = dict(img_shape=torch.Size((high, wide)), pad_shape=(high, wide))
    sums, channels = None, 0
    for first in range(0, len(places), tiling.batch):
        chosen = places[first:first + tiling.batch]
        logits = network(
            torch.stack([inputs[frame, :, rows, columns]
                         for frame, rows, columns in chosen]),
            [dict(metas[frame], **changes) for frame, _, _ in chosen])
        shares = to_shares(logits).mul_(window)
        if sums is None:
            channels = logits.shape[1]
            sums = shares.new_zeros((count, shares.shape[1], height, width))
        for share, (frame, rows, columns) in zip(shares, chosen):
            sums[frame, :, rows, columns] += share
    assert sums is not None  # a frame has one tile at least
    return from_shares(sums, channels)


def _divisor(model: EncoderDecoder) -> int:
    """Return the number whose multiples a model pads test frames to."""
    settings = getattr(model.data_preprocessor, 'test_cfg', None) or {}
    return settings.get('size_divisor') or 1


def slide_by_tiles(model: EncoderDecoder, inputs: Tensor,
                   batch_img_metas: list[dict]) -> Tensor:
    """Return logits of frames by overlapping tiles.

    Frames come padded to multiples of the network's stride, by
    ``test_cfg=dict(size_divisor=...)`` of the data preprocessor; a frame that
    is smaller than a tile then is a tile, with the result of ``mode='whole'``.

    Args:
        model (EncoderDecoder): Its ``test_cfg`` has the tiles.
        inputs (Tensor): Shape (N, C, H, W).
        batch_img_metas (list[dict]): Meta information of each frame.

    Returns:
        Tensor: Shape (N, classes, H, W).

    Raises:
        InputError: If ``test_cfg`` has no tiles for this network.
    """
    tiling = Tiling.of(model.test_cfg, _divisor(model))
    return blend_tiles(model.encode_decode, inputs, batch_img_metas, tiling)


@MODELS.register_module()
class TiledEncoderDecoder(EncoderDecoder):
    """mmseg's EncoderDecoder with blended tiles, for configs.

    With ``test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(448, 448),
    tile_batch=4)``, tiles of 512 x 512 overlap by 64 pixels. Checkpoints are
    those of the EncoderDecoder. For a model that is built already see
    :func:`use_tiles`.
    """

    def slide_inference(self, inputs: Tensor,
                        batch_img_metas: list[dict]) -> Tensor:
        """Return logits of frames, see :func:`slide_by_tiles`."""
        return slide_by_tiles(self, inputs, batch_img_metas)


def use_tiles(model: Model,
              tile: int | Sequence[int],
              overlap: int | Sequence[int] = 64,
              batch_size: int = 1) -> Model:
    """Let a model segment frames by overlapping tiles from now on.

    Frames are cut after the resize of the test pipeline and the padding of
    the data preprocessor. Training does not change.

    Args:
        model (nn.Module): An EncoderDecoder of mmseg, or of a class of its
            own kind; also inside a wrapper for test-time augmentation or
            distribution. Changed in place.
        tile (int | Sequence[int]): Size of a tile in pixels, or its height
            and width; multiples of 16 for DSTransNet.
        overlap (int | Sequence[int]): Least overlap of neighbours in pixels,
            half a tile at most. Multiples of 16 keep tiles on the pooling
            grid of the whole frame. Defaults to 64.
        batch_size (int): Tiles in a batch. Defaults to 1.

    Returns:
        nn.Module: ``model``.

    Raises:
        InputError: If there is no EncoderDecoder in it, or an argument is
            outside its values.
    """
    segmentor: Any = model
    while not isinstance(segmentor, EncoderDecoder):
        inner = getattr(segmentor, 'module', None)
        if inner is None:
            raise InputError('tiles: expected an EncoderDecoder of mmseg, got '
                             f'{type(segmentor).__name__}')
        segmentor = inner
    tiling = Tiling.make(tile, overlap, batch_size, _divisor(segmentor))
    segmentor.test_cfg = ConfigDict(segmentor.test_cfg or {})
    segmentor.test_cfg.update(tiling.test_cfg())
    # Of this model alone, not of its class. A partial, unlike a lambda, can
    # be pickled, and a deep copy of it belongs to the copied model.
    segmentor.slide_inference = functools.partial(slide_by_tiles, segmentor)
    return model
