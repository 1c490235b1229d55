"""What the command-line tools share: configs, checks, errors, launching."""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import os.path as osp
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from mmengine.config import Config, ConfigDict, DictAction
from mmengine.device import get_device
from mmengine.evaluator import Evaluator
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmseg.registry import RUNNERS
from prettytable import PrettyTable

from .checkpoint import check_state_dict, read_checkpoint
from .datasets.config_splits import parts, reading_options
from .errors import InputError
from .evaluation import (
    UNITS,
    EvaluationProtocol,
    EvaluationResult,
    IRSTDMetric,
)
from .evaluation.ratios import format_metric


class _SettingsAction(DictAction):
    """Parse key=value settings; others are errors of usage."""

    def __call__(self, parser: argparse.ArgumentParser,
                 namespace: argparse.Namespace, values: Any,
                 option_string: str | None = None) -> None:
        for value in values:
            if not re.match('[^=]+=', value):
                parser.error(f'argument {option_string}: expected key=value, '
                             f'got {value!r}')
        super().__call__(parser, namespace, values, option_string)


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that mmseg's train and test scripts share."""
    parser.add_argument('config', help='config file')
    parser.add_argument(
        '--work-dir',
        help='folder of logs and checkpoints; default: work_dirs/CONFIG_NAME')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=_SettingsAction,
        help='settings that override the config, as key=value; nested keys '
        'with dots, lists as key="[a,b]"')
    parser.add_argument(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='job launcher; dist_train.sh and slurm_train.sh set it')
    # torchrun sets the variable; older launchers pass the argument.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)


def read_config(path: str, options: dict | None = None) -> Config:
    """Read a config file and override some of its settings.

    Raises:
        InputError: If there is no such file, it cannot be read, or the
            settings do not fit it.
    """
    if not osp.isfile(path):
        raise InputError(f'config: no file {path}')
    try:
        cfg = Config.fromfile(path)
    # A config is a program: it may fail in any way.
    except Exception as error:
        raise InputError(f'config: {path} cannot be read '
                         f'({type(error).__name__}: {error})') from error
    try:
        cfg.merge_from_dict(options or {})
    except Exception as error:  # of many types, by what the config has
        raise InputError(f'--cfg-options: {options} does not fit {path} '
                         f'({type(error).__name__}: {error})') from error
    return cfg


def load_config(args: argparse.Namespace) -> Config:
    """Read the config of a tool and apply its common arguments.

    Raises:
        InputError: If there is no such file, or it cannot be read.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.cfg_options)
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


def enable_tta(cfg: Config) -> None:
    """Test on the views of ``tta_pipeline``, averaged by ``tta_model``.

    Checkpoints load as without it. Only the test data set is changed.

    Args:
        cfg (Config): Config of a test run; changed in place.

    Raises:
        InputError: If the config lacks one of the two settings.
    """
    missing = [
        key for key in ('tta_model', 'tta_pipeline') if cfg.get(key) is None
    ]
    if missing:
        raise InputError(
            f'--tta needs {" and ".join(missing)} in the config; '
            'configs/_base_/default_runtime.py and the data sets of '
            'configs/_base_/datasets have them')
    for part in parts(cfg.test_dataloader.dataset):
        part.pipeline = _views_after(part.get('pipeline', []),
                                     cfg.tta_pipeline)
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


def _views_after(pipeline: list, tta_pipeline: list) -> list:
    """Return the pipeline of all views of a test pipeline.

    The views of this project's configs replace the last step, packing, of
    whatever the test pipeline has become; another tta_pipeline stands alone.
    """
    views = tta_pipeline[-1]
    ours = any(step.get('type') == 'Rotate90'
               for steps in views.get('transforms', []) for step in steps)
    if ours and pipeline:
        return [*pipeline[:-1], views]
    return tta_pipeline


def check_checkpoint(path: str, model: torch.nn.Module) -> None:
    """Raise unless a checkpoint holds exactly the weights of ``model``.

    mmengine would only log what does not fit, and evaluate random weights.

    Raises:
        InputError: If the file is missing, is no checkpoint, or belongs to
            another network; the message names what differs.
    """
    # Test-time augmentation is one more wrapper, inside the distributed one.
    if is_model_wrapper(model):
        model = model.get_submodule('module')
    checkpoint = read_checkpoint(path, map_location='cpu')
    check_state_dict(checkpoint.get('state_dict', checkpoint), model, path)


# What is wrong with a path that the user gave; not OSError, which is wider.
_USER_ERRORS = (InputError, FileNotFoundError, FileExistsError,
                NotADirectoryError, IsADirectoryError, PermissionError)


def check_folder(argument: str, folder: str | None) -> None:
    """Raise if a folder to write into is something else.

    Args:
        argument (str): Name of the argument, for the error.
        folder (str, optional): What it was given; need not exist.

    Raises:
        InputError: If it, or what it would lie in, is a file.
    """
    while folder and not osp.isdir(folder):
        if osp.lexists(folder):
            raise InputError(f'{argument}: expected a folder, got the file '
                             f'{folder}')
        folder = osp.dirname(folder)


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print errors of the user's input without a traceback and exit with 2."""
    try:
        yield
    except _USER_ERRORS as error:
        message = str(error).strip()
        if re.match(r'Caught \w+ in .*\nOriginal Traceback', message):
            # A data-loading worker hands over its whole traceback; the error
            # comes last, behind those that it was raised from.
            message = re.split(r'^[\w.]*Error: ', message, flags=re.M)[-1]
        print(f'error: {message}', file=sys.stderr)
        sys.exit(2)


