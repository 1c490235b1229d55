"""Segmentation of frames by overlapping tiles.

mmseg's own sliding window (``test_cfg=dict(mode='slide', crop_size=...,
stride=...)``) takes one tile at a time and the plain mean of the logits where
tiles overlap. This is that mode with tiles taken several at a time and
blended by :mod:`.tiles` and :mod:`.blending`; the settings are the same, with
``tile_batch`` beside them.
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
from .blending import from_shares, to_shares
from .tiles import tile_window
from .tiling import Tiling

Network = Callable[[Tensor, list[dict]], Tensor]
"""What EncoderDecoder.encode_decode is: inputs (N, C, H, W) and the meta
information of each to logits of the same height and width."""

Model = TypeVar('Model', bound=nn.Module)


def blend_tiles(network: Network, inputs: Tensor, metas: Sequence[dict],
                tiling: Tiling) -> Tensor:
    """Return the logits of whole frames, computed tile by tile.

    Beside the input there are full-size tensors for the sums of both classes
    and for the result alone (one channel each for a network of one channel),
    all on the device of the input; what the network keeps is that of
    ``tiling.batch`` tiles.

    Args:
        network (Callable): Tiles (K, C, h, w) and the meta information of
            each to logits (K, classes, h, w).
        inputs (Tensor): Frames as the network expects them, (N, C, H, W).
        metas (Sequence[dict]): Meta information of each frame; not changed.
        tiling (Tiling): How frames are cut.

    Returns:
        Tensor: Float32 of shape (N, classes, H, W), see :mod:`.blending`.
    """
    count, _, height, width = inputs.shape
    (high, wide), corners = tiling.within(height, width)
    ramps = [min(shared, side // 2)
             for shared, side in zip(tiling.overlap, (high, wide))]
    window = tile_window((high, wide), ramps, inputs.device)
    places = [(frame, slice(top, top + high), slice(left, left + wide))
              for frame in range(count) for top, left in corners]
    # A torch.Size is what tells mmseg's heads that this is a crop.
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
    """Return what a model pads frames to multiples of when it tests."""
    settings = getattr(model.data_preprocessor, 'test_cfg', None) or {}
    return settings.get('size_divisor') or 1


class TiledInference:
    """Mixin for segmentors: blend the tiles of ``mode='slide'``.

    Put it in front of an :class:`EncoderDecoder` or a class of its own kind.
    Frames come padded to multiples of the network's stride, by
    ``test_cfg=dict(size_divisor=...)`` of the data preprocessor; a frame that
    is smaller than a tile then is a tile, with the result of ``mode='whole'``.
    """

    def slide_inference(self: Any, inputs: Tensor,
                        batch_img_metas: list[dict]) -> Tensor:
        """Return logits of frames by overlapping tiles.

        Args:
            inputs (Tensor): Shape (N, C, H, W).
            batch_img_metas (list[dict]): Meta information of each frame.

        Returns:
            Tensor: Shape (N, classes, H, W).

        Raises:
            InputError: If ``test_cfg`` has no tiles for this network.
        """
        tiling = Tiling.of(self.test_cfg, _divisor(self))
        return blend_tiles(self.encode_decode, inputs, batch_img_metas, tiling)


@MODELS.register_module()
class TiledEncoderDecoder(TiledInference, EncoderDecoder):
    """mmseg's EncoderDecoder with blended tiles, for configs.

    With ``test_cfg=dict(mode='slide', crop_size=(512, 512), stride=(448, 448),
    tile_batch=4)``, tiles of 512 x 512 overlap by 64 pixels. Checkpoints are
    those of the EncoderDecoder. For a model that is there already see
    :func:`use_tiles`.
    """


class _TilesOnTop(TiledInference):
    """Mixin for the class of a model that :func:`use_tiles` got.

    Such a class is made at run time, so copies and pickles name the class
    that the model had.
    """

    _without_tiles: type

    def __reduce_ex__(self: Any, protocol: Any) -> tuple:
        found: Any = super().__reduce_ex__(protocol)
        return _empty_model, (self._without_tiles, ), *found[2:]


@functools.cache
def _with_tiles(kind: Any) -> Any:
    return type(kind.__name__, (_TilesOnTop, kind), dict(_without_tiles=kind))


def _empty_model(kind: type) -> Any:
    """Return what the state of a copied or loaded model is put into."""
    tiled = _with_tiles(kind)
    return tiled.__new__(tiled)


def use_tiles(model: Model,
              tile: int | Sequence[int],
              overlap: int | Sequence[int] = 64,
              batch_size: int = 1) -> Model:
    """Let a model segment frames by overlapping tiles from now on.

    What is cut are the frames that the test pipeline hands over, after its
    resize and the padding of the data preprocessor. Training is as before.

    Args:
        model (nn.Module): An EncoderDecoder of mmseg, or of a class of its
            own kind; also inside a wrapper for test-time augmentation or
            distribution. Changed in place.
        tile (int | Sequence[int]): Size of a tile in pixels, or its height
            and width; multiples of what the network needs (here 16).
        overlap (int | Sequence[int]): Pixels that neighbours share at least,
            half a tile at most. Multiples of 16 keep the tiles where the
            network's pooling grid lies on the whole frame. Defaults to 64.
        batch_size (int): Tiles that the network gets at a time. Defaults to
            1.

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
    # This one alone: other models of its class stay as they are.
    if not isinstance(segmentor, TiledInference):
        segmentor.__class__ = _with_tiles(segmentor.__class__)
    return model
