"""Arguments of the tools that deploy a network before it is tested."""
from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..deployment import (
    RUNTIMES,
    choose_runtime,
    deploy,
    is_deployed,
    is_exported,
)
from ..utils.dtypes import DTYPES, usable_dtype
from ..utils.errors import InputError
from ..utils.reading import file_digest


def add_deploy_arguments(parser: Any, automatic: bool = False) -> None:
    """Add ``--deploy``, ``--runtime`` and ``--deploy-dtype``.

    Args:
        parser (ArgumentParser): A parser, or a group of one; changed in
            place.
        automatic (bool): Whether ``deploy`` is None, for
            :class:`.Detector` to decide, unless ``--deploy`` or
            ``--no-deploy`` is given. Defaults to False.
    """
    form = 'use the deployed network: rewritten for inference, the same ' \
        'results up to rounding'
    if automatic:
        parser.add_argument(
            '--deploy', action=argparse.BooleanOptionalAction,
            help=f'{form}; default: on CPUs, where it can be deployed')
    else:
        parser.add_argument('--deploy', action='store_true', help=form)
    parser.add_argument(
        '--runtime', choices=RUNTIMES,
        help='with --deploy, what runs the network; default: auto, OpenVINO '
        'on CPUs where it is installed, else torch')
    parser.add_argument(
        '--deploy-dtype', choices=list(DTYPES),
        help='with --deploy, the type to compute in; the 16-bit types change '
        'results by more than rounding, and float16 is for --runtime torch '
        'and those on GPUs; default: float32')


def deploy_settings(args: argparse.Namespace,
                    device: str | None = None) -> dict[str, str]:
    """Return the settings of a deployed network, empty for a plain one.

    Args:
        args (Namespace): With what :func:`add_deploy_arguments` added.
        device (str, optional): Where the network runs. Defaults to None, the
            GPU where there is one.

    Raises:
        InputError: If the arguments do not go together.
    """
    if not args.deploy:
        for option, value in (('--runtime', args.runtime),
                              ('--deploy-dtype', args.deploy_dtype)):
            if value is not None:
                raise InputError(f'{option} needs --deploy')
        return {}
    device = device or get_device()
    dtype = usable_dtype(DTYPES[args.deploy_dtype or 'float32'], device)
    try:
        runtime = choose_runtime(args.runtime or 'auto', device, dtype)
    except InputError as error:
        raise InputError(f'--{error}') from error
    return dict(deploy=runtime,
                deploy_dtype=str(dtype).removeprefix('torch.'))


def network_settings(cfg: Config, args: argparse.Namespace) -> dict[str, Any]:
    """Return names and hashes that identify a network.

    Args:
        cfg (Config): As it is used.
        args (Namespace): With ``config``, which may be an exported file, and
            ``checkpoint``, which is None for a model without weights.

    Returns:
        dict[str, Any]: Of the config and the checkpoint, without folders.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
    """
    text = json.dumps(cfg.to_dict(), sort_keys=True, default=str)
    checkpoint = args.checkpoint
    if is_exported(args.config):  # OpenVINO's weights lie beside
        checkpoint = re.sub(r'\.xml$', '.bin', str(args.config))
    return dict(
        config=Path(args.config).name,
        config_sha256=hashlib.sha256(text.encode()).hexdigest(),
        checkpoint=checkpoint and Path(checkpoint).name,
        checkpoint_sha256=checkpoint and file_digest(checkpoint))


def deployed(model: Any, args: argparse.Namespace) -> Any:
    """Return the deployed network if ``--deploy`` says so.

    Args:
        model (nn.Module): A segmentor of mmseg, which is not changed, or a
            wrapper of one (views, distribution), which is.
        args (Namespace): With what :func:`add_deploy_arguments` added.

    Returns:
        nn.Module: The result of :func:`projects.dstransnet.deploy`, or the
        wrapper.

    Raises:
        InputError: If the model cannot be deployed so.
    """
    if not args.deploy:
        return model
    inner = getattr(model, 'module', None)
    if inner is not None:
        model.module = deployed(inner, args)
        return model
    return deploy(model, **deploy_arguments(args))


def deploy_arguments(args: argparse.Namespace) -> Any:
    """Return the argument ``deploy`` of :class:`.Detector`."""
    if not args.deploy:
        return args.deploy
    return dict(dtype=DTYPES[args.deploy_dtype or 'float32'],
                runtime=args.runtime or 'auto')


class _DeployHook(Hook):
    """Deploys a runner's model once it has the weights to be tested."""

    priority = 'LOWEST'  # after hooks that exchange weights for the test

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args

    def before_test_epoch(self, runner: Runner) -> None:
        if not is_deployed(runner.model):  # by an earlier test
            runner.model = deployed(runner.model, self.args)


def deploy_for_test(runner: Runner, args: argparse.Namespace) -> None:
    """Let a runner test the deployed network if ``--deploy`` says so.

    Args:
        runner (Runner): Changed in place; it loads its weights later.
        args (Namespace): With what :func:`add_deploy_arguments` added.
    """
    if args.deploy:
        runner.register_hook(_DeployHook(args), 'LOWEST')
