"""Runs that can be interrupted, and continued where they were."""
from __future__ import annotations

import contextlib
import logging
import os.path as osp
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process

from ..checkpoint.resume import find_checkpoint, newest_first
from ..utils.errors import InputError
from .error_lines import NO_PERMISSION, NO_STORAGE
from .run_hooks import add_hooks, hook_name


def resume_newest(cfg: Config) -> str | None:
    """Set a config to continue from the newest readable checkpoint.

    Where the run has saved none yet, the config stays as it is, ``load_from``
    included: then the run starts as it did the first time.

    Args:
        cfg (Config): Of a training run; changed in place.

    Returns:
        str or None: Path of the checkpoint.

    Raises:
        InputError: If there are checkpoints, but none that can be read.
    """
    # There is no log of the run yet.
    path = find_checkpoint(
        cfg.work_dir, lambda message: print(
            f'warning: {message}', file=sys.stderr))
    cfg.resume = path is not None
    if path is not None:
        cfg.load_from = path
    return path


def make_resumable(cfg: Config) -> None:
    """Give a config of any model the hooks that this project's configs have.

    mmengine's CheckpointHook becomes :class:`IRSTDCheckpointHook`, which
    takes the same arguments; RandomStateHook and ValidationStateHook are
    added. Subclasses of others stay what they are.

    Args:
        cfg (Config): Of a training run; changed in place.
    """
    if cfg.get('default_hooks') is None:
        cfg.default_hooks = {}  # setdefault would keep a copy of its own
    default_hooks = cfg.default_hooks
    # What mmengine has where a config says nothing; None switches it off.
    default_hooks.setdefault('checkpoint',
                             dict(type='CheckpointHook', interval=1))
    for hook in (*default_hooks.values(), *(cfg.get('custom_hooks') or ())):
        if isinstance(hook, dict) and hook_name(hook) == 'CheckpointHook':
            hook['type'] = 'IRSTDCheckpointHook'
    add_hooks(cfg, 'RandomStateHook', 'ValidationStateHook')


@contextlib.contextmanager
def interruptible(work_dir: str) -> Iterator[None]:
    """End a run on SIGINT (Ctrl-C) or SIGTERM by one line of text.

    Nothing is saved then: an epoch cannot be continued amid it. What was
    saved last is complete, and the line says how to go on from it. A disk
    that is full or read-only ends the run by one line as well, and so does
    a work folder without permission.

    Args:
        work_dir (str): Work folder of the run.

    Raises:
        InputError: If a file cannot be written for want of space or because
            the file system is read-only, or one of the work folder for want
            of permission.
        SystemExit: On a signal, with 128 and its number.
    """
    received: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        received.append(number)
        raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:  # as by nohup
                before[number] = signal.signal(number, interrupt)
    # A log file on a full disk would print a traceback for each line.
    complain, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        yield
    # mmengine turns an interrupt into other errors, while it formats a config
    # at each save for example.
    except BaseException as error:
        if received or isinstance(error, KeyboardInterrupt):
            stop = signal.Signals((received or [signal.SIGINT])[0])
            # The line shall come whole: a launcher hands on what it gets.
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            if before and hasattr(signal, 'SIGCHLD'):
                # torch would raise for each worker that got the signal, too.
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if is_main_process():
                print(f'stopped by {stop.name}; {_outlook(work_dir)}',
                      file=sys.stderr)
            sys.exit(128 + stop)
        if isinstance(error, OSError) and error.errno in NO_STORAGE:
            raise InputError(
                f'{error.filename or work_dir}: cannot be written '
                f'({error.strerror}); {_outlook(work_dir)}') from error
        if isinstance(error, OSError) and error.errno in NO_PERMISSION \
                and _is_below(error.filename, work_dir):
            raise InputError(f'{error.filename}: {error.strerror}; '
                             f'{_outlook(work_dir)}') from error
        raise
    finally:
        logging.raiseExceptions = complain
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _is_below(path: Any, folder: str) -> bool:
    """Return whether a file of an error is a folder or in it."""
    return isinstance(path, str) and Path(osp.abspath(path)).is_relative_to(
        osp.abspath(folder))


def _outlook(work_dir: str) -> str:
    """Say where a run that ends now will be continued."""
    try:
        paths = newest_first(work_dir)
    except OSError:  # the reason for ending is more important than this one
        return '--resume continues from the newest checkpoint'
    if not paths:
        return 'no checkpoint was saved yet, --resume starts from scratch'
    return f'--resume continues from {paths[0]}'
