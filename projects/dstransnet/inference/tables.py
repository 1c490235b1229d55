"""Tables of images and targets: CSV row by row, JSON at the end."""
from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError
from .files import Frame
from .predictor import Attempt
from .targets import Target, coco_annotations

EXISTING = ('refuse', 'resume', 'overwrite')
"""Ways to treat existing results."""

TABLES = ('images.csv', 'targets.csv', 'settings.json', 'targets.json',
          'targets_coco.json')
"""Files of :class:`ResultTables`."""

IMAGE_COLUMNS = ('image', 'path', 'height', 'width', 'targets', 'problem')
TARGET_COLUMNS = ('image', *Target._fields)
# File names may be any bytes.
_ENCODING: dict[str, Any] = dict(encoding='utf-8', errors='surrogateescape')


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Result of an image: its targets or its problem.

    Attributes:
        name (str): Name of its files, without suffix.
        path (str): Path of the image.
        shape (tuple[int, int] | None): Height and width of the prediction.
        targets (Sequence[Target]): What was found.
        problem (str): Why there is no prediction; '' where there is one.
    """
    name: str
    path: str
    shape: tuple[int, int] | None = None
    targets: Sequence[Target] = ()
    problem: str = ''


def problem_of(error: Exception, *paths: str | os.PathLike) -> str:
    """Return the message of an error, without a path in front."""
    text = ' '.join(str(error).split()) or type(error).__name__
    if not isinstance(error, InputError):
        text = f'{type(error).__name__}: {text}'
    for path in paths:
        text = text.removeprefix(f'{os.fspath(path)}: ')
    return text


def outcome_of(each: Attempt) -> Outcome:
    """Return the outcome of a frame of a file or a video."""
    path = str(each.frame)
    if each.prediction is None:
        assert each.error is not None and not isinstance(
            each.frame, np.ndarray)
        return Outcome(each.name, path, problem=problem_of(
            each.error, path, each.frame.path))
    found = each.prediction
    return Outcome(each.name, path, found.scores.shape, found.targets)


def _read_rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the complete rows of a table, none if there is no table."""
    try:
        with open(path, newline='', **_ENCODING) as file:
            reader = csv.DictReader(file)
            # A run that was killed may have left half of a row.
            rows = [row for row in reader
                    if None not in row and None not in row.values()]
    except FileNotFoundError:
        return []
    if tuple(reader.fieldnames or ()) not in (tuple(columns), ()):
        raise InputError(f'{path}: expected the columns {", ".join(columns)}, '
                         f'got {", ".join(reader.fieldnames or ())}')
    return rows


def _is_recorded(frame: Frame, recorded: str) -> bool:
    """Tell whether a path of ``images.csv`` is that of a frame."""
    page = str(frame)[len(frame.path):]
    if not recorded.endswith(page):
        return False
    earlier = os.path.normpath(recorded.removesuffix(page))
    path = os.path.realpath(frame.path)
    # A relative one may have been of another working folder.
    return os.path.realpath(earlier) == path or not os.path.isabs(
        earlier) and path.endswith(os.sep + earlier)


def _content(columns: Sequence[str], rows: Sequence[Mapping]) -> bytes:
    """Return a table as the content of a CSV file."""
    text = io.StringIO(newline='')
    writer = csv.DictWriter(text, columns, lineterminator='\n')
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(**_ENCODING)


