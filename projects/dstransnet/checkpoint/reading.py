"""Reading of checkpoint files as data, without running code in them.

The loaders in :mod:`.loaders` make mmengine read through this module.
"""
from __future__ import annotations

import errno
import io
import json
import os.path as osp
import pickle
import re
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import safe_open, save
from torch import Tensor, nn

from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError, first_line
from ..utils.reading import file_digest, read_text
from ..utils.text import first_few
from .trust import is_trusted
from .unpickling import safe_globals

# Errors of torch's unpickler on damaged files.
_UNREADABLE = (pickle.UnpicklingError, struct.error, RuntimeError, EOFError,
               ValueError, LookupError, AttributeError, TypeError,
               AssertionError, OverflowError, MemoryError)


def read_plain(filename: str, map_location: Any = None) -> Any:
    """Read a checkpoint file of any plain data.

    Args:
        filename (str): A ``.safetensors`` file, or a file of ``torch.save``.
            If ``FILENAME.sha256`` lies beside it, its content is compared
            with this hash.
        map_location: See :func:`torch.load`. Defaults to None.

    Returns:
        object: Content of the file; see :func:`read_checkpoint`.

    Raises:
        FileNotFoundError: If there is no such file.
        InputError: If it is not a checkpoint, has another hash, or holds more
            than tensors and plain data without being trusted
            (:func:`.trust.trusting`).
    """
    filename = osp.expanduser(filename)
    if not osp.isfile(filename):
        raise FileNotFoundError(f'checkpoint: no file {filename}')
    _verify(filename)
    if filename.endswith('.safetensors'):
        return _read_safetensors(filename, map_location)
    try:
        with torch.serialization.safe_globals(safe_globals()):
            return torch.load(
                filename, map_location=map_location, weights_only=True)
    except (*_UNREADABLE, OSError) as error:
        # A damaged file may make the reader seek before its beginning; other
        # errors of the system come from the disk.
        if isinstance(error, OSError) and error.errno not in (
                None, errno.EINVAL):
            raise
        if is_trusted(filename):
            return _run_file(filename, map_location)
        raise InputError(
            f'checkpoint: {filename} is not a checkpoint of tensors and '
            f'plain data: {_reason(error)}') from error


def _verify(filename: str) -> None:
    """Compare a file with the hash beside it, which sha256sum wrote."""
    listed = Path(f'{filename}.sha256')
    if not listed.is_file():
        return
    expected = re.search(r'\b[0-9a-f]{64}\b', read_text(listed).lower())
    if expected is None:
        raise InputError(f'checkpoint: {listed}: expected a SHA-256, found '
                         'none')
    found = file_digest(filename)
    if found != expected[0]:
        raise InputError(
            f'checkpoint: {filename}: expected the SHA-256 {expected[0]} of '
            f'{listed.name}, got {found}: the file is damaged, or the hash is '
            'of another one')


def _reason(error: Exception) -> str:
    """Return torch's reason without its advice to trust the file."""
    cause = error.__context__ or error
    text = str(cause).strip() or type(cause).__name__
    reason = re.split(r'\n|\. Please use|\. In PyTorch', text)[0]
    if 'GLOBAL' in reason or reason.startswith('Cannot use'):
        reason += ('; a file whose origin is known can be read by '
                   '--trust-checkpoint FILE')
    return reason


def _run_file(filename: str, map_location: Any) -> Any:
    """Read a trusted file, which may run code."""
    warnings.warn(
        f'checkpoint: {filename} holds more than tensors and plain data; it '
        'is trusted, and its code runs now', stacklevel=2)
    try:
        return torch.load(
            filename, map_location=map_location, weights_only=False)
    # The code in the file may raise anything.
    except Exception as error:
        raise InputError(f'checkpoint: {filename} cannot be read '
                         f'({type(error).__name__}: {error})') from error


def read_checkpoint(filename: str, map_location: Any = None) -> dict:
    """Read a checkpoint file without running code from it.

    Args:
        filename (str): See :func:`read_plain`.
        map_location: See :func:`torch.load`. Defaults to None.

    Returns:
        dict: Content of the file; for safetensors ``state_dict`` (float32
        where it is stored as float16) and ``meta``.

    Raises:
        FileNotFoundError: If there is no such file.
        InputError: If it is not a checkpoint, has another hash, or holds more
            than tensors and plain data.
    """
    checkpoint = read_plain(filename, map_location)
    if not isinstance(checkpoint, dict):
        raise InputError(f'checkpoint: {filename}: expected a table of '
                         f'tensors, got {type(checkpoint).__name__}')
    return checkpoint


def _read_safetensors(filename: str, map_location: Any) -> dict:
    device = 'cpu' if map_location is None else str(map_location)
    try:
        with safe_open(filename, framework='pt', device=device) as file:
            meta = json.loads((file.metadata() or {}).get('meta', '{}'))
            if not isinstance(meta, dict):
                raise ValueError(f'its meta is a {type(meta).__name__}')
            state = {key: file.get_tensor(key) for key in file.keys()}
    # RecursionError comes from JSON that is nested too deep.
    except (SafetensorError, ValueError, RecursionError) as error:
        raise InputError(
            f'checkpoint: {filename} is no safetensors file: {error}') \
            from error
    state = {key: value.float() if value.dtype == torch.float16 else value
             for key, value in state.items()}
    return dict(state_dict=state, meta=meta)


