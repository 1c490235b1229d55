"""Entries of detection files, shared by the parsers."""
from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...utils.errors import InputError


@dataclasses.dataclass(frozen=True)
class Entry:
    """One detection of a file.

    Attributes:
        where (str): File and place, for errors.
        image (str | int): Name or number of the image.
        is_id (bool): Whether it is the image's id, which a list of images
            may explain.
        category (str | None): None if the file has none.
        score (float): Finite.
        position (tuple[float, ...]): Row and column of a point, or top, left,
            bottom and right edge of a box; finite, edges in order.
    """
    where: str
    image: str | int
    is_id: bool
    category: str | None
    score: float
    position: tuple[float, ...]


def number(value: Any, what: str) -> float:
    """Return a number, read from text if need be.

    Raises:
        InputError: If it is no finite number; the message starts with
            ``what``.
    """
    # float() takes True and 1_000, which nobody means as coordinates.
    if not isinstance(value, bool) and '_' not in str(value):
        try:
            result = float(value)
        except (TypeError, ValueError, OverflowError):
            result = math.nan
        if math.isfinite(result):
            return result
    raise InputError(f'{what}: expected a finite number, got {value!r}')


def box_edges(values: Sequence[float], what: str) -> tuple[float, ...]:
    """Return top, left, bottom and right edge of x, y, width and height.

    Raises:
        InputError: If width or height is negative, or an edge not finite.
    """
    x, y, width, height = values
    if width < 0 or height < 0:
        raise InputError(f'{what}: expected a width and height of 0 or more, '
                         f'got {width:g} and {height:g}')
    edges = (y, x, y + height, x + width)
    if not all(map(math.isfinite, edges)):
        raise InputError(f'{what}: expected finite edges, got {edges}')
    return edges


def read_text(path: str | Path) -> str:
    """Return the text of a file that is not empty.

    Raises:
        InputError: If the file is missing, empty or not UTF-8.
    """
    try:
        # Spreadsheets write a byte order mark. Line ends are csv's business.
        with open(path, encoding='utf-8-sig', newline='') as file:
            text = file.read()
    except FileNotFoundError as error:
        raise InputError(f'{path}: no such file') from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'{path}: not a readable file ({error})') from error
    if not text.strip():
        raise InputError(f'{path}: expected detections, got an empty file')
    return text
