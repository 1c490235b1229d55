"""Entries of detection files: CSV tables and COCO's JSON."""
from __future__ import annotations

import csv
import dataclasses
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...utils.errors import InputError
from ...utils.reading import finite_number

IMAGE_COLUMNS = ('image', 'name', 'file', 'image_id')
CATEGORY_COLUMNS = ('category', 'category_id')
_LENGTHS = {'bbox': 4, 'point': 2, 'keypoints': 2}
"""JSON keys of the position, in order of preference, and their lengths."""


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


def parse_csv(text: str, path: str | Path) -> list[Entry]:
    """Return the entries of a CSV table, see :func:`read_detections`."""
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
                      finite_number(cells['score'], f'{where}: score'),
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
    values = [finite_number(cells[name], f'{where}: {name}')
              for name in columns]
    if len(values) == 2:
        return values[1], values[0]
    if columns[0] == 'x':
        return _box_edges(values, f'{where}: box')
    x, y, right, bottom = values
    if right < x or bottom < y:
        raise InputError(f'{where}: expected x1 <= x2 and y1 <= y2, got '
                         f'{x:g}, {y:g}, {right:g}, {bottom:g}')
    return y, x, bottom, right


def parse_json(data: Any, path: str | Path) -> list[Entry]:
    """Return the entries of COCO results or of a dict's ``annotations``."""
    if isinstance(data, dict):
        data = data.get('annotations')
    if not isinstance(data, list):
        raise InputError(f'{path}: expected a list of detections, or a dict '
                         f"with a list 'annotations', got {_kind(data)}")
    return [
        _json_entry(item, f'{path}, entry {index}')
        for index, item in enumerate(data)
    ]


def _json_entry(item: Any, where: str) -> Entry:
    if not isinstance(item, dict):
        raise InputError(f'{where}: expected a dict, got {_kind(item)}')
    image, category = item.get('image_id'), item.get('category_id')
    if image is None or not _is_name(image):
        raise InputError(
            f'{where}: image_id: expected a name or an integer, got {image!r}')
    if category is not None and not _is_name(category):
        raise InputError(f'{where}: category_id: expected an integer or a '
                         f'name, got {category!r}')
    score = finite_number(item.get('score'), f'{where}: score', text=False)
    kind = next((key for key in _LENGTHS if item.get(key) is not None), None)
    if kind is None:
        raise InputError(f'{where}: expected one of {", ".join(_LENGTHS)}, '
                         f'got {", ".join(item)}')
    values, length = item[kind], _LENGTHS[kind]
    # More keypoints, and the visibility of each, may follow the first two.
    if (not isinstance(values, list) or len(values) < length
            or len(values) > length and kind != 'keypoints'):
        raise InputError(
            f'{where}: {kind}: expected {length} numbers, got {values!r}')
    values = [finite_number(value, f'{where}: {kind}', text=False)
              for value in values[:length]]
    position = (_box_edges(values, f'{where}: {kind}') if kind == 'bbox' else
                (values[1], values[0]))
    return Entry(where, image, True,
                 None if category is None else str(category), score, position)


def parse_images(data: Any, path: str | Path) -> dict[str, str]:
    """Return the file name of each id, as text, in a list ``images``."""
    listed = data.get('images') if isinstance(data, dict) else None
    if not isinstance(listed, list):
        raise InputError(f"{path}: expected a dict with a list 'images'")
    names: dict[str, str] = {}
    for index, image in enumerate(listed):
        where = f'{path}, image {index}'
        key = image.get('id') if isinstance(image, dict) else None
        name = image.get('file_name') if isinstance(image, dict) else None
        if not _is_name(key) or not isinstance(name, str):
            raise InputError(
                f'{where}: expected id and file_name, got {image!r}')
        if str(key) in names:
            raise InputError(f'{where}: expected each id once, got {key!r} '
                             'again')
        names[str(key)] = name
    return names


def _box_edges(values: Sequence[float], what: str) -> tuple[float, ...]:
    """Return top, left, bottom and right edge of x, y, width and height."""
    x, y, width, height = values
    if width < 0 or height < 0:
        raise InputError(f'{what}: expected a width and height of 0 or more, '
                         f'got {width:g} and {height:g}')
    edges = (y, x, y + height, x + width)
    if not all(map(math.isfinite, edges)):
        raise InputError(f'{what}: expected finite edges, got {edges}')
    return edges


def _kind(value: Any) -> str:
    """Name the kind of a JSON value in an error."""
    return 'nothing' if value is None else type(value).__name__


def _is_name(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)
