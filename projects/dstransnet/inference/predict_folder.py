"""Predictions of images and videos, written to a folder."""
from __future__ import annotations

import contextlib
import functools
import io
import itertools
import os
import posixpath
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from ..utils.atomic_io import AtomicLocalBackend
from ..utils.errors import InputError
from ..visualization.targets import draw_targets
from .files import Found, Frame, find_images
from .predict_video import (
    annotate_video,
    name_videos,
    predict_video,
    video_of,
)
from .prediction import fitted, write_picture
from .predictor import Attempt, Predictor
from .prefetch import ordered_map
from .sources import expand_globs
from .tables import TABLES, Outcome, ResultTables, outcome_of, problem_of
from .tracking import check_tracking, link_targets
from .video import is_video_name, video_rate

_RESULTS = ('masks', 'scores', 'videos')  # folders below ``out``
_WRITERS = 2  # threads; compressing PNG and labelling take milliseconds


class FolderReport(NamedTuple):
    """Summary of a run of :func:`predict_folder`.

    Attributes:
        done (int): Images predicted now.
        resumed (int): Images that an earlier run had finished.
        targets (int): Targets in all of these.
        failed (dict[str, str]): The problem of each failed image, video or
            frame, by path.
        passed_over (int): Files in the inputs that are no images by their
            suffix.
    """
    done: int
    resumed: int
    targets: int
    failed: dict[str, str]
    passed_over: int


class _Folders(NamedTuple):
    """Paths of the files of an image.

    Attributes:
        out (Path): Folder of ``masks``, ``scores`` and ``videos``.
        save_scores (bool): Whether there are scores.
        pictures (Path | None): Folder of pictures, None for none.
    """
    out: Path
    save_scores: bool
    pictures: Path | None

    def mask(self, name: str) -> Path:
        return self.out / 'masks' / f'{name}.png'

    def scores(self, name: str) -> Path:
        return self.out / 'scores' / f'{name}.npy'

    def files(self, name: str) -> list[Path]:
        """Return the files that are written for an image."""
        return [self.mask(name), *[self.scores(name)] * self.save_scores,
                *self.picture(name)]

    def video(self, name: str) -> Path:
        return self.out / 'videos' / f'{name}.mp4'

    def picture(self, name: str) -> list[Path]:
        """Return the picture of an image, if there are pictures."""
        return [self.pictures / f'{name}.png'] if self.pictures else []


def _write(folders: _Folders, each: Attempt) -> Outcome:
    """Write mask, scores and picture of an image over earlier ones."""
    mask, scores = folders.mask(each.name), folders.scores(each.name)
    pictures = folders.picture(each.name)
    stale = [mask, scores, *pictures]
    try:
        outcome = outcome_of(each)
    except (OSError, ValueError) as error:  # its file, read for contrasts
        each = each._replace(prediction=None, error=error)
        outcome = outcome_of(each)
    found, backend = each.prediction, AtomicLocalBackend(flush=False)
    if found is not None:
        try:
            _, data = cv2.imencode('.png', found.mask.astype(np.uint8) * 255)
            backend.put(data.tobytes(), mask)
            if folders.save_scores:
                buffer = io.BytesIO()
                np.save(buffer, found.scores)
                backend.put(buffer.getvalue(), scores)
            for path in pictures:
                found.save(path)
            stale = [] if folders.save_scores else [scores]
        except (OSError, ValueError) as error:  # such as a full disk
            outcome = outcome_of(each._replace(prediction=None, error=error))
    for path in stale:  # would pass for this run's
        if path.is_file():
            path.unlink()
    return outcome


def _check_pictures(folders: _Folders, paths: Iterable[str]) -> None:
    """Raise if pictures would lie among the other results, or hide inputs.

    Their folder is not searched for images.
    """
    if folders.pictures is None:
        return
    pictures, out = folders.pictures.resolve(), folders.out.resolve()
    others = [(out / name).resolve() for name in _RESULTS]
    if pictures == out or any(
            other in (pictures, *pictures.parents) for other in others):
        raise InputError(
            '--show-dir: expected another folder than --out and its '
            f'{", ".join(_RESULTS)}, got {folders.pictures}')
    for path in map(Path, paths):
        if path.is_dir() and pictures in (path.resolve(),
                                          *path.resolve().parents):
            raise InputError(f'--show-dir: expected a folder that holds no '
                             f'input, got {folders.pictures}, which holds '
                             f'{path}')


