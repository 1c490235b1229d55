"""Runners of the tools: launching, views, checkpoints, hooks."""
from __future__ import annotations

import logging
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmengine.runner.checkpoint import _load_checkpoint
from mmseg.registry import RUNNERS
from torch.nn.modules.batchnorm import _BatchNorm

from ..checkpoint.reading import read_checkpoint
from ..engine.optim import ignored_settings
from ..inference.preparation import views_after
from ..models.build import check_needs_no_checkpoint
from ..models.layers.portable_sync_bn import use_portable_sync_bn
from ..models.official_weights import check_weights
from ..utils.config import leaf_settings
from ..utils.errors import InputError
from ..utils.text import first_few
from .console import quiet
from .metric_options import read_as_pipeline
from .process_group import open_gloo_group
from .run_options import allow_nondeterministic_operators


class _ToolRunner:
    """Mixin of runners, for what the tools need beyond MMEngine's."""

    def wrap_model(self, model_wrapper_cfg: dict | None,
                   model: torch.nn.Module) -> torch.nn.Module:
        """Wrap a model for several processes.

        Models without trainable weights, which PyTorch's wrapper refuses,
        stay as they are: classical detectors and exported files. On CPUs
        :class:`PortableSyncBN` takes the place of torch's SyncBatchNorm.

        Raises:
            InputError: If ``sync_bn`` finds no batch norm.
        """
        if not any(each.requires_grad for each in model.parameters()):
            return model.to(get_device())
        wrap: Any = super().wrap_model  # type: ignore[misc]
        runner: Any = self
        shared = runner.cfg.get('sync_bn')
        if shared is not None and not any(
                isinstance(each, _BatchNorm) for each in model.modules()):
            raise InputError('--sync-bn (sync_bn): expected a model with '
                             'batch norms, and it has none')
        if not runner.distributed or get_device() != 'cpu':
            return wrap(model_wrapper_cfg, model)
        replaced = use_portable_sync_bn(model, everywhere=shared is not None)
        if replaced:
            print_log(f'model: PortableSyncBN replaces {replaced} batch norms',
                      'current')
        if shared is not None:
            runner.cfg.sync_bn = None  # done, and not by torch's
        wrapped = wrap(model_wrapper_cfg, model)
        if shared is not None:
            runner.cfg.sync_bn = shared
        return wrapped

    def load_checkpoint(self, *args: Any, **kwargs: Any) -> Any:
        """Load weights; tell what a resumed training does not follow."""
        checkpoint = super().load_checkpoint(  # type: ignore[misc]
            *args, **kwargs)
        runner: Any = self
        if runner._resume and isinstance(runner.optim_wrapper, OptimWrapper):
            for setting in ignored_settings(checkpoint, runner.optim_wrapper,
                                            runner.param_schedulers or ()):
                print_log(f'resumed with {setting} as the config has it; '
                          'other settings need a new training (load_from)',
                          'current', logging.WARNING)
        return checkpoint


def build_runner(cfg: Config, verbose: bool = False) -> Runner:
    """Build the runner, on processes without a GPU as well.

    mmengine initialises process groups and wraps models for CUDA only. On
    CPUs, gloo opens the group, and the model is wrapped without device ids.

    Args:
        cfg (Config): Config of a run; changed in place.
        verbose (bool): Whether the console shows all that the log file has.
            Defaults to False, one line a step.

    Raises:
        InputError: If the launcher needs GPUs, or the runner is unknown.
    """
    launcher = cfg.get('launcher', 'none')
    if launcher != 'none' and get_device() == 'cpu':
        if launcher != 'pytorch':
            raise InputError(f'launcher: {launcher} needs GPUs; on CPUs '
                             'use tools/dist_train.sh (torchrun)')
        open_gloo_group(cfg)
        cfg.model_wrapper_cfg = dict(
            type='MMDistributedDataParallel',
            device_ids=None,
            broadcast_buffers=False,
            find_unused_parameters=cfg.get('find_unused_parameters', False))
    name = cfg.get('runner_type')
    kind: Any = Runner if name is None else RUNNERS.get(name)
    if kind is None:
        raise InputError(f'runner_type: no runner {name!r} is registered')
    kind = type(kind.__name__, (_ToolRunner, kind), {})
    if not verbose:
        kind = quiet(kind)
    read_as_pipeline(cfg)
    runner = kind.from_cfg(cfg)
    allow_nondeterministic_operators()
    return runner