class ResultTables:
    """``images.csv`` and ``targets.csv`` of a folder of predictions.

    The row of ``images.csv`` is written after all other results of an image,
    so an image is done if it has a row without a problem. Targets of other
    images, which a killed run may leave, are dropped by the next run.

    Args:
        folder (str): Where they are.
        existing (str): ``'refuse'`` where there are tables already,
            ``'resume'`` them, or ``'overwrite'`` them, beginning anew.
            Defaults to ``'refuse'``.
        settings (Mapping, optional): What predictions depend on, plain data;
            kept in ``settings.json``. Only a run of the same settings
            resumes. Defaults to none.
        images (Mapping, optional): Images of this run by name; a done one
            resumes only from the same path. Defaults to none.

    Attributes:
        done (dict[str, int]): Number of targets of each image that an
            earlier run finished, by name.

    Raises:
        InputError: If there are tables and ``'refuse'``, or they are of
            other settings, of other files or not of this project.
    """

    def __init__(self,
                 folder: str | os.PathLike,
                 existing: str = 'refuse',
                 settings: Mapping[str, Any] | None = None,
                 images: Mapping[str, Frame] | None = None) -> None:
        if existing not in EXISTING:
            raise InputError(f'existing: expected one of '
                             f'{", ".join(EXISTING)}, got {existing!r}')
        root = Path(folder)
        self._images = root / 'images.csv'
        self._targets = root / 'targets.csv'
        self._settings = root / 'settings.json'
        self.done: dict[str, int] = {}
        rows: list[dict[str, str]] = []
        targets: list[dict[str, str]] = []
        if existing != 'overwrite':
            rows = self._done_images()
        if rows and existing == 'refuse':
            raise InputError(
                f'{folder}: holds predictions already; resume them '
                '(--resume), overwrite them (--overwrite) or choose another '
                'folder')
        if self._images.exists() and existing == 'resume':
            self._check_settings(dict(settings or {}))
            self._check_files(rows, images or {})
            self.done = {row['image']: int(row['targets']) for row in rows}
            targets = [
                row for row in _read_rows(self._targets, TARGET_COLUMNS)
                if row['image'] in self.done
            ]
        self._backend = AtomicLocalBackend()
        # First, as it tells that the other files are of a run.
        self._backend.put(_content(IMAGE_COLUMNS, rows), self._images)
        self._backend.put_text(
            json.dumps(dict(settings or {}), indent=1) + '\n', self._settings)
        self._backend.put(
            _content(TARGET_COLUMNS, targets), self._targets)

    def _check_settings(self, settings: dict[str, Any]) -> None:
        try:
            earlier = json.loads(self._settings.read_text())
        except (OSError, ValueError) as error:
            raise InputError(f'{self._settings}: cannot be read ({error}), so '
                             'nothing can be resumed') from error
        plain = json.loads(json.dumps(settings))
        for key in sorted({*earlier, *plain}):
            if earlier.get(key) != plain.get(key):
                raise InputError(
                    f'{self._settings.parent}: cannot resume predictions of '
                    f'other settings: {key} was {earlier.get(key)!r}, is '
                    f'{plain.get(key)!r}')

    def _check_files(self, rows: Sequence[Mapping[str, str]],
                     images: Mapping[str, Frame]) -> None:
        for row in rows:
            frame = images.get(row['image'])
            if frame and not _is_recorded(frame, row['path']):
                raise InputError(
                    f'{self._images.parent}: cannot resume predictions of '
                    f'other files: {row["image"]} was {row["path"]}, is '
                    f'{frame}; predict all again (--overwrite) or choose '
                    'another folder')

    def forget(self, names: Collection[str]) -> None:
        """Forget images whose files are gone, so that they are done again."""
        if not names:
            return
        gone = set(names)
        for name in gone:
            del self.done[name]
        for path, columns in ((self._targets, TARGET_COLUMNS),
                              (self._images, IMAGE_COLUMNS)):
            self._backend.put(_content(columns, [
                row for row in _read_rows(path, columns)
                if row['image'] not in gone]), path)

    def add(self, outcome: Outcome) -> None:
        """Append the rows of an image."""
        with open(self._targets, 'a', newline='', **_ENCODING) as file:
            csv.writer(file, lineterminator='\n').writerows(
                (outcome.name, *row) for row in outcome.targets)
        height, width = outcome.shape or ('', '')
        with open(self._images, 'a', newline='', **_ENCODING) as file:
            csv.writer(file, lineterminator='\n').writerow(
                (outcome.name, outcome.path, height, width,
                 len(outcome.targets), outcome.problem))

    def targets(self) -> dict[str, list[Target]]:
        """Return the targets of each image that is done, by name."""
        found: dict[str, list[Target]] = {
            row['image']: [] for row in self._done_images()}
        for row in _read_rows(self._targets, TARGET_COLUMNS):
            if row['image'] in found:
                found[row['image']].append(Target.from_row(row))
        return found

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Return the size of each prediction that is done, by name."""
        return {row['image']: (int(row['height']), int(row['width']))
                for row in self._done_images()}

    def replace(self, targets: Mapping[str, Sequence[Target]]) -> None:
        """Replace the targets of all images, such as by tracked ones."""
        self._backend.put(_content(TARGET_COLUMNS, [
            dict(image=name, **each._asdict())
            for name, found in targets.items() for each in found
        ]), self._targets)

    def export(self) -> None:
        """Write ``targets.json`` and, as COCO, ``targets_coco.json``."""
        found = self.targets()
        images, annotations = [], []
        for number, row in enumerate(self._done_images(), 1):
            name = row['image']
            size = dict(height=int(row['height']), width=int(row['width']))
            images.append((
                dict(image=name, path=row['path'], **size,
                     targets=[each._asdict() for each in found[name]]),
                dict(id=number, file_name=row['path'], **size)))
            annotations += coco_annotations(found[name], number)
        for number, each in enumerate(annotations, 1):
            each['id'] = number
        folder = self._targets.parent
        for path, content in (
                (folder / 'targets.json', [own for own, _ in images]),
                (folder / 'targets_coco.json', dict(
                    images=[coco for _, coco in images],
                    annotations=annotations,
                    categories=[dict(id=1, name='target')]))):
            self._backend.put_text(json.dumps(content, indent=1) + '\n', path)

    def _done_images(self) -> list[dict[str, str]]:
        return [row for row in _read_rows(self._images, IMAGE_COLUMNS)
                if not row['problem']]
