"""Predictions of a video: rows of tables, and an annotated video."""
from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2

from ..utils.errors import InputError
from ..utils.sample_names import UniqueNames, sample_name
from ..visualization.targets import draw_targets
from .files import common_folder
from .prediction import fitted
from .predictor import Predictor
from .tables import Outcome, outcome_of, problem_of
from .targets import Target
from .video import VideoFile, read_video, video_rate


def frame_name(name: str, number: int) -> str:
    """Return the name of a frame in tables.

    Examples:
        >>> frame_name('night', 12)
        'night_frame00012'
    """
    return f'{name}_frame{number:05}'


def video_of(name: str) -> str:
    """Return the name of the video of a frame, '' for other names.

    Examples:
        >>> video_of('night_frame00012'), video_of('night_frame')
        ('night', '')
    """
    found = re.fullmatch(r'(.+)_frame\d{5,}', name, re.DOTALL)
    return found[1] if found else ''


def name_videos(paths: Sequence[str],
                image_root: str | None = None) -> dict[str, str]:
    """Return videos by their names.

    These are the names of their files, or the paths below the root; where
    names coincide and there is no root, below the folder that holds all.

    Raises:
        InputError: If there is no such file, or two have the same name.
    """
    for path in paths:
        if not os.path.isfile(path):
            raise InputError(f'input: no file {path}')
    stems = {sample_name(path) for path in paths}
    if image_root is None and len(stems) < len(set(paths)):
        image_root = common_folder(paths)
    names = UniqueNames(image_root)
    return {names(path): path for path in paths}


def predict_video(predictor: Predictor,
                  path: str | os.PathLike,
                  name: str,
                  out: str | os.PathLike | None,
                  batch_size: int = 1,
                  workers: int = 2) -> Iterator[Outcome]:
    """Predict a video, write an annotated one, and yield its frames.

    The video that is written holds all frames so far, however the iteration
    ends; frames without a prediction are left out.

    Args:
        predictor (Predictor): The network.
        path (str | PathLike): The video.
        name (str): Name of its frames in tables.
        out (str | PathLike, optional): MP4 file to write; None: none.
        batch_size (int): Frames in a batch. Defaults to 1.
        workers (int): Threads that prepare frames. Defaults to 2.

    Yields:
        Outcome: Of each frame; then one of the video if it cannot be read or
        written, or ends early.
    """
    rate, count = video_rate(path)
    number = -1
    try:
        if out is not None:
            Path(out).parent.mkdir(parents=True, exist_ok=True)
        frames = ((frame_name(name, frame.number), frame)
                  for frame in read_video(path))
        with VideoFile(out or os.devnull, rate) as video:
            for number, each in enumerate(
                    predictor.attempts(frames, batch_size, workers)):
                found = each.prediction
                if out is not None and found is not None:
                    assert found.image is not None  # of the video
                    video.add(draw_targets(
                        found.image, found.targets, found.mask,
                        frame_note(number, count)))
                yield outcome_of(each)
    except (InputError, OSError, cv2.error) as error:
        yield Outcome(name, os.fspath(path), problem=problem_of(error, path))
        return
    # Some headers estimate the number.
    if number + 1 < 0.95 * count - 1:
        yield Outcome(name, os.fspath(path), problem=(
            f'ends after {number + 1} of {count} frames'))


def frame_note(number: int, count: int) -> str:
    """Return the counter in the corner of a frame, from 1.

    Examples:
        >>> frame_note(0, 250), frame_note(0, 0)
        ('frame 1 of 250', 'frame 1')
    """
    return f'frame {number + 1}' + f' of {count}' * bool(count)


def annotate_video(path: str | os.PathLike, out: str | os.PathLike,
                   name: str, targets: Mapping[str, Sequence[Target]],
                   shape: tuple[int, int]) -> None:
    """Write a video again with targets that are known.

    Args:
        path (str | PathLike): The video.
        out (str | PathLike): MP4 file to write.
        name (str): Name of its frames in ``targets``.
        targets (Mapping): Targets of frames, by their names.
        shape (tuple[int, int]): Height and width of the predictions.
    """
    rate, count = video_rate(path)
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with VideoFile(out, rate) as video:
        for frame in read_video(path):
            video.add(draw_targets(
                fitted(frame.pixels, shape),
                targets.get(frame_name(name, frame.number), ()),
                note=frame_note(frame.number, count)))
