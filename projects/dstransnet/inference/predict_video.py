"""Predictions of a video: rows of tables, and an annotated video."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ..visualization.targets import draw_targets
from .prediction import fitted
from .predictor import Predictor
from .tables import Outcome
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
        >>> video_of('night_frame00012'), video_of('night')
        ('night', '')
    """
    return name.rpartition('_frame')[0]


def predict_video(predictor: Predictor,
                  path: str | os.PathLike,
                  name: str,
                  out: str | os.PathLike | None,
                  batch_size: int = 1,
                  workers: int = 2) -> Iterator[Outcome]:
    """Predict a video, write an annotated one, and yield its frames.

    The video that is written holds all frames so far, however the iteration
    ends.

    Args:
        predictor (Predictor): The network.
        path (str | PathLike): The video.
        name (str): Name of its frames in tables.
        out (str | PathLike, optional): MP4 file to write; None: none.
        batch_size (int): Frames in a batch. Defaults to 1.
        workers (int): Threads that prepare frames. Defaults to 2.

    Yields:
        Outcome: Of each frame.

    Raises:
        InputError: If a file cannot be read or written.
    """
    rate, count = video_rate(path)
    if out is not None:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
    with VideoFile(out or os.devnull, rate) as video:
        for number, found in enumerate(
                predictor.stream(read_video(path), batch_size, workers)):
            if out is not None:
                assert found.image is not None  # of the video
                video.add(draw_targets(
                    found.image, found.targets, found.mask,
                    frame_note(number, count)))
            yield Outcome(frame_name(name, number), found.name,
                          found.scores.shape, found.targets)


def frame_note(number: int, count: int) -> str:
    """Return the counter in the corner of a frame, from 1.

    Examples:
        >>> frame_note(0, 250), frame_note(0, 0)
        ('frame 1 of 250', 'frame 1')
    """
    return f'frame {number + 1}' + f' of {count}' * bool(count)


def annotate_video(path: str | os.PathLike, out: str | os.PathLike,
                   targets_of: Callable[[int], list[Target]],
                   shape: tuple[int, int] | None = None) -> None:
    """Write a video again with targets that are known.

    Args:
        path (str | PathLike): The video.
        out (str | PathLike): MP4 file to write.
        targets_of (Callable): Returns the targets of a frame, by number.
        shape (tuple[int, int], optional): Height and width of the
            predictions. Defaults to None, those of the video.
    """
    rate, count = video_rate(path)
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with VideoFile(out, rate) as video:
        for frame in read_video(path):
            pixels = frame.pixels
            video.add(draw_targets(
                fitted(pixels, shape or pixels.shape[:2]),
                targets_of(frame.number),
                note=frame_note(frame.number, count)))
