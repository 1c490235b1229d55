"""Process groups on machines without a GPU."""
from __future__ import annotations

import datetime
import math
import os
import time
from typing import Any

import torch
from mmengine.config import Config

from ..utils.errors import InputError

JOINING = 'DSTRANSNET_JOIN_LIMIT'
"""Environment variable: seconds to wait for all processes to start."""
_JOIN_LIMIT = '600'
_LIMIT = datetime.timedelta(minutes=30)  # gloo's own


def open_gloo_group(cfg: Config) -> None:
    """Initialise the process group that torchrun started, by gloo.

    The start has its own time limit (:data:`JOINING`, 600 s): if a process
    fails before it joins, the others need not wait for gloo's 30 minutes.
    Later communication has the limit of the config.

    Args:
        cfg (Config): Config whose ``env_cfg.dist_cfg`` may have a ``timeout``
            in seconds.

    Raises:
        InputError: If processes are missing at the end of the limit, or a
            limit is not a number of seconds.
    """
    seconds = cfg.get('env_cfg', {}).get('dist_cfg', {}).get('timeout')
    limit = _LIMIT if seconds is None else _duration(
        'env_cfg.dist_cfg.timeout', seconds)
    store, rank, count = _join()
    store.set_timeout(limit)
    torch.distributed.init_process_group(
        'gloo', store=store, rank=rank, world_size=count, timeout=limit)


def _join() -> tuple[torch.distributed.Store, int, int]:
    """Wait for all processes; return the store, the rank and their number."""
    limit = _duration(JOINING, os.environ.get(JOINING, _JOIN_LIMIT))
    absent, end = '', time.monotonic() + limit.total_seconds()
    try:
        # Without torchrun, the first process waits for the others here.
        store, rank, count = next(
            torch.distributed.rendezvous('env://', timeout=limit))
        keys = [f'joined/{each}' for each in range(count)]
        store.set(keys[rank], '')
        try:
            rest = max(end - time.monotonic(), 0.1)
            store.wait(keys, datetime.timedelta(seconds=rest))
        except RuntimeError:
            absent = _absent(store, keys)
            raise
    except RuntimeError as error:  # torch.distributed.DistError
        raise InputError(
            'launcher: not all processes have joined within '
            f'{limit.total_seconds():g} s{absent}; see what they printed '
            f'({JOINING} sets another limit)') from error
    return store, rank, count


def _duration(name: str, seconds: Any) -> datetime.timedelta:
    """Return seconds as a duration.

    Raises:
        InputError: If they are not a number from 1 to those of a year.
    """
    try:
        found = float(seconds)
    except (TypeError, ValueError):
        found = math.nan
    if not 1 <= found <= 366 * 86400:
        raise InputError(f'{name}: expected a number of seconds, 1 or more, '
                         f'got {seconds!r}')
    return datetime.timedelta(seconds=found)


def _absent(store: torch.distributed.Store, keys: list[str]) -> str:
    """Name the missing ranks if the process with the store still runs."""
    try:
        ranks = [str(rank) for rank, key in enumerate(keys)
                 if not store.check([key])]
    except RuntimeError:
        return ''
    return f', absent: rank {", ".join(ranks)}' if ranks else ''
