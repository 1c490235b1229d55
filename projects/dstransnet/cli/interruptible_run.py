"""Interrupting and resuming of training runs."""
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
from .runner import add_hooks, hook_name


def resume_newest(cfg: Config) -> str | None:
    """Set a config to continue from the newest readable checkpoint.

    Without a checkpoint the config stays as it is, and the run starts anew.

    Args:
        cfg (Config): Config of a training run; changed in place.

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
    """Add the hooks for exact resuming to a config of any model.

    :class:`IRSTDCheckpointHook` replaces mmengine's CheckpointHook, with the
    same arguments; RandomStateHook and ValidationStateHook are added. Other
    subclasses of CheckpointHook are kept.

    Args:
        cfg (Config): Config of a training run; changed in place.
    """
    if cfg.get('default_hooks') is None:
        cfg.default_hooks = {}  # setdefault would keep a copy of its own
    default_hooks = cfg.default_hooks
    # mmengine's default; None switches it off.
    default_hooks.setdefault('checkpoint',
                             dict(type='CheckpointHook', interval=1))
    for hook in (*default_hooks.values(), *(cfg.get('custom_hooks') or ())):
        if isinstance(hook, dict) and hook_name(hook) == 'CheckpointHook':
            hook['type'] = 'IRSTDCheckpointHook'
    add_hooks(cfg, 'RandomStateHook', 'ValidationStateHook')


@contextlib.contextmanager
def interruptible(work_dir: str) -> Iterator[None]:
    """End a run with a one-line message on SIGINT (Ctrl-C) or SIGTERM.

    Nothing is saved at that moment, since an epoch cannot be resumed in its
    middle. The line names the newest checkpoint to resume from. A full or
    read-only disk and a work folder without write permission end the run with
    one line, too.

    Args:
        work_dir (str): Work folder of the run.

    Raises:
        InputError: If the disk is full or read-only, or the work folder
            cannot be written for lack of permission.
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
            # A second signal, from a launcher, must not cut the line.
            for number in before:
                signal.signal(number, signal.SIG_IGN)
            if before and hasattr(signal, 'SIGCHLD'):
                # torch would raise for each worker that the signal ended.
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
    """Tell whether the path of an error is a folder or lies in it."""
    return isinstance(path, str) and Path(osp.abspath(path)).is_relative_to(
        osp.abspath(folder))


def _outlook(work_dir: str) -> str:
    """Say from which checkpoint a run that ends now can be resumed."""
    try:
        paths = newest_first(work_dir)
    except OSError:  # must not hide the reason for ending
        return '--resume continues from the newest checkpoint'
    if not paths:
        return 'no checkpoint was saved yet, --resume starts from scratch'
    return f'--resume continues from {paths[0]}'
