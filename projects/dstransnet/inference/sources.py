"""Frames of anything that a detector can be called with."""
from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from torch import Tensor

from ..utils.errors import InputError
from .files import Frame, find_images, pages_of
from .video import VideoFrame, is_video_name, read_video

SourceFrame = np.ndarray | Frame | VideoFrame


def expand_globs(inputs: Iterable[str | os.PathLike]) -> list[str]:
    """Replace patterns by the files and folders that match, sorted.

    A path that exists is not a pattern, even with ``*``, ``?`` or ``[``.

    Raises:
        InputError: If nothing matches a pattern.

    Examples:
        >>> expand_globs(['a.png', 'projects/dstransnet/regis*.py'])
        ['a.png', 'projects/dstransnet/registry.py']
    """
    found: list[str] = []
    for given in [os.fspath(each) for each in inputs]:
        if os.path.lexists(given) or not glob.has_magic(given):
            found.append(given)
            continue
        matches = sorted(glob.glob(given, recursive=True))
        if not matches:
            raise InputError(f'input: nothing matches {given}')
        found += matches
    return found


def source_frames(source: Any, raw: bool = False,
                  every_page: bool = True) -> Iterator[SourceFrame]:
    """Yield the frames of a source.

    Args:
        source (Any): The number of a camera; a path of an image, a folder or
            a video; a pattern such as ``'frames/*.png'``; an array of shape
            (H, W), (H, W, 3) or (N, H, W, 3); a tensor of shape (H, W),
            (C, H, W) or (N, C, H, W) with C = 1 or 3; or an iterable of
            these, without cameras, which may be endless.
        raw (bool): Whether files are raw frames. Defaults to False.
        every_page (bool): Whether each page of a file is a frame. Defaults
            to True.

    Raises:
        InputError: If it is none of these, or a path has no frames.
    """
    if isinstance(source, (np.ndarray, Frame, VideoFrame)):
        if isinstance(source, np.ndarray) and source.ndim == 4:
            yield from source
        else:
            yield source
    elif isinstance(source, Tensor):
        yield from _tensor_frames(source)
    elif type(source) is int:
        yield from read_video(source)
    elif isinstance(source, (str, os.PathLike)):
        for path in expand_globs([source]):
            if '://' in path:
                yield Frame(path)
            elif os.path.isdir(path):
                yield from find_images(
                    [path], raw, every_page=every_page).images.values()
            elif is_video_name(path):
                yield from read_video(path)
            else:
                yield from (pages_of(path) if every_page and not raw
                            else [Frame(path)])
    elif isinstance(source, Iterable) and not isinstance(
            source, (bytes, bytearray, memoryview)):
        for each in source:
            if isinstance(each, int):
                raise InputError('source: expected a path, an array or a '
                                 'tensor in an iterable, got the number '
                                 f'{each}')
            yield from source_frames(each, raw, every_page)
    else:
        raise InputError('source: expected a path, a pattern, a camera '
                         'number, an array, a tensor or an iterable of '
                         f'these, got {type(source).__name__}')


def _tensor_frames(tensor: Tensor) -> Iterator[np.ndarray]:
    """Yield the frames of a tensor, channels last."""
    if tensor.dtype.is_floating_point:
        tensor = tensor.float()
    array = tensor.detach().cpu().numpy()
    if array.ndim not in (2, 3, 4) or (
            array.ndim > 2 and array.shape[-3] not in (1, 3)):
        raise InputError('source: expected a tensor of shape (H, W), '
                         '(C, H, W) or (N, C, H, W) with C = 1 or 3, got '
                         f'{tuple(array.shape)}')
    if array.ndim == 2:
        yield array
        return
    for frame in array.reshape(-1, *array.shape[-3:]):
        pixels = np.ascontiguousarray(frame.transpose(1, 2, 0))
        yield pixels[..., 0] if pixels.shape[2] == 1 else pixels
