"""Detections of any detector, read from a file."""
from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ...utils.errors import InputError
from ...utils.reading import read_json, read_text
from ..detection.detections import Detections
from .detection_formats import (
    Entry,
    parse_csv,
    parse_images,
    parse_json,
)

_CONTENT = 'detections'  # expected, in errors


def read_detections(
        path: str | Path,
        names: Iterable[str],
        category: int | str | None = None,
        images: str | Path | None = None,
        allow_extra: bool = False) -> dict[str, Detections]:
    """Read detections from a file, by image.

    ``*.json``: COCO results, a list of dicts, or a dict with that list as
    ``annotations``. Each has ``image_id``, ``score``, perhaps
    ``category_id``, and ``bbox`` [x, y, width, height] or else ``point``
    [x, y] or ``keypoints``, of which the first is the point.

    ``*.csv``: comma-separated with a header, in any order and case: ``image``
    (or ``name``, ``file``, ``image_id``, the first that is there), ``score``,
    perhaps ``category`` (or ``category_id``), and ``x, y`` for points or ``x,
    y, w, h`` or ``x1, y1, x2, y2`` for boxes. Other columns are ignored.

    x counts columns, y rows, both from 0, in pixels. A box is given by its
    edges: [10, 20, 3, 3] covers the pixels of columns 10 to 12 and rows 20 to
    22, and its centre is row 21, column 11. A point is given in pixel
    centres: x = 11, y = 21 is that same centre, in the middle of a pixel.

    An image is named by its relative path as in ``names``, with or without
    suffix, or by its file name alone if that is unique. An ``image_id`` that
    is an integer, or is listed under ``images`` in COCO's ground truth,
    stands for the file name given there.

    Args:
        path (str | Path): The file.
        names (Iterable[str]): All images, by relative path without suffix.
        category (int | str, optional): Keep only detections of this one.
            Defaults to None, which needs all to be of one category.
        images (str | Path, optional): JSON file with ``images``, each of
            ``id`` and ``file_name``, for a file without its own. Defaults to
            None.
        allow_extra (bool): Ignore detections in other images than ``names``,
            with a warning; not all of them. Defaults to False.

    Returns:
        dict[str, Detections]: Detections of each of ``names``, in the order
        of the file. Images that the file does not mention have none.

    Raises:
        InputError: If a file is missing or invalid, or names an unknown or
            ambiguous image; the message names the file and the place. Entries
            of JSON are counted from 0, lines of CSV from 1.
    """
    suffix = Path(path).suffix.lower()
    listed: dict[str, str] = {}
    if images is not None:
        listed = parse_images(read_json(images, _CONTENT), images)
    if suffix == '.json':
        data = read_json(path, _CONTENT)
        if isinstance(data, dict) and 'images' in data:
            listed = parse_images(data, path)
        entries = parse_json(data, path)
    elif suffix == '.csv':
        entries = parse_csv(read_text(path, _CONTENT), path)
    else:
        raise InputError(f'{path}: expected a file .json or .csv')
    _check_one_kind(entries)
    index = _ImageIndex(names, listed)
    found: dict[str, list[Entry]] = {name: [] for name in index.names}
    for entry in entries:
        name = index.name_of(entry, allow_extra)
        if name is not None:
            found[name].append(entry)
    ignored = len(entries) - sum(map(len, found.values()))
    if ignored and ignored == len(entries):
        raise InputError(f'{path}: all {ignored} detections are in other '
                         f'images than {", ".join(index.names[:3])}, ...')
    if ignored:
        warnings.warn(f'{path}: {ignored} of {len(entries)} detections are in '
                      'other images and are ignored', stacklevel=2)
    kept = _categories(entries, category, path)
    # A file without detections might as well be one of boxes, of which any
    # matching rule can make use.
    boxes = not entries or len(entries[0].position) == 4
    return {
        name: _detections([e for e in group if e.category in kept], boxes)
        for name, group in found.items()
    }


def _check_one_kind(entries: list[Entry]) -> None:
    """Raise if there are points and boxes."""
    for entry in entries:
        if len(entry.position) != len(entries[0].position):
            kinds = {2: 'a point', 4: 'a box'}
            raise InputError(
                f'{entry.where}: expected {kinds[len(entries[0].position)]}, '
                f'as in the first, got {kinds[len(entry.position)]}')


def _categories(entries: list[Entry], category: int | str | None,
                path: str | Path) -> set[str | None]:
    """Return the categories to keep."""
    present = {entry.category for entry in entries}
    listing = ', '.join(sorted(map(str, present)))
    if category is None:
        if len(present) > 1:
            raise InputError(f'{path}: expected one category, or which to '
                             f'keep as the argument category, got {listing}')
        return present
    if entries and str(category) not in present:
        raise InputError(f'{path}: expected detections of category '
                         f'{category}, got {listing} only')
    return {str(category)}


def _detections(entries: list[Entry], boxes: bool) -> Detections:
    """Return the detections of an image."""
    positions = np.array([entry.position for entry in entries])
    scores = np.array([entry.score for entry in entries])
    if boxes:
        return Detections.from_boxes(positions, scores)
    return Detections(positions, None, scores)


class _ImageIndex:
    """Finds the image that an entry means.

    Args:
        names (Iterable[str]): Relative paths without suffix.
        listed (dict[str, str]): File names by id, as text.

    Raises:
        InputError: If a name is there twice.
    """

    def __init__(self, names: Iterable[str], listed: dict[str, str]) -> None:
        self.names = list(names)
        self._listed = listed
        self._by_path: dict[str, str] = {}
        self._by_stem: dict[str, list[str]] = {}
        for name in self.names:
            path = _normal(name)
            if path in self._by_path:
                raise InputError(
                    f'names: expected each image once, got {name!r} again')
            self._by_path[path] = name
            self._by_stem.setdefault(path.rpartition('/')[2], []).append(name)

    def name_of(self, entry: Entry, allow_extra: bool) -> str | None:
        """Return the image of an entry; None for another image, if allowed.

        Raises:
            InputError: If the image is unknown or ambiguous.
        """
        image = entry.image
        if entry.is_id and str(image) in self._listed:
            image = self._listed[str(image)]
        elif isinstance(image, int):
            raise InputError(
                f'{entry.where}: image_id: expected a file name, or an '
                f'integer in a list of images, got {image}, which is '
                f'{"not in the list" if self._listed else "without a list"}')
        path = _normal(image)
        # The path first: a name may have a point that starts no suffix.
        for key in (path, _SUFFIX.sub('', path)):
            if key in self._by_path:
                return self._by_path[key]
            same = self._by_stem.get(key, [])
            if len(same) > 1:
                raise InputError(f'{entry.where}: expected the path of one '
                                 f'image, got {image!r}, which may be '
                                 f'{" or ".join(same)}')
            if same:
                return same[0]
        if allow_extra:
            return None
        raise InputError(
            f'{entry.where}: expected one of the {len(self.names)} images '
            f'({", ".join(self.names[:3])}, ...), got {image!r}; '
            '--allow-extra ignores others')


_SUFFIX = re.compile(r'\.[A-Za-z][A-Za-z0-9]*$')
"""Suffix of an image file; numbers are part of the name."""


def _normal(path: str) -> str:
    """Return a relative path with '/' and without './' in front."""
    return path.replace('\\', '/').removeprefix('./')
