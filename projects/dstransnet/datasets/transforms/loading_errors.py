"""Errors of mmcv's image loader that name the file."""
from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator

from mmcv.transforms import LoadImageFromFile

from ...utils.errors import InputError

_CODE = LoadImageFromFile.transform.__code__


def _undecodable(error: BaseException) -> str | None:
    """Return the file that ``LoadImageFromFile`` could not decode."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        # Errors before there are bytes are of the disk or the network.
        if frame.f_code is _CODE and 'img_bytes' in frame.f_locals:
            return str(frame.f_locals['filename'])
    return None


@contextlib.contextmanager
def name_unreadable_images() -> Iterator[None]:
    """Name the file where ``LoadImageFromFile`` fails to decode one.

    It fails by an assertion, or by whatever its decoder raises.

    Raises:
        InputError: In their place.
    """
    try:
        yield
    # Decoders raise whatever malformed bytes lead them to.
    except Exception as error:
        path = _undecodable(error)
        if path is None:
            raise
        reason = '' if isinstance(error, AssertionError) else (
            f' ({type(error).__name__}: {error})')
        raise InputError(f'{path}: not a readable image for '
                         f'LoadImageFromFile{reason}; NPY and float TIFF '
                         'files need LoadInfraredImage') from error
