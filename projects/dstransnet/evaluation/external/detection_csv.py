"""Detections in CSV tables."""
from __future__ import annotations

import csv
import io
from pathlib import Path

from ...utils.errors import InputError
from .detection_entries import Entry, box_edges, number

IMAGE_COLUMNS = ('image', 'name', 'file', 'image_id')
CATEGORY_COLUMNS = ('category', 'category_id')


def parse_csv(text: str, path: str | Path) -> list[Entry]:
    """Return the entries of a CSV table.

    Args:
        text (str): Content of the file.
        path (str | Path): Its name, for errors, which count lines from 1.

    Raises:
        InputError: If a row is invalid, see :func:`read_detections`.
    """
    reader = csv.reader(io.StringIO(text, newline=''), strict=True)
    entries = []
    try:
        header = [column.strip().lower() for column in next(reader)]
        image, category, position = _columns(header, path)
        for row in reader:
            where = f'{path}, line {reader.line_num}'
            if not row:
                continue
            if len(row) != len(header):
                raise InputError(f'{where}: expected {len(header)} fields, as '
                                 f'in the header, got {len(row)}')
            cells = dict(zip(header, map(str.strip, row)))
            entries.append(
                Entry(where, cells[image], image == 'image_id',
                      None if category is None else cells[category],
                      number(cells['score'], f'{where}: score'),
                      _csv_position(cells, position, where)))
    except csv.Error as error:
        raise InputError(f'{path}, line {reader.line_num}: not valid CSV '
                         f'({error})') from error
    return entries


def _columns(header: list[str],
             path: str | Path) -> tuple[str, str | None, tuple[str, ...]]:
    """Return the columns of image, category and position."""
    got = f'got {", ".join(header)}'
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f'{path}: expected each column once, got '
                         f'{", ".join(twice)} more than once')
    image = next((name for name in IMAGE_COLUMNS if name in header), None)
    if image is None:
        raise InputError(f'{path}: expected a column '
                         f'{", ".join(IMAGE_COLUMNS[:-1])} or '
                         f'{IMAGE_COLUMNS[-1]}, {got}')
    has_corners = bool({'x1', 'y1', 'x2', 'y2'} & set(header))
    if has_corners and {'x', 'y', 'w', 'h'} & set(header):
        raise InputError(f'{path}: expected the columns x, y or x, y, w, h or '
                         f'x1, y1, x2, y2, {got}')
    position: tuple[str, ...] = ('x', 'y')
    if has_corners:
        position = ('x1', 'y1', 'x2', 'y2')
    elif {'w', 'h'} & set(header):
        position = ('x', 'y', 'w', 'h')
    missing = [name for name in ('score', *position) if name not in header]
    if missing:
        raise InputError(
            f'{path}: expected the columns {", ".join(missing)}, {got}')
    category = next((name for name in CATEGORY_COLUMNS if name in header),
                    None)
    return image, category, position


def _csv_position(cells: dict[str, str], columns: tuple[str, ...],
                  where: str) -> tuple[float, ...]:
    """Return the point or the edges in a row."""
    values = [number(cells[name], f'{where}: {name}') for name in columns]
    if len(values) == 2:
        return values[1], values[0]
    if columns[0] == 'x':
        return box_edges(values, f'{where}: box')
    x, y, right, bottom = values
    if right < x or bottom < y:
        raise InputError(f'{where}: expected x1 <= x2 and y1 <= y2, got '
                         f'{x:g}, {y:g}, {right:g}, {bottom:g}')
    return y, x, bottom, right
