"""Configs of the tools: arguments, names, reading, overriding."""
from __future__ import annotations

import argparse
import os
import os.path as osp
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config, DictAction

from ..deployment import exported_config, is_exported
from ..models.shipped_weights import (
    config_path,
    list_weights,
    nearest_name,
)
from ..utils.errors import InputError, first_line
from .config_check import check_config, override
from .error_lines import check_folder


class _SettingsAction(DictAction):
    """Parses key=value settings; other words are errors of usage."""

    def __call__(self, parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        for value in values:
            if not re.match('[^=]+=', value):
                parser.error(f'argument {option_string}: expected key=value, '
                             f'got {value!r}')
        super().__call__(parser, namespace, values, option_string)


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the config, ``--cfg-options`` and ``--trust-checkpoint``."""
    parser.add_argument(
        'config', help='config file or its name, or a name that dstransnet '
        'info lists')
    add_settings_argument(parser)
    add_trust_argument(parser)


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that mmseg's train and test scripts share."""
    add_config_arguments(parser)
    parser.add_argument(
        '--work-dir',
        help='folder of logs and checkpoints; default: work_dirs/CONFIG_NAME')
    parser.add_argument(
        '--verbose', action='store_true',
        help='print all that the log file has, instead of one line a step')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher; dist_train.sh and slurm_train.sh set it')
    # torchrun sets the variable; older launchers pass the argument.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def add_checkpoint_argument(
        parser: argparse.ArgumentParser,
        without: str = 'none for a classical detector') -> None:
    """Add the checkpoint, and say what happens ``without`` one."""
    parser.add_argument(
        'checkpoint', nargs='?', help=f'.pth or .safetensors file; {without}')


def add_settings_argument(parser: Any) -> None:
    """Add ``--cfg-options`` to a parser, or to a group of one."""
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_SettingsAction,
        help='settings that override the config, as key=value; nested keys '
        'with dots, lists as key="[a,b]"')


def add_trust_argument(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a checkpoint which may run code."""
    parser.add_argument(
        '--trust-checkpoint',
        metavar='FILE',
        help='read this one file even if that runs code in it; for old '
        'checkpoints of known origin that hold more than tensors')


def read_config(path: str, options: dict | None = None) -> Config:
    """Read a config file, override some of its settings, and check them.

    Args:
        path (str): Path of the file, or of an exported network, which
            brings its own settings.
        options (dict, optional): See :func:`override`. Defaults to none.

    Raises:
        InputError: If there is no such file, it cannot be read, or a setting
            is wrong (:func:`override`, :func:`check_config`).
    """
    if not osp.isfile(path):
        argument = 'model' if is_exported(path) else 'config'
        raise InputError(f'{argument}: no file {path}{nearest_name(path)}')
    if is_exported(path):
        cfg = exported_config(path)
        override(cfg, options or {})
        return cfg
    try:
        cfg = Config.fromfile(path)
    # A config is a program: it may fail in any way.
    except Exception as error:
        raise InputError(f'config: {path} cannot be read '
                         f'({type(error).__name__}: {first_line(error)})'
                         ) from error
    override(cfg, options or {})
    check_config(cfg)
    return cfg


def load_config(args: argparse.Namespace, *needed: str) -> Config:
    """Read the config of a tool and apply its common arguments.

    Args:
        args (argparse.Namespace): Arguments of the command line.
        *needed (str): Settings that the tool does not work without.

    Raises:
        InputError: If there is no such file, it cannot be read, or it lacks
            a setting.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options)
    missing = [name for name in needed if cfg.get(name) is None]
    if missing:
        raise InputError(f'config: {args.config} lacks {", ".join(missing)}; '
                         'the files of configs/_base_ have them')
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        check_folder('--work-dir', args.work_dir)
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        name = osp.splitext(osp.basename(args.config))[0]
        cfg.work_dir = osp.join('work_dirs', name)
    return cfg


def resolve_model(args: argparse.Namespace) -> None:
    """Replace names among the arguments of a command by files.

    - A name of shipped weights becomes their config and checkpoint.
    - The name of a config of this project becomes its path, wherever the
      package is installed.

    Args:
        args (Namespace): With ``config``, and ``checkpoint`` where the
            command has one; changed in place.
    """
    row = list_weights().get(args.config)
    if row is None:
        args.config = config_path(args.config)
        return
    args.config = str(row.config)
    if getattr(args, 'checkpoint', '') is None:
        args.checkpoint = str(row.file)


def split_model(words: Sequence[str]
                ) -> tuple[str, str | None, list[str]]:
    """Split the model off the front of arguments.

    Args:
        words (Sequence[str]): Inputs. In front of them may be a name of
            shipped weights, or a config with a checkpoint where it has one.

    Returns:
        tuple[str, str | None, list[str]]: Paths of config and checkpoint, and
        the inputs. Without a model it is that of the first shipped weights.

    Raises:
        InputError: If a checkpoint has another suffix than those known.
    """
    known = list_weights()
    first, *inputs = words
    given = first in known or Path(config_path(first)).suffix == '.py'
    if not given:
        first, inputs = next(iter(known)), list(words)
    args = argparse.Namespace(config=first, checkpoint=None)
    if inputs and Path(inputs[0]).suffix in ('.pth', '.safetensors'):
        args.checkpoint = inputs.pop(0)
    elif (given and inputs and Path(inputs[0]).is_file()
          and inputs[0].endswith(('.tar', '.pt', '.ckpt', '.pkl'))):
        raise InputError(
            f'{inputs[0]}: expected a checkpoint that ends in .pth or '
            '.safetensors (official_to_mmseg.py converts releases)')
    resolve_model(args)
    return args.config, args.checkpoint, inputs
