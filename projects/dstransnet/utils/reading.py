"""Folders; text, JSON and numbers in files, with errors that say where."""
from __future__ import annotations

import hashlib
import json
import math
import os
import os.path as osp
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import InputError


def walk_folder(folder: str, holding: frozenset[str] = frozenset()
                ) -> Iterator[tuple[str, list[str]]]:
    """Yield a folder and those below, each with the names of its files.

    All are sorted. Hidden folders are left out. Links to folders are
    followed, but not to a folder that holds the link.

    Args:
        folder (str): The folder.
        holding (frozenset[str]): Resolved folders that hold it and are not
            entered again. Defaults to none.

    Raises:
        InputError: If a folder is missing or cannot be read.
    """
    resolved = osp.realpath(folder)
    if resolved in holding:
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f'{folder}: not a readable folder '
                         f'({error.strerror})') from error
    # Reading names a link that leads nowhere.
    yield folder, [entry.name for entry in found if entry.is_file()
                   or entry.is_symlink() and not entry.is_dir()]
    for entry in found:
        if entry.is_dir() and not entry.name.startswith('.'):
            yield from walk_folder(entry.path, holding | {resolved})


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
