"""Functions on several forked processes of one gloo group."""
import multiprocessing
import os
import pickle
import socket
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import torch

from helpers.process_state import begin_fork

_LIMIT = 120  # seconds


def free_port() -> str:
    with socket.socket() as opened:
        opened.bind(('127.0.0.1', 0))
        return str(opened.getsockname()[1])


def _work(rank: int, count: int, port: str, function: Callable,
          arguments: tuple, result: Connection) -> None:
    os.environ.update(
        RANK=str(rank),
        LOCAL_RANK=str(rank),
        WORLD_SIZE=str(count),
        LOCAL_WORLD_SIZE=str(count),
        MASTER_ADDR='127.0.0.1',
        MASTER_PORT=port)
    begin_fork()
    try:
        outcome = True, function(*arguments)
    except BaseException:
        outcome = False, traceback.format_exc()
    # Plain pickles: tensors would be handed over through this process.
    result.send_bytes(pickle.dumps(outcome))


def on_ranks(count: int, function: Callable, *arguments: Any) -> list:
    """Call a function in forked processes that torchrun's variables name.

    What it takes to start Python and to import everything is saved. The
    function opens the process group, or a tool with ``--launcher pytorch``
    does.

    Returns:
        list: What each rank returned, in their order.
    """
    context = multiprocessing.get_context('fork')
    port, processes, results = free_port(), [], []
    for rank in range(count):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(
            target=_work,
            args=(rank, count, port, function, arguments, sender))
        process.start()
        sender.close()
        processes.append(process)
        results.append(receiver)
    returned = []
    try:
        for rank, result in enumerate(results):
            assert result.poll(_LIMIT), f'rank {rank} did not end'
            try:
                returned.append(pickle.loads(result.recv_bytes()))
            except EOFError:
                returned.append((False, 'died'))
    finally:
        for process in processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()
    for rank, (fine, value) in enumerate(returned):
        assert fine, f'rank {rank}: {value}'
    return [value for _, value in returned]


def group(function: Callable) -> Callable:
    """Open a gloo group around a function for :func:`on_ranks`."""
    def grouped(*arguments: Any) -> Any:
        torch.distributed.init_process_group('gloo')
        try:
            return function(*arguments)
        finally:
            torch.distributed.destroy_process_group()
    return grouped
