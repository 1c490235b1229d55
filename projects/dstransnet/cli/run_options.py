"""Options of a training run: seed, determinism, many processes."""
from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.logging import print_log

from ..utils.errors import InputError

_WORLD_SIZE = dict(
    pytorch='WORLD_SIZE', slurm='SLURM_NTASKS', mpi='OMPI_COMM_WORLD_SIZE')
_EXPONENTS = dict(linear=1., sqrt=0.5)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that :func:`apply_run_options` reads."""
    parser.add_argument(
        '--seed',
        type=int,
        help='seed of weights, order and transforms; default: of the config')
    parser.add_argument(
        '--deterministic',
        action='store_true',
        help='equal runs give equal weights to the bit on CPUs; on GPUs as '
        'far as PyTorch has such operators')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate from the batch size that the config '
        'was made for (auto_scale_lr.base_batch_size) to that of all '
        'processes; as auto_scale_lr.enable=True of a config with a rule')
    parser.add_argument(
        '--sync-bn',
        action='store_true',
        help='batch norms use the statistics of all processes; on CPUs too')


def apply_run_options(cfg: Config, args: argparse.Namespace) -> None:
    """Apply these arguments to a config, before its runner is built.

    Raises:
        InputError: If one is outside its values, or the config has not what
            it needs.
    """
    if args.seed is not None:
        if not 0 <= args.seed < 2**32:
            raise InputError('--seed: expected an integer within [0, '
                             f'4294967295], got {args.seed}')
        cfg.merge_from_dict({'randomness.seed': args.seed})
    if args.deterministic:
        make_deterministic(cfg)
    if args.auto_scale_lr or _scales_by_rule(cfg):
        scale_learning_rate(cfg)
    if args.sync_bn:
        share_batch_statistics(cfg)


def make_deterministic(cfg: Config) -> None:
    """Ask for operators that give the same bits each time.

    Where a GPU has none for an operation, the log names it, and training
    goes on.
    """
    cfg.merge_from_dict({
        'randomness.deterministic': True,
        'env_cfg.cudnn_benchmark': False
    })
    # What cuBLAS needs for it, read when it is first used.
    os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')


def allow_operators_that_vary() -> None:
    """Let GPUs run what they have no deterministic operator for.

    The runner asks for an error there, and sampling (the deformable
    convolution's) has no such operator on GPUs. Called when the runner is
    built.
    """
    if torch.are_deterministic_algorithms_enabled() and get_device() != 'cpu':
        torch.use_deterministic_algorithms(True, warn_only=True)


def launched_processes(launcher: str) -> int:
    """Return how many processes a launcher says that there are."""
    if launcher == 'none':
        return 1
    return int(os.environ.get(_WORLD_SIZE[launcher], '1'))


def _scales_by_rule(cfg: Config) -> bool:
    """Return whether a config asks for what MMEngine would do another way.

    It knows no rule but 'linear'. Configs without a rule are left to it.
    """
    settings = cfg.get('auto_scale_lr') or {}
    return bool(settings.get('enable')) and 'rule' in settings


def scale_learning_rate(cfg: Config) -> None:
    """Scale the learning rate to the batch of all processes, in place.

    By ``ratio = batch / base_batch_size`` where ``auto_scale_lr.rule`` is
    'linear', as MMEngine does (Goyal et al., 2017, for SGD), by its root
    where it is 'sqrt' (Malladi et al., 2022, for Adam). The batch counts all
    processes and accumulated steps.

    Raises:
        InputError: If the config does not say what to scale from.
    """
    settings = cfg.get('auto_scale_lr')
    if not settings or 'base_batch_size' not in settings:
        raise InputError(
            '--auto-scale-lr needs auto_scale_lr=dict(base_batch_size=...) '
            f'in the config, got auto_scale_lr={settings}')
    rule, base = settings.get('rule', 'linear'), settings.base_batch_size
    if rule not in _EXPONENTS:
        raise InputError('auto_scale_lr.rule: expected one of '
                         f'{", ".join(_EXPONENTS)}, got {rule!r}')
    if type(base) is not int or base < 1:
        raise InputError('auto_scale_lr.base_batch_size: expected an integer '
                         f'of 1 or more, got {base!r}')
    optimizer = cfg.get('optim_wrapper', {}).get('optimizer', {})
    if 'lr' not in optimizer or 'batch_size' not in cfg.train_dataloader:
        raise InputError('--auto-scale-lr needs optim_wrapper.optimizer.lr '
                         'and train_dataloader.batch_size in the config')
    batch = (
        cfg.train_dataloader.batch_size * launched_processes(cfg.launcher)
        * cfg.optim_wrapper.get('accumulative_counts', 1))
    factor = (batch / base)**_EXPONENTS[rule]
    print_log(f'auto_scale_lr: batch {batch} instead of {base}, learning '
              f'rate {optimizer.lr} x {factor:.6g} ({rule})')
    optimizer.lr *= factor
    settings.enable = False  # or the runner would do it again


def _norm_settings(value: Any) -> Iterator[Any]:
    """Yield every norm_cfg inside the settings of a model."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == 'norm_cfg' and isinstance(inner, dict):
                yield inner
            else:
                yield from _norm_settings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _norm_settings(inner)


def share_batch_statistics(cfg: Config) -> None:
    """Make the batch norms of a config's model those of all processes.

    torch's SyncBatchNorm on GPUs, :class:`PortableSyncBN` on CPUs.

    Raises:
        InputError: If the model's settings name no batch norm.
    """
    found = [norm for norm in _norm_settings(cfg.model)
             if norm.get('type') in ('BN', 'BN2d', 'SyncBN', 'PortableSyncBN')]
    if not found:
        raise InputError("--sync-bn needs a norm_cfg=dict(type='BN') in the "
                         "config's model, and there is none")
    kind = 'PortableSyncBN' if get_device() == 'cpu' else 'SyncBN'
    for norm in found:
        norm['type'] = kind
