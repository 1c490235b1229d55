"""Reading checkpoint files as data: no code in a local file is run.

Importing this module makes mmengine read local files through
:func:`read_checkpoint`, so ``load_from``, ``--resume``, ``init_model`` and
MMSegInferencer take ``.safetensors`` files as well, and never unpickle
arbitrary objects.
"""
from __future__ import annotations

import json
import os.path as osp
import pickle
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from mmengine.logging.history_buffer import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors import SafetensorError
from safetensors.torch import safe_open, save_file
from torch import Tensor, nn

from .errors import InputError

_MOST_NAMED = 5

# What torch's unpickler raises on bytes that are no pickle, or a damaged one.
_UNREADABLE = (pickle.UnpicklingError, struct.error, RuntimeError, EOFError,
               ValueError, LookupError, AttributeError, TypeError,
               AssertionError, OverflowError, MemoryError)


def _history_statistic(owner: type, name: str) -> Any:
    """Stand in for ``getattr``, which HistoryBuffer's pickles call."""
    if owner is not HistoryBuffer or name not in HistoryBuffer.__dict__ \
            or name.startswith('_'):
        raise pickle.UnpicklingError(
            f'attribute {name!r} of {owner!r} is not plain data')
    return getattr(owner, name)


def _safe_globals() -> list[Any]:
    """Return the types of mmengine's own checkpoints, all of them data."""
    core = getattr(np, '_core', None) or np.core
    dtypes = [type(np.dtype(kind)) for kind in ('f4', 'f8', 'i4', 'i8', 'u4')]
    return [
        core.multiarray._reconstruct, core.multiarray.scalar, np.ndarray,
        np.dtype, *dtypes, HistoryBuffer,
        (_history_statistic, 'builtins.getattr')
    ]


def read_checkpoint(filename: str, map_location: Any = None) -> dict:
    """Read a checkpoint file without running code from it.

    Args:
        filename (str): A ``.safetensors`` file, or a file of ``torch.save``.
        map_location: As of :func:`torch.load`. Defaults to None.

    Returns:
        dict: What the file holds; for safetensors ``state_dict`` (float32
        where it is stored as float16) and ``meta``.

    Raises:
        FileNotFoundError: If there is no such file.
        InputError: If it is not a checkpoint, or holds more than tensors and
            plain data.
    """
    filename = osp.expanduser(filename)
    if not osp.isfile(filename):
        raise FileNotFoundError(f'checkpoint: no file {filename}')
    if filename.endswith('.safetensors'):
        return _read_safetensors(filename, map_location)
    try:
        with torch.serialization.safe_globals(_safe_globals()):
            return torch.load(
                filename, map_location=map_location, weights_only=True)
    except _UNREADABLE as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        # torch's advice to trust the file comes before the reason itself.
        reason = next((line.strip() for line in lines
                       if line.strip().startswith('WeightsUnpickler')),
                      lines[0])
        raise InputError(f'checkpoint: {filename} is not a checkpoint of '
                         f'tensors and plain data: {reason}') from error


def _read_safetensors(filename: str, map_location: Any) -> dict:
    device = 'cpu' if map_location is None else str(map_location)
    try:
        with safe_open(filename, framework='pt', device=device) as file:
            meta = json.loads((file.metadata() or {}).get('meta', '{}'))
            state = {key: file.get_tensor(key) for key in file.keys()}
    except (SafetensorError, ValueError) as error:
        raise InputError(
            f'checkpoint: {filename} is no safetensors file: {error}') \
            from error
    state = {
        key: value.float() if value.dtype == torch.float16 else value
        for key, value in state.items()
    }
    return dict(state_dict=state, meta=meta)


def write_safetensors(filename: str, state_dict: Mapping[str, Tensor],
                      meta: Mapping[str, Any]) -> None:
    """Write weights as float16 safetensors.

    Args:
        filename (str): Where to; should end in ``.safetensors``.
        state_dict (Mapping[str, Tensor]): Weights and buffers; floating-point
            ones are rounded to float16, the others stay.
        meta (Mapping): Plain data about them, such as ``dataset_meta``.

    Raises:
        InputError: If a value overflows float16.
    """
    tensors = {}
    for key, value in state_dict.items():
        if value.is_floating_point():
            value = value.half()
            if not torch.isfinite(value).all():
                raise InputError(f'{key} does not fit float16')
        tensors[key] = value.contiguous()
    save_file(tensors, filename, metadata=dict(meta=json.dumps(dict(meta))))


def check_state_dict(state_dict: Mapping[str, Tensor], model: nn.Module,
                     name: str) -> None:
    """Raise unless a state dict has the keys and shapes of ``model``.

    Args:
        state_dict (Mapping[str, Tensor]): The weights.
        model (nn.Module): The network, possibly wrapped for distribution.
        name (str): What to call the weights in the error, a path usually.

    Raises:
        InputError: If they differ; the message names the first few.
    """
    expected = getattr(model, 'module', model).state_dict()
    given = {
        key.removeprefix('module.'): value
        for key, value in state_dict.items()
    }

    def named(keys: list[str]) -> str:
        more = f', ... ({len(keys)} in all)' * (len(keys) > _MOST_NAMED)
        return ', '.join(keys[:_MOST_NAMED]) + more

    missing = [key for key in expected if key not in given]
    unexpected = [key for key in given if key not in expected]
    reshaped = [
        f'{key} {tuple(given[key].shape)} instead of {tuple(value.shape)}'
        for key, value in expected.items()
        if key in given and given[key].shape != value.shape
    ]
    differences = [
        f'{label} {named(keys)}'
        for label, keys in (('lacks', missing), ('has unknown', unexpected),
                            ('has', reshaped)) if keys
    ]
    if differences:
        raise InputError(f'checkpoint: {name} is of another network than the '
                         f"config's: it {'; it '.join(differences)}")


CheckpointLoader.register_scheme(
    prefixes='', loader=read_checkpoint, force=True)
