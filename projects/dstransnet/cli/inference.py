"""Tiles and deployed networks in the tools."""
from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from ..deployment import RUNTIMES, choose_runtime, deploy, is_deployed
from ..inference import Tiling, use_tiles
from ..utils.dtypes import DTYPES
from ..utils.errors import InputError
from .optional_values import ALONE


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
        help='let the network see tiles of SIZE x SIZE pixels instead of '
        'whole frames, and blend them; of what the test pipeline hands over, '
        'so after its resize. A multiple of what the network needs (16 for '
        f'DSTransNet); default: {shown}')
    parser.add_argument(
        '--tile-overlap',
        type=int,
        metavar='PIXELS',
        default=64,
        help='that neighbouring tiles share at least, half a tile at most; '
        'best a multiple of 16; default: 64')
    parser.add_argument(
        '--tile-batch',
        type=int,
        metavar='N',
        default=1,
        help='tiles that the network gets at a time; default: 1')


def check_tiles(args: argparse.Namespace) -> None:
    """Raise for tiles that no network could use.

    Raises:
        InputError: If an argument is outside its values.
    """
    if args.tile is None:
        return
    try:
        Tiling.make(args.tile, args.tile_overlap, args.tile_batch)
    except InputError as error:
        raise InputError(f'--tile, --tile-overlap, --tile-batch: {error}') \
            from error


def tile_settings(args: argparse.Namespace) -> dict[str, int]:
    """Return what the tiles of a run are, empty for whole frames."""
    if args.tile is None:
        return {}
    return dict(tile=args.tile, tile_overlap=args.tile_overlap)


def enable_tiles(model: nn.Module, args: argparse.Namespace) -> None:
    """Let a model work by tiles if ``--tile`` says so.

    Args:
        model (nn.Module): As of :func:`use_tiles`; changed in place.
        args (Namespace): With what :func:`add_tile_arguments` added.

    Raises:
        InputError: If the tiles do not suit the network.
    """
    if args.tile is not None:
        use_tiles(model, args.tile, args.tile_overlap, args.tile_batch)


def add_deploy_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--deploy`` and ``--deploy-dtype``.

    Args:
        parser (ArgumentParser): Changed in place.
    """
    parser.add_argument(
        '--deploy',
        nargs='?',
        const=ALONE['--deploy'],
        choices=RUNTIMES,
        help='compute by the faster form of the network, run by this; auto, '
        'the same as --deploy alone: OpenVINO on CPUs where it is installed, '
        'else torch')
    parser.add_argument(
        '--deploy-dtype',
        choices=list(DTYPES),
        help='with --deploy, compute in this; the 16-bit types change results '
        'by more than rounding, and float16 is for --deploy torch and those '
        'on GPUs; default: float32')


def deploy_settings(args: argparse.Namespace,
                    device: str | None = None) -> dict[str, str]:
    """Return what the deployed form of a run is, empty for the plain one.

    Args:
        args (Namespace): With what :func:`add_deploy_arguments` added.
        device (str, optional): Where the network runs. Defaults to None, the
            GPU where there is one.

    Raises:
        InputError: If the arguments do not go together.
    """
    if args.deploy is None:
        if args.deploy_dtype is not None:
            raise InputError('--deploy-dtype needs --deploy')
        return {}
    name = args.deploy_dtype or 'float32'
    try:
        runtime = choose_runtime(
            args.deploy, device or get_device(), DTYPES[name])
    except InputError as error:
        raise InputError(f'--deploy: {error}') from error
    return dict(deploy=runtime, deploy_dtype=name)


def network_settings(cfg: Config, args: argparse.Namespace) -> dict[str, Any]:
    """Return what tells a network from others: its config and its weights.

    Args:
        cfg (Config): As it is used.
        args (Namespace): With ``config`` and ``checkpoint``.

    Returns:
        dict[str, Any]: Names and hashes of the files, wherever they are.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
    """
    text = json.dumps(cfg.to_dict(), sort_keys=True, default=str)
    return dict(
        config=Path(args.config).name,
        config_sha256=hashlib.sha256(text.encode()).hexdigest(),
        checkpoint=Path(args.checkpoint).name,
        checkpoint_sha256=hashlib.sha256(
            Path(args.checkpoint).read_bytes()).hexdigest())


def deployed(model: Any, args: argparse.Namespace) -> Any:
    """Return the deployed form of a trained network if ``--deploy`` says so.

    Args:
        model (nn.Module): A segmentor of mmseg, which stays as it is, or a
            wrapper of one (views, distribution), which gets the deployed one.
        args (Namespace): With what :func:`add_deploy_arguments` added.

    Returns:
        nn.Module: What :func:`projects.dstransnet.deploy` makes of it, or
        the wrapper.

    Raises:
        InputError: If the model cannot be deployed so.
    """
    if args.deploy is None:
        return model
    inner = getattr(model, 'module', None)
    if inner is not None:
        model.module = deployed(inner, args)
        return model
    return deploy(
        model,
        dtype=DTYPES[args.deploy_dtype or 'float32'],
        runtime=args.deploy)


class _DeployHook(Hook):
    """Deploys a runner's model when all weights are what is tested."""

    priority = 'LOWEST'  # after hooks that exchange weights for the test

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args

    def before_test_epoch(self, runner: Runner) -> None:
        if not is_deployed(runner.model):  # by an earlier test
            runner.model = deployed(runner.model, self.args)


def deploy_for_test(runner: Runner, args: argparse.Namespace) -> None:
    """Let a runner test the deployed form if ``--deploy`` says so.

    Args:
        runner (Runner): Changed in place; it loads its weights later.
        args (Namespace): With what :func:`add_deploy_arguments` added.
    """
    if args.deploy is not None:
        runner.register_hook(_DeployHook(args), 'LOWEST')
