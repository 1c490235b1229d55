"""Errors of the user's input as one line."""
from __future__ import annotations

import contextlib
import errno
import inspect
import os.path as osp
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ..utils.errors import InputError, first_line
from ..utils.text import did_you_mean
from .config_check import argument_names, names_in

# Errors of paths that the user gave; OSError alone is wider.
_USER_ERRORS = (InputError, FileNotFoundError, FileExistsError,
                NotADirectoryError, IsADirectoryError, PermissionError)
_SETTING_ERRORS = (TypeError, ValueError, KeyError, AttributeError,
                   AssertionError)
NO_STORAGE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Numbers of OSError where the storage is full or read-only."""
NO_PERMISSION = (errno.EACCES, errno.EPERM)
"""Numbers of OSError where a permission is missing."""


def check_folder(argument: str, folder: str | None) -> None:
    """Raise if a folder to write into is something else.

    Args:
        argument (str): Name of the argument, for the error.
        folder (str, optional): What it was given; need not exist.

    Raises:
        InputError: If it, or what it would lie in, is a file.
    """
    while folder and not osp.isdir(folder):
        if osp.lexists(folder):
            raise InputError(f'{argument}: expected a folder, got the file '
                             f'{folder}')
        folder = osp.dirname(folder)


def _message_printer() -> Callable[..., None]:
    """Return a ``warnings.showwarning`` that prints every message once."""
    shown = set()

    def show(message: Warning | str, *where: Any) -> None:
        if str(message) not in shown:
            shown.add(str(message))
            print(f'warning: {message}', file=sys.stderr)

    return show


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print an error of files, arguments or settings in one line, exit 2.

    Ctrl-C ends with one line too, and exit code 130.

    Warnings show their message alone, and once. Hints of the framework, such
    as options of losses or the number of processes, are silent.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _message_printer()
            warnings.filterwarnings('ignore', module='mm(seg|engine|cv)')
            warnings.filterwarnings('ignore', 'This DataLoader will create')
            yield
    except KeyboardInterrupt:
        print('stopped by SIGINT', file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except (*_USER_ERRORS, OSError) as error:
        if not isinstance(error, _USER_ERRORS) \
                and error.errno not in NO_STORAGE:
            raise
        message = str(error).strip()
        if re.match(r'Caught \w+ in .*\nOriginal Traceback', message):
            # A data-loading worker hands over its whole traceback; the error
            # comes last, behind those that it was raised from.
            message = re.split(r'^[\w.]*Error: ', message, flags=re.M)[-1]
        # As other messages do: the file, then what is wrong with it.
        message = re.sub(r"^\[Errno \d+\] (.+): '([^']+)'$", r'\2: \1',
                         message)
        if any(frame.f_code.co_name == 'init_weights'
               for frame, _ in traceback.walk_tb(error.__traceback__)):
            message += (' (model.pretrained=None, or no init_cfg, trains from '
                        'scratch)')
        print(f'error: {message}', file=sys.stderr)
        sys.exit(2)
    except _SETTING_ERRORS as error:
        found = setting_error(error)
        if found is None:
            raise
        print(f'error: {found}', file=sys.stderr)
        sys.exit(2)


def setting_error(error: Exception) -> str | None:
    """Return the message of an error of a setting, None for another error.

    Errors of settings are raised while the framework builds a class, or by
    its own checks of arguments.

    Args:
        error (Exception): A caught error.

    Returns:
        str: Class and reason in one line.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        if frame.f_code.co_name != 'build_from_cfg':
            continue
        found = frame.f_locals
        kind, name = found.get('obj_cls'), found.get('obj_type')
        if kind is None and isinstance(name, str):
            known = names_in(found['registry'])
            return (f"type={name!r}: no such {found['registry'].name}; "
                    + did_you_mean(name, known))
        message = first_line(error)
        unknown = re.search("unexpected keyword argument '(.+)'", message)
        if unknown and inspect.isclass(kind):
            arguments, _ = argument_names(kind)
            if unknown[1] not in arguments:
                message = (f'no argument {unknown[1]!r}; '
                           + did_you_mean(unknown[1], arguments))
        return f'{getattr(kind, "__name__", kind)}: {message}'
    checker = frames[-1].f_globals.get('__name__', '') if frames else ''
    if checker.startswith(('mmengine.runner.', 'torch.utils.data.')):
        return first_line(error)
    return None
