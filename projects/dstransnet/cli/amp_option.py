"""Mixed precision of a training run: ``--amp`` and ``--amp-dtype``."""
from __future__ import annotations

import argparse

import torch
from mmengine.config import Config
from mmengine.device import get_device

from ..engine.optim import in_precision
from ..utils.dtypes import MIXED_DTYPES, usable_dtype
from ..utils.errors import InputError

_ACCELERATORS = ('cuda', 'npu', 'mlu', 'musa')


def add_amp_arguments(parser: argparse._ActionsContainer) -> None:
    """Add ``--amp`` and ``--amp-dtype``."""
    parser.add_argument(
        '--amp', action='store_true', help='automatic mixed precision')
    parser.add_argument(
        '--amp-dtype',
        choices=list(MIXED_DTYPES),
        help='with --amp, compute in bf16, on CPUs as well, or in fp16 with a '
        "scaled loss, on GPUs; default: the config's type, or else bf16 "
        'unless a GPU lacks it')


def apply_amp_options(cfg: Config, args: argparse.Namespace) -> None:
    """Apply ``--amp`` and ``--amp-dtype`` to the config of a training run.

    Raises:
        InputError: If the arguments do not go together, or as
            :func:`enable_amp` does.
    """
    if args.amp:
        enable_amp(cfg, args.amp_dtype)
    elif args.amp_dtype is not None:
        raise InputError('--amp-dtype needs --amp')


def enable_amp(cfg: Config, kind: str | None = None) -> None:
    """Switch the optimiser wrapper to automatic mixed precision.

    Args:
        cfg (Config): Config of a training run; changed in place.
        kind (str, optional): ``'fp16'`` or ``'bf16'``. bf16 has the range of
            float32; fp16 ends at 65 504, and the sub-bands of a wavelet
            convolution are up to 4 times as large as its input. Defaults to
            None, the type of the config's AmpOptimWrapper, or else bf16 where
            the device has it.

    Raises:
        InputError: If this machine, or the config's wrapper, cannot do it.
    """
    device = get_device()
    if device != 'cpu' and device not in _ACCELERATORS:
        raise InputError('--amp: expected a CPU or one of '
                         f'{", ".join(_ACCELERATORS)}, got {device}')
    if kind is None:
        configured = cfg.optim_wrapper.get('type', 'OptimWrapper')
        if configured == 'AutocastOptimWrapper' or (
                configured == 'AmpOptimWrapper' and device != 'cpu'):
            return
        kind = 'bf16' if device == 'cpu' or _gpu_has_bfloat16(
            device) else 'fp16'
    settings = in_precision(cfg.optim_wrapper, kind)
    if kind == 'bf16':
        if device == 'cuda' and not _gpu_has_bfloat16(device):
            raise InputError('--amp-dtype bf16: this GPU does not compute in '
                             'bfloat16; use fp16')
        usable_dtype(MIXED_DTYPES[kind], device)  # warns before the start
    elif device == 'cpu':
        raise InputError('--amp-dtype fp16 needs a GPU, and there is none on '
                         'this machine; bf16 runs on CPUs')
    cfg.optim_wrapper = settings


def _gpu_has_bfloat16(device: str) -> bool:
    return device == 'cuda' and torch.cuda.is_bf16_supported(
        including_emulation=False)