def write_safetensors(filename: str, state_dict: Mapping[str, Tensor],
                      meta: Mapping[str, Any]) -> None:
    """Write weights as float16 safetensors.

    Args:
        filename (str): Path of the new file, ending in ``.safetensors``.
        state_dict (Mapping[str, Tensor]): Weights and buffers; floating-point
            ones are rounded to float16, the others stay.
        meta (Mapping): Plain data about the weights, such as
            ``dataset_meta``.

    Raises:
        InputError: If a value overflows float16 or is NaN, or the format
            lacks a kind of tensor or of metadata.
        OSError: If the file cannot be written; it has not changed then.
    """
    tensors = {}
    for key, value in state_dict.items():
        half = value.half() if value.is_floating_point() else value
        if is_finite(half) is False:
            raise InputError(f'cannot write {filename}: {key} does not fit '
                             f'float16: {_beyond_float16(value)}')
        tensors[key] = half
    try:
        content = save(
            {key: value.contiguous() for key, value in tensors.items()},
            dict(meta=json.dumps(dict(meta))))
    except (RuntimeError, ValueError, LookupError, TypeError) as error:
        raise InputError(
            f'cannot write {filename}: {first_line(error)}') from error
    AtomicLocalBackend().put(content, filename)


def _beyond_float16(value: Tensor) -> str:
    """Say why a tensor does not fit float16."""
    if torch.isnan(value).any():
        return 'it holds NaN'
    largest = value.double().abs().max().item()
    limit = torch.finfo(torch.float16).max
    return f'it holds {largest:g}, the limit is {limit:g}'


def write_checkpoint(filename: str | Path,
                     checkpoint: Mapping[str, Any]) -> None:
    """Write a checkpoint by :func:`torch.save`.

    A SHA-256 of another file, which was there before, is removed.

    Raises:
        OSError: If the file cannot be written; it has not changed then.
    """
    content = io.BytesIO()
    torch.save(checkpoint, content)
    AtomicLocalBackend().put(content.getvalue(), filename)
    Path(f'{filename}.sha256').unlink(missing_ok=True)


def check_destination(src: str, dst: Path, suffix: str) -> None:
    """Raise unless a file can be made of a checkpoint without replacing it.

    Args:
        src (str): Path of the checkpoint.
        dst (Path): File to write.
        suffix (str): What its name has to end with.

    Raises:
        InputError: If it is the same file, its name ends otherwise, or there
            is no such folder.
    """
    if dst.suffix != suffix:
        raise InputError(f'dst: expected NAME{suffix}, got {dst}')
    if not dst.resolve().parent.is_dir():
        raise InputError(f'dst: no folder {dst.parent}')
    if dst.exists() and dst.resolve() == Path(src).expanduser().resolve():
        raise InputError(f'dst: {dst} is the same file as src')


def check_tensors(state_dict: Any, name: str) -> None:
    """Raise an error unless an object maps names to tensors.

    Args:
        state_dict (object): The object.
        name (str): What to call it in the error, a path usually.

    Raises:
        InputError: If it does not.
    """
    if not isinstance(state_dict, Mapping):
        raise InputError(f'checkpoint: {name}: expected a table of tensors, '
                         f'got {type(state_dict).__name__}')
    for key, value in state_dict.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise InputError(
                f'checkpoint: {name}: expected names of tensors, got {key!r} '
                f'of {type(value).__name__}')


def is_finite(value: Tensor) -> bool | None:
    """Return whether all values of a tensor are finite numbers.

    Args:
        value (Tensor): Any tensor.

    Returns:
        bool or None: None for tensors without a plain array in memory: sparse
        and quantised tensors, those of the device 'meta', bit fields, and
        subclasses, which may be spread over processes.
    """
    if type(value) not in (Tensor, nn.Parameter) or value.is_meta \
            or value.layout != torch.strided or value.is_quantized:
        return None
    try:
        if value.is_floating_point() and value.dtype.itemsize == 1:
            value = value.float()  # torch does not compare these
        return bool(torch.isfinite(value).all())
    except NotImplementedError:
        return None


class OtherNetworkError(InputError):
    """Raised for weights whose names or shapes are not a network's."""


def check_state_dict(state_dict: Mapping[str, Tensor], model: nn.Module,
                     name: str) -> dict[str, Tensor]:
    """Raise an error unless a state dict has a model's keys and shapes.

    Args:
        state_dict (Mapping[str, Tensor]): The weights.
        model (nn.Module): The network, possibly wrapped for distribution.
        name (str): What to call the weights in the error, a path usually.

    Returns:
        dict[str, Tensor]: The weights by the names of the unwrapped network.

    Raises:
        OtherNetworkError: If they differ; the message names the first few.
        InputError: If they are not finite.
    """
    check_tensors(state_dict, name)
    expected = getattr(model, 'module', model).state_dict()
    given = {key.removeprefix('module.'): value
             for key, value in state_dict.items()}

    missing = [key for key in expected if key not in given]
    unexpected = [key for key in given if key not in expected]
    reshaped = [
        f'{key} {tuple(given[key].shape)} instead of {tuple(value.shape)}'
        for key, value in expected.items()
        if key in given and given[key].shape != value.shape
    ]
    differences = [
        f'{label} {first_few(keys, 3)}'
        for label, keys in (('lacks', missing), ('has unknown', unexpected),
                            ('has', reshaped)) if keys
    ]
    if differences:
        raise OtherNetworkError(
            f'checkpoint: {name} is of another network than the '
            f"config's: it {'; it '.join(differences)}")
    finite = {key: is_finite(given[key]) for key in expected}
    for text, answer in (('other tensors than arrays of numbers:', None),
                         ('NaN or infinite values in', False)):
        wrong = [key for key in expected if finite[key] is answer]
        if wrong:
            raise InputError(
                f'checkpoint: {name} holds {text} {first_few(wrong)}')
    return given
