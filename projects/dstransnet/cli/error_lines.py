"""Errors of the user's input as one line."""
from __future__ import annotations

import contextlib
import errno
import os.path as osp
import re
import sys
from collections.abc import Iterator

from ..utils.errors import InputError

# What is wrong with a path that the user gave; not OSError, which is wider.
_USER_ERRORS = (InputError, FileNotFoundError, FileExistsError,
                NotADirectoryError, IsADirectoryError, PermissionError)
NO_STORAGE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Numbers of OSError where a disk takes no more."""
NO_PERMISSION = (errno.EACCES, errno.EPERM)
"""Numbers of OSError where a user may not read or write a file."""


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


@contextlib.contextmanager
def one_line_errors() -> Iterator[None]:
    """Print errors of the user's input without a traceback and exit with 2."""
    try:
        yield
    except (*_USER_ERRORS, OSError) as error:
        if not isinstance(error, _USER_ERRORS) \
                and error.errno not in NO_STORAGE:
            raise
        message = str(error).strip()
        if re.match(r'Caught \w+ in .*\nOriginal Traceback', message):
            # A data-loading worker hands over its whole traceback; the error
            # comes last, behind those that it was raised from.
            message = re.split(r'^[\w.]*Error: ', message, flags=re.M)[-1]
        print(f'error: {message}', file=sys.stderr)
        sys.exit(2)