def _check_names(images: Mapping[str, Frame],
                 videos: Mapping[str, str]) -> None:
    """Raise if an image has the name of a frame of a video."""
    for name, frame in images.items():
        video = videos.get(video_of(name))
        if video is not None:
            raise InputError(f'{frame} and a frame of {video} would both be '
                             f'written as {name!r}')


def _check_free(images: Mapping[str, Frame], videos: Mapping[str, str],
                folders: _Folders, existing: str) -> None:
    """Raise if results would replace other files.

    An input is never overwritten. Other files are replaced on request, or in
    a folder with the table of an earlier run.
    """
    inputs = {os.path.realpath(path) for path in (
        *(frame.path for frame in images.values()), *videos.values())}
    out = folders.out
    written = [path for name in images
               for path in folders._replace(save_scores=True).files(name)]
    fresh = existing != 'overwrite' and not (out / 'images.csv').exists()
    tables = [out / name for name in TABLES]
    for path in [*written, *map(folders.video, videos), *tables]:
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
        pictures: str | os.PathLike | None = None,
        track: bool = False,
        begin: Callable[[int], None] | None = None,
        watch: Callable[[Outcome], None] | None = None) -> FolderReport:
    """Predict images and videos, and write the results.

    ``out/masks/NAME.png`` (0 / 255), ``out/scores/NAME.npy`` on request,
    ``out/targets.csv`` with a row for each target, and ``out/images.csv``
    with a row for each image, its problem included. NAME is the path of the
    image below the input folder; each page of a file is an image
    (:func:`find_images`). At the end, also where the run is interrupted,
    ``out/targets.json`` and ``out/targets_coco.json`` have the same as the
    tables.

    Each frame of a video is an image of the tables, without mask; videos of
    one name are told apart by the folder that holds them all;
    ``out/videos/NAME.mp4`` is the video with its targets marked. Videos do
    not resume: they are predicted again.

    Threads load files, and others write results, while the network computes;
    the number of waiting images is bounded by the threads and the batch. A
    file or frame that cannot be read, predicted or written is reported, and
    the others go on. An error of the network itself (out of memory, for
    example) ends the run; ``'resume'`` continues it after the images that are
    done.

    Args:
        predictor (Predictor): The network.
        inputs (Sequence[str]): See :func:`find_images`; also videos, and
            patterns such as ``'frames/*.png'``. Folders are not searched for
            videos.
        out (str): Folder to write into; results in it are not taken as
            inputs.
        batch_size (int): Images in a batch at most; only neighbours of one
            size share a batch. Defaults to 1.
        workers (int): Threads that load; 0: load and write in turn. Defaults
            to 2.
        save_scores (bool): Whether to write score maps. Defaults to False.
        existing (str): Where ``out`` holds results: ``'refuse'``;
            ``'resume'``: skip images that are done if their paths are the
            same, retry failed ones; or ``'overwrite'``: predict all again
            (files of images that are not among the inputs stay, but not their
            rows). Defaults to ``'refuse'``.
        image_root (str, optional): See :func:`find_images`. Defaults to
            None.
        settings (Mapping, optional): See :class:`ResultTables`. Defaults to
            none.
        pictures (str, optional): Folder of pictures of the images, with
            their targets marked. Defaults to None: no pictures.
        track (bool): Whether to link targets over the frames of each video,
            and over the images of each folder in the order of the numbers in
            their names, see :func:`.link_targets`. Defaults to False.
        begin (Callable, optional): Called with the number of images and
            frames to predict; frames whose number is unknown do not count.
            Defaults to None.
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
    folders = _Folders(Path(out), save_scores,
                       None if pictures is None else Path(pictures))
    reading = predictor.prepare.reading
    paths = expand_globs(inputs)
    _check_pictures(folders, paths)
    videos = name_videos(
        [path for path in paths if is_video_name(path)], image_root)
    paths = [path for path in paths if not is_video_name(path)]
    found = Found({}, 0)
    if paths:
        found = find_images(
            paths, reading.get('raw') is not None, image_root,
            [folders.out / name for name in _RESULTS]
            + ([folders.pictures] if folders.pictures else []),
            reading.get('page') is None)
    _check_names(found.images, videos)
    _check_free(found.images, videos, folders, existing)
    if track:
        check_tracking()
    tables = ResultTables(folders.out, existing, dict(
        settings or {}, threshold=predictor.threshold,
        connectivity=predictor.connectivity,
        output_size=predictor.output_size), found.images)
    if videos and (save_scores or folders.pictures):
        warnings.warn(
            'scores and pictures (--save-scores, --show-dir) are of images '
            f'alone; videos are drawn in {folders.out / "videos"}',
            stacklevel=2)
    tables.forget([
        name for name in tables.done
        if (video_of(name) in videos if name not in found.images else not all(
            path.exists() for path in folders.files(name)))])
    todo = {name: frame for name, frame in found.images.items()
            if name not in tables.done}
    resumed = [name for name in found.images if name in tables.done]
    if begin is not None:
        begin(len(todo) + sum(
            video_rate(path)[1] for path in videos.values()))
    for name in videos:  # an earlier one would pass for this run's
        with contextlib.suppress(OSError):  # writing it will tell
            folders.video(name).unlink(missing_ok=True)
    failed: dict[str, str] = {}
    targets = sum(tables.done[name] for name in resumed)
    done = 0
    try:
        for outcome in itertools.chain(
                _predict_images(predictor, todo, folders, batch_size,
                                workers),
                *(predict_video(
                    predictor, path, name,
                    None if track else folders.video(name),
                    batch_size, workers) for name, path in videos.items())):
            tables.add(outcome)
            if outcome.problem:
                failed[outcome.path] = outcome.problem
            else:
                done += 1
            targets += len(outcome.targets)
            if watch is not None:
                watch(outcome)
    finally:
        if track:
            _link(tables, found.images, videos)
        tables.export()
    if track:
        failed.update(
            _draw_tracks(tables, found.images, videos, folders, predictor))
    return FolderReport(
        done, len(resumed), targets, failed, found.passed_over)


def _predict_images(predictor: Predictor, images: Mapping[str, Frame],
                    folders: _Folders, batch_size: int,
                    workers: int) -> Iterator[Outcome]:
    """Yield the outcomes of images, whose files are written."""
    return ordered_map(
        functools.partial(_write, folders),
        predictor.attempts(images.items(), batch_size, workers),
        _WRITERS if workers else 0)


def _link(tables: ResultTables, images: Mapping[str, Frame],
          videos: Mapping[str, str]) -> None:
    """Link the targets of the images, and of each video."""
    found = tables.targets()
    folders: dict[str, list[str]] = {}
    for name in sorted(images, key=_by_number):
        folders.setdefault(posixpath.dirname(name), []).append(name)
    for names in (*folders.values(), *(
            [name for name in found if video_of(name) == video]
            for video in videos)):
        # An image that failed is a frame without targets.
        linked = link_targets([found.get(name, []) for name in names])
        found.update((name, each) for name, each in zip(names, linked)
                     if name in found)
    tables.replace(found)


def _by_number(name: str) -> list[str | int]:
    """Return a key that sorts ``a2`` before ``a10``."""
    return [int(part) if part.isdecimal() else part
            for part in re.split(r'(\d+)', name)]


def _draw_tracks(tables: ResultTables, images: Mapping[str, Frame],
                 videos: Mapping[str, str], folders: _Folders,
                 predictor: Predictor) -> dict[str, str]:
    """Draw the pictures and videos of a run with the tracks.

    Returns:
        dict[str, str]: Problems by the paths of images and videos.
    """
    found, shapes = tables.targets(), tables.shapes()
    failed: dict[str, str] = {}

    def attempt(source: str, draw: Callable[[], None]) -> None:
        try:
            draw()
        except (OSError, ValueError, cv2.error) as error:
            failed[source] = problem_of(error, source)

    def draw_picture(name: str, path: Path) -> None:
        pixels = predictor.loader(images[name])()
        write_picture(path, draw_targets(
            fitted(pixels, shapes[name]), found[name]))

    for name, image in images.items():
        for path in folders.picture(name):
            if name in found:
                attempt(str(image),
                        functools.partial(draw_picture, name, path))
    for video, source in videos.items():
        frames = {name: each for name, each in found.items()
                  if video_of(name) == video}
        if frames:
            attempt(source, functools.partial(
                annotate_video, source, folders.video(video), video, frames,
                shapes[next(iter(frames))]))
    return failed
