"""Disk cache of compiled networks.

A second start of a deployed network then skips tracing and compiling. Files
are named by a digest of everything that they depend on, so a change of the
weights, the code, the input shape or a version leads to another file.
"""
from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import pickle
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..utils.atomic_io import AtomicLocalBackend

FOLDER_VARIABLE = 'DSTRANSNET_COMPILED_CACHE'
"""Environment variable with another folder; empty to turn the cache off."""

MAX_BYTES = 2**30
"""Total size of all files; the least recently used ones are deleted."""

_SUFFIX = '.compiled'
_DIGEST_SIZE = 32
_LIBRARIES = ('torch', 'openvino', 'numpy', 'onedl-mmsegmentation',
              'mmsegmentation', 'onedl-mmcv', 'mmcv', 'mmcv-lite')
_PACKAGE = Path(__file__).resolve().parents[1]


def _digest(data: Any) -> bytes:
    return hashlib.blake2b(data, digest_size=_DIGEST_SIZE).digest()


def cache_folder() -> Path | None:
    """Return the folder of the cache, None if it is off or has no place."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        try:
            root = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
        except RuntimeError:  # a user without a home folder
            return None
        return Path(root, 'dstransnet', 'compiled')
    return Path(folder) if folder else None


class _Digester(pickle.Pickler):
    """Pickles objects with a digest in place of each tensor's values."""

    def persistent_id(self, value: Any) -> Any:
        """Return the digest of a tensor, None for other objects."""
        if not isinstance(value, torch.Tensor):
            return None
        data = value.detach().cpu().contiguous().flatten().view(torch.uint8)
        return (type(value).__name__, str(value.dtype), tuple(value.shape),
                _digest(data.numpy()))


class _Hash:
    """A file that keeps the digest of its contents only."""

    def __init__(self) -> None:
        self.state = hashlib.blake2b(digest_size=_DIGEST_SIZE)

    def write(self, data: Any) -> int:
        """Add data to the digest."""
        self.state.update(data)
        return len(data)


def _sources(network: nn.Module) -> Iterator[Path]:
    """Yield the files of this package, and of the network's classes."""
    yield from sorted(_PACKAGE.rglob('*.py'))
    names = {type(module).__module__ for module in network.modules()}
    for name in sorted(names):
        file = getattr(sys.modules.get(name), '__file__', None)
        if file and not name.startswith('torch.'):
            yield Path(file)


def network_key(network: nn.Module, *settings: object) -> str | None:
    """Return the name of a network's compiled form.

    The key covers weights, attributes and source code of the network, the
    versions of the libraries, the processor, and the settings.

    Args:
        network (nn.Module): Any network.
        *settings: Settings of the compilation, such as the input shape.

    Returns:
        str, optional: 64 hex digits; None for a network that cannot be
        pickled, which is not cached.
    """
    key = _Hash()
    versions = []
    for name in _LIBRARIES:
        try:
            versions.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    processor = (platform.machine(), platform.processor(),
                 torch.backends.cpu.get_cpu_capability())
    try:
        _Digester(key, protocol=4).dump((network, settings))
    except (pickle.PicklingError, AttributeError, TypeError, RuntimeError):
        return None
    key.write(repr((versions, processor)).encode())
    for path in _sources(network):
        key.write(path.read_bytes())
    return key.state.hexdigest()


def load_compiled(key: str) -> bytes | None:
    """Return a compiled network, None if it is missing or damaged.

    Args:
        key (str): Result of :func:`network_key`.
    """
    folder = cache_folder()
    if folder is None:
        return None
    path = folder / (key + _SUFFIX)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    with contextlib.suppress(OSError):  # a cache to read only
        os.utime(path)  # the most recently used one
    blob = content[_DIGEST_SIZE:]
    return blob if content[:_DIGEST_SIZE] == _digest(blob) else None


def store_compiled(key: str, blob: bytes) -> None:
    """Store a compiled network, and delete old ones beyond the limit.

    A folder that cannot be written to leaves the network uncached.

    Args:
        key (str): Result of :func:`network_key`.
        blob (bytes): The compiled network.
    """
    folder = cache_folder()
    if folder is None or len(blob) > MAX_BYTES:
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        AtomicLocalBackend().put(
            _digest(blob) + blob, str(folder / (key + _SUFFIX)))
        _delete_beyond(folder, MAX_BYTES)
    except OSError:
        return


def clear_compiled_cache() -> tuple[int, int]:
    """Delete all compiled networks.

    Returns:
        tuple[int, int]: Number of deleted files and their size in bytes.
    """
    folder = cache_folder()
    return (0, 0) if folder is None else _delete_beyond(folder, 0)


def _delete_beyond(folder: Path, limit: int) -> tuple[int, int]:
    """Delete the least recently used files; return their number and size."""
    found = [(path.stat(), path) for path in folder.glob('*' + _SUFFIX)]
    found.sort(key=lambda entry: entry[0].st_mtime, reverse=True)
    total = number = size = 0
    for status, path in found:
        total += status.st_size
        if total > limit:
            path.unlink(missing_ok=True)
            number += 1
            size += status.st_size
    return number, size
