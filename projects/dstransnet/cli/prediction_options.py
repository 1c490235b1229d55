"""Arguments of the tools that predict: outputs, decisions, tiles."""
from __future__ import annotations

import argparse

from torch import nn

from ..inference import Tiling, use_tiles
from ..utils.errors import InputError
from .deploy_options import add_deploy_arguments
from .tool_parser import probability


def add_prediction_arguments(parser: argparse.ArgumentParser,
                             automatic: bool = False) -> None:
    """Add the arguments that ``predict`` and ``evaluate`` share.

    Args:
        parser (ArgumentParser): Changed in place.
        automatic (bool): See :func:`add_deploy_arguments`. Defaults to False.
    """
    parser.add_argument(
        '--model', metavar='FILE',
        help='use a file of `dstransnet export` as the model')
    parser.add_argument(
        '--save-scores', action='store_true',
        help='write score maps too, --out/scores/NAME.npy (float32)')
    parser.add_argument(
        '--show-dir', metavar='DIR', help='write pictures of the images there')
    parser.add_argument(
        '--image-root', metavar='DIR',
        help='name results by the path of the image below DIR')
    parser.add_argument(
        '--tta', action='store_true',
        help='average the predictions of several views (tta_pipeline of the '
        'config; 8 flipped and rotated ones in most)')
    parser.add_argument(
        '--threshold', type=probability,
        help='probability above which a pixel is target; default: of the '
        'config')
    add_tile_arguments(parser)
    add_deploy_arguments(parser, automatic)


def add_tile_arguments(parser: argparse.ArgumentParser,
                       tile: int | None = None) -> None:
    """Add ``--tile``, ``--tile-overlap`` and ``--tile-batch``.

    Args:
        parser (ArgumentParser): Changed in place.
        tile (int, optional): Default of ``--tile``. Defaults to None, whole
            frames.
    """
    shown = 'whole frames' if tile is None else str(tile)
    parser.add_argument(
        '--tile',
        type=int,
        metavar='SIZE',
        default=tile,
        help='predict tiles of SIZE x SIZE pixels and blend them, instead of '
        'whole frames; cut after the resize of the test pipeline; a multiple '
        f'of 16 for DSTransNet; default: {shown}')
    parser.add_argument(
        '--tile-overlap',
        type=int,
        metavar='PIXELS',
        help='least overlap of neighbouring tiles, half a tile at most; best '
        'a multiple of 16; default: 64')
    parser.add_argument(
        '--tile-batch',
        type=int,
        metavar='N',
        help='tiles in a batch; default: 1')


def check_tiles(args: argparse.Namespace) -> None:
    """Fill in the defaults of tiles, and raise where settings are wrong.

    Args:
        args (Namespace): With what :func:`add_tile_arguments` added; changed
            in place.

    Raises:
        InputError: If an argument is outside its values, or one of tiles is
            given without them.
    """
    if args.tile is None:
        for name, value in (('--tile-overlap', args.tile_overlap),
                            ('--tile-batch', args.tile_batch)):
            if value is not None:
                raise InputError(f'{name} needs --tile')
        return
    if args.tile_overlap is None:
        args.tile_overlap = 64
    if args.tile_batch is None:
        args.tile_batch = 1
    try:
        Tiling.make(args.tile, args.tile_overlap, args.tile_batch)
    except InputError as error:
        raise InputError(f'--tile, --tile-overlap, --tile-batch: {error}') \
            from error


def tile_settings(args: argparse.Namespace) -> dict[str, int]:
    """Return the settings of tiles, empty for whole frames."""
    if args.tile is None:
        return {}
    return dict(tile=args.tile, tile_overlap=args.tile_overlap)


def enable_tiles(model: nn.Module, args: argparse.Namespace) -> None:
    """Let a model predict by tiles if ``--tile`` says so.

    Args:
        model (nn.Module): See :func:`use_tiles`; changed in place.
        args (Namespace): With what :func:`add_tile_arguments` added.

    Raises:
        InputError: If the tiles do not suit the network.
    """
    if args.tile is not None:
        use_tiles(model, args.tile, args.tile_overlap, args.tile_batch)
