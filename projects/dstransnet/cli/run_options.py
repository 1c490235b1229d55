"""Options of a training run: seed, determinism, many processes."""
from __future__ import annotations

import argparse
import os

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
        help='bit-identical results of equal runs on CPUs; on GPUs as far '
        'as PyTorch has deterministic operators')
    parser.add_argument(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate from auto_scale_lr.base_batch_size of '
        'the config to the batch size of all processes')
    parser.add_argument(
        '--sync-bn',
        action='store_true',
        help='batch norms use the statistics of all processes; on CPUs too')


def apply_run_options(cfg: Config, args: argparse.Namespace) -> None:
    """Apply the arguments of :func:`add_run_arguments` to a config.

    Raises:
        InputError: If a value is out of range, or the config lacks a setting
            that an argument needs.
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
        if cfg.get('runner_type') == 'FlexibleRunner':
            raise InputError("--sync-bn: FlexibleRunner takes strategy=dict("
                             "sync_bn='torch') of the config in its place")
        cfg.sync_bn = 'torch'


def make_deterministic(cfg: Config) -> None:
    """Use deterministic operators, in place.

    An operation that has none on GPUs is logged, and training continues.
    """
    cfg.merge_from_dict({
        'randomness.deterministic': True,
        'env_cfg.cudnn_benchmark': False
    })
    # cuBLAS needs it and reads it at its first use.
    os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')


def allow_nondeterministic_operators() -> None:
    """Warn, instead of raise, where a GPU has no deterministic operator.

    The runner makes them raise, but the sampling of the deformable
    convolution has no deterministic operator on GPUs. Called after the runner
    is built.
    """
    if torch.are_deterministic_algorithms_enabled() and get_device() != 'cpu':
        torch.use_deterministic_algorithms(True, warn_only=True)


def launched_processes(launcher: str) -> int:
    """Return the number of processes that a launcher started."""
    if launcher == 'none':
        return 1
    return int(os.environ.get(_WORLD_SIZE[launcher], '1'))


def _scales_by_rule(cfg: Config) -> bool:
    """Tell whether a config names a scaling rule.

    MMEngine knows only the linear one; it scales configs without a rule.
    """
    settings = cfg.get('auto_scale_lr') or {}
    return bool(settings.get('enable')) and 'rule' in settings


def scale_learning_rate(cfg: Config) -> None:
    """Scale the learning rate to the batch of all processes, in place.

    The factor is ``batch / base_batch_size`` for the rule 'linear' (Goyal et
    al., 2017, for SGD; MMEngine's) and its square root for 'sqrt' (Malladi et
    al., 2022, for Adam). The batch counts all processes and accumulated
    steps.

    Raises:
        InputError: If ``auto_scale_lr`` or the learning rate is missing or
            wrong.
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
    settings.enable = False  # the runner would scale it again
