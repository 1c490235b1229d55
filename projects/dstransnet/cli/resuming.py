"""Runs that can be interrupted, and continued where they were."""
from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config
from mmengine.dist import all_gather_object, is_main_process

from ..errors import InputError
from ..latest_checkpoint import find_checkpoint, read_pointer
from .messages import NO_STORAGE


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


def check_same_checkpoint(path: str | None) -> None:
    """Raise unless all processes continue from the same checkpoint.

    On machines whose work folders are not the same one, only those of the
    first would be resumed; the others would start from scratch.

    Args:
        path (str, optional): What :func:`resume_newest` has found here.

    Raises:
        InputError: If another process has found something else.
    """
    found = list(dict.fromkeys(all_gather_object(path)))
    if len(found) > 1:
        raise InputError(
            '--resume: the processes have found different checkpoints: '
            f'{", ".join(map(str, found))}; all machines need the same work '
            'folder')


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
    custom_hooks = list(cfg.get('custom_hooks') or ())
    for hook in (*default_hooks.values(), *custom_hooks):
        if isinstance(hook, dict) and _type_name(hook) == 'CheckpointHook':
            hook['type'] = 'IRSTDCheckpointHook'
    present = [_type_name(hook) for hook in custom_hooks]
    cfg.custom_hooks = custom_hooks + [
        dict(type=name) for name in ('RandomStateHook', 'ValidationStateHook')
        if name not in present
    ]


def _type_name(hook: Any) -> Any:
    """Return the name of a hook's class: of a dict, lazy ones too, or not."""
    kind = hook.get('type') if isinstance(hook, dict) else type(hook)
    return getattr(kind, '__name__', kind)


@contextlib.contextmanager
def interruptible(work_dir: str) -> Iterator[None]:
    """End a run on SIGINT (Ctrl-C) or SIGTERM by one line of text.

    Nothing is saved then: an epoch cannot be continued amid it. What was
    saved last is complete, and the line says how to go on from it. A disk
    that is full or read-only ends the run by one line as well.

    Args:
        work_dir (str): Work folder of the run.

    Raises:
        InputError: If a file cannot be written for want of space or because
            the file system is read-only.
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
        raise
    finally:
        logging.raiseExceptions = complain
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _outlook(work_dir: str) -> str:
    """Say where a run that ends now will be continued."""
    try:
        path = read_pointer(work_dir)
    except OSError:  # then the reason for ending is more important
        path = None
    if path is None:
        return 'no checkpoint was saved yet, --resume starts from scratch'
    return f'--resume continues from {path}'