def enable_tta(cfg: Config) -> None:
    """Test on the views of ``tta_pipeline``, averaged by ``tta_model``.

    Checkpoints load as usual. Only the test dataset is changed.

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
            'configs/_base_/default_runtime.py and the datasets of '
            'configs/_base_/datasets have them')
    for part in leaf_settings(cfg.test_dataloader.dataset):
        part.pipeline = views_after(part.get('pipeline', []),
                                    cfg.tta_pipeline)
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model


def check_checkpoint(path: str | None, model: torch.nn.Module) -> None:
    """Raise unless a checkpoint holds exactly the weights of ``model``.

    mmengine would only log a mismatch and evaluate random weights. A model
    that is not built yet (FlexibleRunner) is not compared.

    Args:
        path (str | None): Of the checkpoint; None for a model without
            weights, such as :class:`.ClassicalDetector`.
        model (nn.Module): As the runner has built it.

    Raises:
        InputError: If the file is missing, is no checkpoint, or belongs to
            another network; the message names what differs. If there is no
            path and the model has weights.
    """
    # Test-time augmentation is one more wrapper, inside the distributed one.
    if is_model_wrapper(model):
        model = model.get_submodule('module')
    if path is None:
        check_needs_no_checkpoint(model)
        return
    checkpoint = read_checkpoint(path, map_location='cpu')
    if not isinstance(model, torch.nn.Module):
        return
    check_weights(checkpoint.get('state_dict', checkpoint), model, path)


def check_initial_weights(path: str, model: torch.nn.Module) -> None:
    """Raise unless a training can start from the weights in ``load_from``.

    They may be those of a similar network, of another head for example, but
    some have to fit; mmengine would only list what does not. A model that is
    not built yet (FlexibleRunner) is not compared.

    Args:
        path (str): File or address of the checkpoint.
        model (nn.Module): As the runner has built it.

    Raises:
        InputError: If no weight of the backbone, or of a model without one,
            has the name and the shape of the model's.
    """
    if is_model_wrapper(model):
        model = model.get_submodule('module')
    given = _load_checkpoint(path, 'cpu')
    if not isinstance(model, torch.nn.Module):
        return
    own = {name: value.shape for name, value in model.state_dict().items()}
    given = given.get('state_dict', given)
    fitting = {
        name for name in own
        if getattr(given.get(name, given.get(f'module.{name}')), 'shape', None)
        == own[name]}
    kept = {name for name in own if name.startswith('backbone.')} or set(own)
    if not fitting & kept:
        raise InputError(
            f'load_from: {path}: expected weights of the model, such as '
            f'{next(iter(sorted(kept)))}, got '
            f'{first_few(sorted(given)) or "none"}')
    if len(fitting) < len(own):
        print_log(f'load_from: {len(fitting)} of {len(own)} tensors come from '
                  f'{path}', 'current', logging.WARNING)


def hook_name(hook: Any) -> str:
    """Return the name of a hook's class.

    Args:
        hook (object): A hook, or its settings. Their type is a class or a
            name, which may have a scope (``mmengine.EMAHook``).

    Returns:
        str: The name without scope and module.
    """
    kind = hook.get('type') if isinstance(hook, dict) else type(hook)
    return str(getattr(kind, '__name__', kind)).rpartition('.')[2]


def add_hooks(cfg: Config, *names: str) -> None:
    """Add custom hooks that a config does not have yet.

    Args:
        cfg (Config): Config of a run; changed in place.
        *names (str): Class names of the hooks.
    """
    hooks = list(cfg.get('custom_hooks') or ())
    # Default hooks may be any hooks, too.
    named = (cfg.get('default_hooks') or {}).values()
    present = {hook_name(hook) for hook in (*hooks, *named)}
    cfg.custom_hooks = hooks + [
        dict(type=name) for name in names if name not in present
    ]


def add_run_hooks(cfg: Config) -> None:
    """Add the hooks of every training and test run.

    - :class:`RunRecordHook` records the training run and, in testing, compares
      its data with the test data.
    - :class:`FiniteLossHook` stops at losses that are not finite.
    - :class:`MemoryHook` explains out-of-memory errors.
    - :class:`SegmentorCheckHook` stops at losses that do not suit the head.
    - :class:`BatchSizeHook` stops at batch sizes that would fail later.

    Args:
        cfg (Config): Config of any mmseg model; changed in place.
    """
    add_hooks(cfg, 'RunRecordHook', 'FiniteLossHook', 'MemoryHook',
              'SegmentorCheckHook', 'BatchSizeHook')
