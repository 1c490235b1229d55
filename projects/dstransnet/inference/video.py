"""Frames of videos and cameras, and videos of annotated frames."""
from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple

import cv2
import numpy as np

from ..utils.errors import InputError

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mkv', '.mov', '.m4v', '.mpg', '.mpeg',
                  '.wmv', '.webm')
"""Suffixes of the video formats that can be read."""


class VideoFrame(NamedTuple):
    """A frame of a video or of a camera.

    Attributes:
        path (str): Path of the video, or 'camera N'.
        number (int): Number of the frame, from 0.
        pixels (np.ndarray): Shape (H, W, 3), uint8, BGR.
    """
    path: str
    number: int
    pixels: np.ndarray

    def __str__(self) -> str:
        return f'{self.path}, frame {self.number}'


def is_video_name(path: str | os.PathLike) -> bool:
    """Tell by a file's name whether it is a video.

    Examples:
        >>> is_video_name('night.MP4'), is_video_name('night.png')
        (True, False)
    """
    return os.fspath(path).lower().endswith(VIDEO_SUFFIXES)


def read_video(source: str | os.PathLike | int) -> Iterator[VideoFrame]:
    """Yield the frames of a video, or of a camera without end.

    Args:
        source (str | PathLike | int): Path of a video, or the number of a
            camera.

    Raises:
        InputError: If it cannot be opened, or has no frame.
    """
    if not isinstance(source, int):
        source = os.fspath(source)
        if not _is_utf8(source):
            raise InputError(f'{source}: expected a path in UTF-8, as OpenCV '
                             'takes no other for a video')
    name = source if isinstance(source, str) else f'camera {source}'
    capture = cv2.VideoCapture(source)
    if not capture.isOpened():
        raise InputError(f'{name}: not a readable video'
                         if isinstance(source, str) else
                         f'{name}: cannot be opened')
    number = 0
    try:
        while True:
            there, pixels = capture.read()
            if not there:
                break
            yield VideoFrame(name, number, pixels)
            number += 1
    finally:
        capture.release()
    if not number:
        raise InputError(f'{name}: a video without a readable frame')


def video_rate(path: str | os.PathLike) -> tuple[float, int]:
    """Return frames a second and number of frames, as the header has them.

    The number is 0, and the rate 25, where the header has none or the video
    cannot be read.
    """
    if not _is_utf8(os.fspath(path)):
        return 25., 0
    capture = cv2.VideoCapture(os.fspath(path))
    try:
        rate = capture.get(cv2.CAP_PROP_FPS)
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
    finally:
        capture.release()
    return rate if 0 < rate < 1000 else 25., max(0, count)


def _is_utf8(path: str) -> bool:
    """Tell whether a path is text; others crash OpenCV's video functions."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


class VideoFile:
    """Writes pictures to an MP4 file; a context manager.

    Args:
        path (str): File to write.
        rate (float): Frames a second.

    Raises:
        InputError: If the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike, rate: float) -> None:
        self._path, self._rate = os.fspath(path), rate
        self._writer: cv2.VideoWriter | None = None

    def add(self, picture: np.ndarray) -> None:
        """Append a picture of shape (H, W, 3), uint8, RGB.

        All have the size of the first, whose sides are cut to even numbers.
        """
        height, width = (side // 2 * 2 for side in picture.shape[:2])
        if self._writer is None:
            if not _is_utf8(self._path):
                raise InputError(f'{self._path}: expected a path in UTF-8')
            self._writer = cv2.VideoWriter(
                self._path, cv2.VideoWriter.fourcc(*'mp4v'), self._rate,
                (width, height))
            if not self._writer.isOpened():
                raise InputError(f'{self._path}: cannot be written')
        self._writer.write(
            np.ascontiguousarray(picture[:height, :width, ::-1]))

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.release()