def find_result(evaluator: Evaluator) -> EvaluationResult | None:
    """Return what the IRSTDMetric of an evaluator found, None without one."""
    for metric in evaluator.metrics:
        if isinstance(metric, IRSTDMetric):
            return metric.result
    return None


def _irstd_metrics(cfg: Config) -> list[ConfigDict]:
    """Return the settings of each IRSTDMetric that a config tests with."""
    evaluator = cfg.get('test_evaluator')
    metrics = evaluator if isinstance(evaluator, list) else [evaluator]
    return [metric for metric in metrics
            if metric is not None and metric.get('type') == 'IRSTDMetric']


def use_irstd_metric(cfg: Config) -> None:
    """Make sure that a config tests with an IRSTDMetric, and only with it.

    So a model of any mmseg config is evaluated as this field does.
    """
    found = _irstd_metrics(cfg)
    cfg.test_evaluator = found[0] if found else dict(type='IRSTDMetric')


def update_metric(cfg: Config, **settings: Any) -> None:
    """Change settings of the IRSTDMetric of a config's test, in place.

    Args:
        cfg (Config): Its ``test_evaluator`` is one metric or a list of them.
        **settings (Any): Arguments of :class:`IRSTDMetric`; those that are
            None are left as they are.

    Raises:
        InputError: If the config tests without an IRSTDMetric.
    """
    found = _irstd_metrics(cfg)
    if not found:
        raise InputError('test_evaluator: expected an IRSTDMetric, got '
                         f'{cfg.get("test_evaluator")}')
    for metric in found:
        metric.update({
            name: value
            for name, value in settings.items() if value is not None
        })


def set_threshold(cfg: Config, threshold: float) -> None:
    """Decide at another probability: in the head and in the metric.

    Raises:
        InputError: If it is not within [0, 1].
    """
    if not 0 <= threshold <= 1:
        raise InputError(
            f'--threshold must be within [0, 1], got {threshold}')
    cfg.model.decode_head.threshold = threshold
    update_metric(cfg, threshold=threshold)


def metric_protocol(cfg: Config) -> EvaluationProtocol | None:
    """Return the rules of the IRSTDMetric of a config's test, None without.

    Raises:
        InputError: If a setting of the metric is outside its values.
    """
    names = {field.name for field in dataclasses.fields(EvaluationProtocol)}
    for metric in _irstd_metrics(cfg):
        try:
            return EvaluationProtocol(
                **{key: metric[key] for key in names & set(metric)})
        except (TypeError, ValueError) as error:
            raise InputError(f'test_evaluator: {error}') from error
    return None


def test_reading(cfg: Config) -> dict[str, Any]:
    """Return how the test pipeline of a config reads image files.

    See :func:`reading_options`; of joined data sets, the first one's.
    """
    if cfg.get('test_dataloader') is None:
        return {}
    first = next(parts(cfg.test_dataloader.dataset))
    return reading_options(first.get('pipeline', []))


def draw_detections_in(cfg: Config, folder: str,
                       image_root: str | None = None) -> None:
    """Let the visualization hook draw every image, by the metric's rules.

    Args:
        cfg (Config): Config of a test run; changed in place.
        folder (str): Where pictures and masks go.
        image_root (str, optional): As of :class:`IRSTDVisualizationHook`.
            Defaults to None.

    Raises:
        InputError: If the config has no such hook, or a setting of its metric
            is outside its values.
    """
    hook = cfg.default_hooks.get('visualization')
    if hook is None or hook.get('type') != 'IRSTDVisualizationHook':
        raise InputError('default_hooks.visualization: expected an '
                         f'IRSTDVisualizationHook to draw with, got {hook}')
    hook.update(draw=True, out_dir=folder, image_root=image_root)
    reading = test_reading(cfg)
    hook.update({key: reading[key] for key in ('page', 'raw')
                 if key in reading})
    protocol = metric_protocol(cfg)
    if protocol is not None:
        hook.update(
            threshold=protocol.threshold,
            match=protocol.match,
            distance=protocol.distance,
            connectivity=protocol.connectivity)


Intervals = Mapping[str, tuple[float, float]]


def metric_table(*columns: Mapping[str, float],
                 names: Sequence[str] = ('value', ),
                 intervals: Sequence[Intervals] = ()) -> str:
    """Format metrics as a table, one row a metric.

    Args:
        *columns (Mapping[str, float]): Metrics of each column; a prefix such
            as ``irstd/`` does not count. A metric that a column lacks is
            left blank there.
        names (Sequence[str]): Name of each column. Defaults to ('value', ).
        intervals (Sequence[Mapping]): For each column the 95 % intervals of
            its metrics, shown behind the values. Defaults to none.

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
    known: Sequence[Intervals] = intervals or [{}] * len(bare)
    for metric in dict.fromkeys(key for column in bare for key in column):
        cells = [
            format_metric(metric, column[metric], limits.get(metric))
            if metric in column else ''
            for column, limits in zip(bare, known)
        ]
        table.add_row([metric, *cells, UNITS.get(metric, '')])
    for name in names:
        table.align[name] = 'r'
    return str(table)
