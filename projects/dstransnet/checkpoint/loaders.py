"""Loaders of checkpoints for mmengine, by the scheme of their address.

mmengine's own loaders unpickle whatever they fetch. These fetch a file, by
http into torch's cache folder or by mmengine's file backend, and read it as
data. Names of models are looked up in mmengine's tables.
"""
from __future__ import annotations

import hashlib
import os
import os.path as osp
import tempfile
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.parse import urlparse
from urllib.request import Request, urlopen

import torch
from mmengine import fileio
from mmengine.dist import barrier, get_dist_info
from mmengine.runner import checkpoint as mmengine_checkpoint

from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError
from .reading import read_plain
from .trust import is_trusted


def download(url: str) -> str:
    """Download a file once into the checkpoint folder of torch's cache.

    Args:
        url (str): Address, http or https.

    Returns:
        str: Path of the file. Its name starts with a digest of the address,
        which tells files of equal names apart.

    Raises:
        InputError: If the download fails; the message names the address.
    """
    folder = osp.join(torch.hub.get_dir(), 'checkpoints')
    os.makedirs(folder, exist_ok=True)
    digest = hashlib.sha256(url.encode()).hexdigest()[:12]
    path = osp.join(folder, f'{digest}-{osp.basename(urlparse(url).path)}')
    if not osp.isfile(path):
        try:
            _fetch(url, path)
        except (URLError, HTTPException, OSError, ValueError) as error:
            raise InputError(
                f'checkpoint: {url} cannot be fetched: {error}') from error
    return path


def _fetch(url: str, path: str) -> None:
    """Download a whole file or, unlike torch.hub, nothing of it."""
    request = Request(url, headers={'User-Agent': 'dstransnet'})
    with urlopen(request) as answer:
        AtomicLocalBackend().put(answer.read(), path)


def load_from_local(filename: str, map_location: Any = None) -> Any:
    """Read a file without its config, which is a program.

    On resuming, mmengine runs ``meta['config']`` to find the number of GPUs.
    """
    checkpoint = read_plain(filename, map_location)
    if not isinstance(checkpoint, Mapping):
        return checkpoint  # mmseg reads tables of numbers by this too
    state, meta = checkpoint.get('state_dict', {}), checkpoint.get('meta', {})
    for name, part in (('state_dict', state), ('meta', meta)):
        if not isinstance(part, Mapping) or not all(
                isinstance(key, str) for key in part):
            raise InputError(f'checkpoint: {filename}: expected {name} as a '
                             f'table of names, got {type(part).__name__}')
    if 'config' in meta and not is_trusted(osp.expanduser(filename)):
        kept = {key: value for key, value in meta.items() if key != 'config'}
        return {**checkpoint, 'meta': kept}
    return checkpoint


def load_from_http(filename: str, map_location: Any = None) -> Any:
    """Download a file in the first process, then read it in all."""
    rank, _ = get_dist_info()
    try:
        if rank == 0:
            download(filename)
    finally:  # the others find an error by themselves
        barrier()
    path = download(filename)
    try:
        return load_from_local(path, map_location)
    except InputError as error:
        raise InputError(f'{error} (fetched from {filename}; remove the file '
                         'to fetch it again)') from error


def load_from_backend(filename: str, map_location: Any = None) -> Any:
    """Download a file by mmengine's petrel backend and read it."""
    data = fileio.get(filename, backend_args=dict(backend='petrel'))
    with tempfile.TemporaryDirectory() as folder:
        path = osp.join(folder, osp.basename(filename))
        with open(path, 'wb') as file:
            file.write(data)
        try:
            return load_from_local(path, map_location)
        except InputError as error:
            raise InputError(f'{error} (fetched from {filename})') from error


def refuse_to_load(filename: str, map_location: Any = None) -> Any:
    """Refuse an address that only mmengine's unsafe reader can read."""
    raise InputError(f'checkpoint: {filename} cannot be read as data; '
                     'download the file and name its path')


def _address(filename: str, tables: Any) -> str:
    """Look a name like ``torchvision://resnet18`` up in a table."""
    name = filename.partition('://')[2]
    try:
        return tables()[name]
    except KeyError as error:
        raise InputError(f'checkpoint: {filename}: unknown name') from error


def load_from_torchvision(filename: str, map_location: Any = None) -> Any:
    """Read weights of torchvision by name."""
    return load_from_http(
        _address(filename, mmengine_checkpoint.get_torchvision_models),
        map_location)


def load_from_openmmlab(filename: str, map_location: Any = None) -> Any:
    """Read weights of the OpenMMLab projects by mmengine's table."""
    newer = mmengine_checkpoint.get_deprecated_model_names()
    scheme, _, name = filename.partition('://')
    address = _address(f'{scheme}://{newer.get(name, name)}',
                       mmengine_checkpoint.get_external_models)
    if address.startswith(('http://', 'https://')):
        return load_from_http(address, map_location)
    home = mmengine_checkpoint._get_mmengine_home()
    return load_from_local(osp.join(home, address), map_location)


def load_from_mmcls(filename: str, map_location: Any = None) -> Any:
    """Read the backbone of a classifier by mmengine's table."""
    checkpoint = load_from_http(
        _address(filename, mmengine_checkpoint.get_mmcls_models), map_location)
    return mmengine_checkpoint._process_mmcls_checkpoint(checkpoint)


SCHEMES = {
    '': load_from_local,
    'http://': load_from_http,
    'https://': load_from_http,
    'modelzoo://': load_from_torchvision,
    'torchvision://': load_from_torchvision,
    'open-mmlab://': load_from_openmmlab,
    'openmmlab://': load_from_openmmlab,
    'mmcls://': load_from_mmcls,
    r'(\S+\:)?s3://': load_from_backend,
    r'(\S+\:)?petrel://': load_from_backend,
    'pavi://': refuse_to_load,
}
"""Loader of each address prefix that mmengine knows, as :mod:`re` patterns."""
