"""Predictions of files, written to a folder."""
from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError
from .files import Frame, find_images
from .prediction import Prediction
from .predictor import Predictor, sample_shape
from .prefetch import equal_batches, ordered_map
from .tables import Outcome, ResultTables

_WRITERS = 2  # threads; compressing PNG and labelling take milliseconds


class _Work(NamedTuple):
    """An image in progress: a sample, then a prediction, or a problem."""
    name: str
    frame: Frame
    sample: dict | None = None
    prediction: Prediction | None = None
    problem: str = ''


class FolderReport(NamedTuple):
    """Summary of a run of :func:`predict_folder`.

    Attributes:
        done (int): Images predicted now.
        resumed (int): Images that an earlier run had finished.
        detections (int): Detections in all of these.
        failed (dict[str, str]): The problem of each failed image, by path.
        passed_over (int): Files in the inputs that are no images by their
            suffix.
    """
    done: int
    resumed: int
    detections: int
    failed: dict[str, str]
    passed_over: int


def _load(predictor: Predictor, item: tuple[str, Frame]) -> _Work:
    name, frame = item
    try:
        return _Work(name, frame,
                     predictor.prepare(frame.path, page=frame.page))
    # Decoders raise whatever malformed bytes lead them to. One file must not
    # cost the others; what was raised is reported with its name.
    except Exception as error:
        return _Work(name, frame, problem=_told(error, frame))


def _told(error: Exception, frame: Frame) -> str:
    """Return the message of an error, without the path in front."""
    text = ' '.join(str(error).split()) or type(error).__name__
    if not isinstance(error, InputError):
        text = f'{type(error).__name__}: {text}'
    return text.removeprefix(f'{frame.path}: ')


def _compute(predictor: Predictor, loaded: Iterable[_Work],
             batch_size: int) -> Iterator[_Work]:
    """Add predictions to the images that have no problem."""

    def shape(work: _Work) -> tuple[int, ...] | None:
        return None if work.sample is None else sample_shape(work.sample)

    for batch in equal_batches(loaded, batch_size, shape):
        if batch[0].sample is None:
            yield from batch
            continue
        scores = predictor.scores(
            [work.sample for work in batch if work.sample is not None])
        for work, each in zip(batch, scores):
            try:
                found = Prediction(
                    str(work.frame), each, predictor.threshold,
                    predictor.connectivity, predictor.loader(work.frame))
                yield work._replace(sample=None, prediction=found)
            except InputError as error:  # NaN
                yield work._replace(sample=None,
                                    problem=_told(error, work.frame))


def _files_of(name: str, out: Path, save_scores: bool) -> list[Path]:
    """Return the files that are written for an image."""
    files = [out / 'masks' / f'{name}.png']
    if save_scores:
        files.append(out / 'scores' / f'{name}.npy')
    return files


def _write(out: Path, save_scores: bool, work: _Work) -> Outcome:
    """Write mask and scores of an image over earlier ones."""
    mask, scores = stale = _files_of(work.name, out, save_scores=True)
    source = str(work.frame)
    outcome = Outcome(work.name, source, problem=work.problem)
    found, backend = work.prediction, AtomicLocalBackend(flush=False)
    if found is not None:
        try:
            rows = found.targets
            _, data = cv2.imencode('.png', found.mask.astype(np.uint8) * 255)
            backend.put(data.tobytes(), mask)
            if save_scores:
                buffer = io.BytesIO()
                np.save(buffer, found.scores)
                backend.put(buffer.getvalue(), scores)
            outcome = Outcome(work.name, source, found.scores.shape, rows)
            stale = [] if save_scores else [scores]
        except (OSError, ValueError) as error:  # a full disk, infinite scores
            outcome = Outcome(
                work.name, source, problem=_told(error, work.frame))
    for path in stale:  # would pass for this run's
        if path.is_file():
            path.unlink()
    return outcome


