"""Folders; text, JSON and numbers in files, with errors that say where."""
from __future__ import annotations

import hashlib
import json
import math
import os
import os.path as osp
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .errors import InputError


def walk_folder(folder: str | Path,
                leave_out: Callable[[str, list[str]], bool] | None = None
                ) -> Iterator[tuple[str, list[str]]]:
    """Yield a folder and those below, each with the names of its files.

    Names are sorted. Hidden folders are left out. A folder is entered once,
    whatever links lead to it, and by its own path where that lies below.
    Links that lead nowhere are files, which reading names.

    Args:
        folder (str | Path): The folder.
        leave_out (Callable, optional): Given the path of a folder below and
            the names of its files, whether to leave it out with all below.
            Defaults to None: no folder is.

    Raises:
        InputError: If a folder is missing or cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(f'cannot read the folder {error.filename}: '
                         f'{error.strerror}') from error

    seen: set[str] = set()
    tops = [str(folder)]
    for top in tops:  # grows by the links to folders
        for place, below, names in os.walk(top, onerror=refuse):
            resolved = osp.realpath(place)
            if resolved in seen or place != tops[0] and leave_out is not None \
                    and leave_out(place, names):
                below.clear()
                continue
            seen.add(resolved)
            below[:] = sorted(each for each in below if each[0] != '.')
            yield place, sorted(names)
            tops += [path for path in (osp.join(place, each) for each in below)
                     if osp.islink(path)]


def read_text(path: str | Path, expected: str = '') -> str:
    """Return the text of a file in UTF-8, its line ends as they are.

    Args:
        path (str | Path): The file. A byte order mark, as spreadsheets write
            it, is left out.
        expected (str): What the file should hold, where it must not be empty.
            Defaults to none: it may be.

    Raises:
        InputError: If the file is missing, is no such text, or is empty; the
            message names it.
    """
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            text = file.read()
    except FileNotFoundError as error:
        raise InputError(f'{path}: no such file') from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'{path}: not a readable file ({error})') from error
    if expected and not text.strip():
        raise InputError(f'{path}: expected {expected}, got an empty file')
    return text


def read_json(path: str | Path, expected: str) -> Any:
    """Return the content of a JSON file.

    Args:
        path (str | Path): The file.
        expected (str): What it should hold, for the error of an empty one.

    Raises:
        InputError: If the file is missing, empty or invalid; the message names
            it, and the line.
    """
    text = read_text(path, expected)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f'{path}: not valid JSON ({error})') from error


def file_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def finite_number(value: Any, what: str, text: bool = True) -> float:
    """Return a finite number.

    Args:
        value (Any): A number, or its text.
        what (str): File, place and name of the value, for the error.
        text (bool): Whether a text may stand for a number. Defaults to True.

    Raises:
        InputError: If it is no finite number.

    Examples:
        >>> finite_number('2.5', 'a.csv, line 3: x')
        2.5
    """
    # float() takes True and 1_000, which nobody means as coordinates.
    if ('_' not in str(value) and not isinstance(value, bool)
            and (text or not isinstance(value, str))):
        try:
            result = float(value)
        except (TypeError, ValueError, OverflowError):
            result = math.nan
        if math.isfinite(result):
            return result
    raise InputError(f'{what}: expected a finite number, got {value!r}')
