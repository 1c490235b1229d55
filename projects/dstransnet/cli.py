"""What the command-line tools share: configs, checks, errors, launching."""
from __future__ import annotations

import argparse
import contextlib
import os
import os.path as osp
import sys
from collections.abc import Iterator, Mapping, Sequence

import torch
from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.runner import Runner
from mmseg.registry import RUNNERS
from prettytable import PrettyTable

from .checkpoint import check_state_dict, read_checkpoint
from .errors import InputError


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that mmseg's train and test scripts share."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--work-dir',
        help='folder of logs and checkpoints; default: work_dirs/CONFIG_NAME')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=DictAction,
        help='settings that override the config, as key=value; nested keys '
        'with dots, lists as key="[a,b]"')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher; dist_train.sh and slurm_train.sh set it')
    # torchrun sets the variable; older launchers pass the argument.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config of a tool and apply its common arguments.

    Raises:
        InputError: If there is no such file, or it cannot be read.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if not osp.isfile(args.config):
        raise InputError(f'config: no file {args.config}')
    try:
        cfg = Config.fromfile(args.config)
        if args.cfg_options is not None:
            cfg.merge_from_dict(args.cfg_options)
    except (SyntaxError, KeyError, TypeError, OSError) as error:
        raise InputError(
            f'config: {args.config} cannot be read: {error}') from error
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        name = osp.splitext(osp.basename(args.config))[0]
        cfg.work_dir = osp.join('work_dirs', name)
    return cfg


def build_runner(cfg: Config) -> Runner:
    """Build the runner, on processes without a GPU as well.

    mmengine initialises process groups and wraps models for CUDA only. On a
    machine without it the group is opened here, by gloo, and the model is
    wrapped without device ids.
    """
    launcher = cfg.get('launcher', 'none')
    if launcher != 'none' and get_device() == 'cpu':
        if launcher != 'pytorch':
            raise InputError(f'launcher: {launcher} needs GPUs; on CPUs '
                             'use tools/dist_train.sh (torchrun)')
        torch.distributed.init_process_group('gloo')
        cfg.env_cfg.dist_cfg = dict(backend='gloo')
        cfg.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False)
    if 'runner_type' in cfg:
        return RUNNERS.build(cfg)
    return Runner.from_cfg(cfg)


def enable_amp(cfg: Config) -> None:
    """Switch the optimiser wrapper to automatic mixed precision.

    Raises:
        InputError: If this machine, or the config's wrapper, cannot do it.
    """
    if get_device() not in ('cuda', 'npu', 'mlu', 'musa'):
        raise InputError('--amp needs a GPU, and there is none on this '
                         'machine; leave it out to train in float32')
    kind = cfg.optim_wrapper.get('type', 'OptimWrapper')
    if kind not in ('OptimWrapper', 'AmpOptimWrapper'):
        raise InputError('--amp needs optim_wrapper.type=OptimWrapper in the '
                         f'config, got {kind}')
    cfg.optim_wrapper.type = 'AmpOptimWrapper'
    cfg.optim_wrapper.setdefault('loss_scale', 'dynamic')


def check_checkpoint(path: str, model: torch.nn.Module) -> None:
    """Raise unless a checkpoint holds exactly the weights of ``model``.

    mmengine would only log what does not fit, and evaluate random weights.

    Raises:
        InputError: If the file is missing, is no checkpoint, or belongs to
            another network; the message names what differs.
    """
    checkpoint = read_checkpoint(path, map_location='cpu')
    check_state_dict(checkpoint.get('state_dict', checkpoint), model, path)


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print errors of the user's input without a traceback and exit with 2."""
    try:
        yield
    except (InputError, FileNotFoundError) as error:
        # A data-loading worker hands over its whole traceback as the message.
        message = str(error).strip().rpartition('InputError: ')[2]
        print(f'error: {message}', file=sys.stderr)
        sys.exit(2)


def metric_table(*columns: Mapping[str, float],
                 names: Sequence[str] = ('value', )) -> str:
    """Format metrics as a table, one row a metric.

    Args:
        *columns (Mapping[str, float]): Metrics of each column, all of the
            same names; a prefix such as ``irstd/`` does not count.
        names (Sequence[str]): Name of each column. Defaults to ('value', ).

    Returns:
        str: The table, with units.

    Examples:
        >>> print(metric_table({'irstd/IoU': 61.234}))
        +--------+-------+------+
        | metric | value | unit |
        +--------+-------+------+
        | IoU    | 61.23 | %    |
        +--------+-------+------+
    """
    table = PrettyTable(['metric', *names, 'unit'], align='l')
    bare = [{key.rpartition('/')[2]: value
             for key, value in column.items()} for column in columns]
    for metric in bare[0]:
        unit = {'Fa': '1e-6'}.get(metric.partition('_')[0], '%')
        cells = [f'{column[metric]:.2f}' for column in bare]
        table.add_row([metric, *cells, unit])
    for name in names:
        table.align[name] = 'r'
    return str(table)
