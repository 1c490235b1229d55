"""Detections and lists of images in COCO's JSON."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...utils.errors import InputError
from .detection_entries import Entry, box_edges, number, read_text

_LENGTHS = {'bbox': 4, 'point': 2, 'keypoints': 2}
"""Keys of the position, in order of preference, and their lengths."""


def read_json(path: str | Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: If the file is not valid JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f'{path}: not valid JSON ({error})') from error


def parse_json(data: Any, path: str | Path) -> list[Entry]:
    """Return the entries of COCO results or of a dict's ``annotations``.

    Args:
        data (Any): Content of the file.
        path (str | Path): Its name, for errors.

    Raises:
        InputError: If an entry is invalid, see :func:`read_detections`.
    """
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
    """Return one entry."""
    if not isinstance(item, dict):
        raise InputError(f'{where}: expected a dict, got {_kind(item)}')
    image, category = item.get('image_id'), item.get('category_id')
    if image is None or not _is_name(image):
        raise InputError(
            f'{where}: image_id: expected a name or an integer, got {image!r}')
    if category is not None and not _is_name(category):
        raise InputError(f'{where}: category_id: expected an integer or a '
                         f'name, got {category!r}')
    score = _json_number(item.get('score'), f'{where}: score')
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
    values = [
        _json_number(value, f'{where}: {kind}') for value in values[:length]
    ]
    position = (box_edges(values, f'{where}: {kind}') if kind == 'bbox' else
                (values[1], values[0]))
    return Entry(where, image, True,
                 None if category is None else str(category), score, position)


def _json_number(value: Any, what: str) -> float:
    """Return a number that is not text."""
    if isinstance(value, str):
        raise InputError(f'{what}: expected a finite number, got {value!r}')
    return number(value, what)


def _kind(value: Any) -> str:
    """Name the kind of a JSON value in an error."""
    return 'nothing' if value is None else type(value).__name__


def parse_images(data: Any, path: str | Path) -> dict[str, str]:
    """Return the file name of each image that a dict lists.

    Args:
        data (Any): A dict with a list ``images``.
        path (str | Path): Name of its file, for errors.

    Returns:
        dict[str, str]: File names by id, as text.

    Raises:
        InputError: If there is no such list, an image lacks ``id`` or
            ``file_name``, or two have one id.

    Examples:
        >>> parse_images({'images': [dict(id=7, file_name='a.png')]}, 'f.json')
        {'7': 'a.png'}
    """
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


def _is_name(value: Any) -> bool:
    """Return whether a value is text or an integer."""
    return isinstance(value, (str, int)) and not isinstance(value, bool)
