"""The group of a run's processes on machines without a GPU."""
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
    """Open the group of the processes that torchrun started.

    A process that ends before it joins, as of a mistake in its command, would
    let those of other machines wait for gloo's 30 minutes. So they wait for
    each other to start with a limit of its own (:data:`JOINING`, 600 s), and
    later with that of the config.

    Args:
        cfg (Config): With ``env_cfg``, whose ``dist_cfg`` may have a
            ``timeout`` in seconds.

    Raises:
        InputError: If some have not started within the limit, or a limit is
            no number of seconds.
    """
    seconds = cfg.get('env_cfg', {}).get('dist_cfg', {}).get('timeout')
    limit = _LIMIT if seconds is None else _duration(
        'env_cfg.dist_cfg.timeout', seconds)
    store, rank, count = _join()
    store.set_timeout(limit)
    torch.distributed.init_process_group(
        'gloo', store=store, rank=rank, world_size=count, timeout=limit)


def _join() -> tuple[torch.distributed.Store, int, int]:
    """Wait until all processes are there; return store, rank and number."""
    limit = _duration(JOINING, os.environ.get(JOINING, _JOIN_LIMIT))
    absent, end = '', time.monotonic() + limit.total_seconds()
    try:
        # Without torchrun, the first process waits for the others in this.
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
        InputError: If they are no number from 1 to a year's.
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
    """Say which have not joined, where the one with the store still runs."""
    try:
        ranks = [str(rank) for rank, key in enumerate(keys)
                 if not store.check([key])]
    except RuntimeError:
        return ''
    return f', absent: rank {", ".join(ranks)}' if ranks else ''