def _check_free(images: Mapping[str, Frame], out: Path,
                existing: str) -> None:
    """Raise if results would replace other files.

    An input is never overwritten. Other files are replaced on request, or in
    a folder with the table of an earlier run.
    """
    inputs = {os.path.realpath(frame.path) for frame in images.values()}
    fresh = existing != 'overwrite' and not (out / 'images.csv').exists()
    for name in images:
        for path in _files_of(name, out, save_scores=True):
            if os.path.realpath(path) in inputs:
                raise InputError(f'--out: {path} is one of the inputs; choose '
                                 'another folder')
            if fresh and path.exists():
                raise InputError(
                    f'--out: {path} exists, and is of no earlier run that '
                    f'{out / "images.csv"} would tell of; choose another '
                    'folder, or overwrite it (--overwrite)')


def predict_folder(
        predictor: Predictor,
        inputs: Sequence[str | os.PathLike],
        out: str | os.PathLike,
        *,
        batch_size: int = 1,
        workers: int = 2,
        save_scores: bool = False,
        existing: str = 'refuse',
        image_root: str | None = None,
        settings: Mapping[str, Any] | None = None,
        watch: Callable[[Outcome], None] | None = None) -> FolderReport:
    """Predict files and folders of images, and write the results.

    ``out/masks/NAME.png`` (0 / 255), ``out/scores/NAME.npy`` on request,
    ``out/detections.csv`` with a row for each detection, and
    ``out/images.csv`` with a row for each image, its problem included. NAME
    is the path of the image below the input folder; each page of a file is an
    image (:func:`find_images`).

    Threads load files, and others write results, while the network computes;
    the number of waiting images is bounded by the threads and the batch. A
    file that cannot be read, predicted or written is reported, and the others
    go on. An error of the network itself (out of memory, for example) ends
    the run; ``'resume'`` continues it after the images that are done.

    Args:
        predictor (Predictor): The network.
        inputs (Sequence[str]): See :func:`find_images`.
        out (str): Folder to write into; results in it are not taken as
            inputs.
        batch_size (int): Images in a batch at most; only neighbours of one
            size share a batch. Defaults to 1.
        workers (int): Threads that load; 0: load and write in turn. Defaults
            to 2.
        save_scores (bool): Whether to write score maps. Defaults to False.
        existing (str): Where ``out`` holds results: ``'refuse'``;
            ``'resume'``: skip images that are done, retry failed ones; or
            ``'overwrite'``: predict all again (files of images that are not
            among the inputs stay, but not their rows). Defaults to
            ``'refuse'``.
        image_root (str, optional): See :func:`find_images`. Defaults to
            None.
        settings (Mapping, optional): See :class:`ResultTables`. Defaults to
            none.
        watch (Callable, optional): Called with the outcome of each image as
            soon as it is written. Defaults to None.

    Returns:
        FolderReport: Numbers of images, and the failures.

    Raises:
        InputError: If an argument is wrong; before anything is computed.
    """
    for name, value, least in (('batch_size', batch_size, 1),
                               ('workers', workers, 0)):
        if value < least:
            raise InputError(f'{name}: expected {least} or more, got {value}')
    root = Path(out)
    reading = predictor.prepare.reading
    found = find_images(
        inputs, reading.get('raw') is not None, image_root,
        [root / 'masks', root / 'scores'], reading.get('page') is None)
    _check_free(found.images, root, existing)
    tables = ResultTables(root, existing, dict(
        settings or {}, threshold=predictor.threshold,
        connectivity=predictor.connectivity,
        output_size=predictor.output_size))
    tables.forget([
        name for name in found.images if name in tables.done and not all(
            path.exists() for path in _files_of(name, root, save_scores))
    ])
    todo = [(name, frame) for name, frame in found.images.items()
            if name not in tables.done]
    resumed = [name for name in found.images if name in tables.done]
    loaded = ordered_map(functools.partial(_load, predictor), todo, workers)
    computed = _compute(predictor, loaded, batch_size)
    written = ordered_map(functools.partial(_write, root, save_scores),
                          computed, _WRITERS if workers else 0)
    failed: dict[str, str] = {}
    detections = sum(tables.done[name] for name in resumed)
    for outcome in written:
        tables.add(outcome)
        if outcome.problem:
            failed[outcome.path] = outcome.problem
        detections += len(outcome.rows)
        if watch is not None:
            watch(outcome)
    return FolderReport(
        len(todo) - len(failed), len(resumed), detections, failed,
        found.passed_over)
