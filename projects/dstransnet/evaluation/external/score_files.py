"""Score maps and masks of any program."""
from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Collection, Iterable
from pathlib import Path

import cv2
import numpy as np

from ...imaging.file_inspection import is_image_name
from ...imaging.orientation import as_stored
from ...utils.errors import InputError
from ...utils.reading import walk_folder

SUFFIXES = ('.png', '.bmp', '.tif', '.tiff', '.npy')


def read_map(path: str | Path) -> np.ndarray:
    """Read a map of one value a pixel, unscaled.

    Args:
        path (str | Path): PNG (1, 8 or 16 bits), BMP, TIFF (these, or
            floating point; one page) or NPY. Colour files need equal
            channels; an orientation tag is ignored.

    Returns:
        np.ndarray: Shape (H, W); bool, uint8, uint16 or floating point like
        the file, other integers as int64.

    Raises:
        InputError: If the file cannot be read as a map; the message names it.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(
            f'{path}: expected one of {", ".join(SUFFIXES)}')
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f'{path}: cannot be read ({error.strerror})') \
            from error
    values = _decode_npy(path, data) if suffix == '.npy' else _decode(
        path, data)
    if values.ndim == 3 and values.shape[-1] in (1, 3, 4):
        values = values[..., :3]  # without alpha
        if (values[..., 1:] != values[..., :1]).any():
            raise InputError(f'{path}: expected one value a pixel, got a '
                             'colour image')
        values = values[..., 0]
    if values.ndim != 2 or not values.size:
        raise InputError(f'{path}: expected a map of shape (H, W), got '
                         f'{values.shape}')
    if values.dtype.kind in 'iu' and values.dtype not in (np.uint8,
                                                          np.uint16):
        return values.astype(np.int64)
    if values.dtype.kind not in 'biuf':
        raise InputError(f'{path}: expected numbers, got {values.dtype}')
    return values


def _decode_npy(path: Path, data: bytes) -> np.ndarray:
    try:
        # Not np.load, which takes archives and pickles for arrays too.
        values = np.lib.format.read_array(
            io.BytesIO(data), allow_pickle=False)
    # A damaged header may fail in any way, for lack of memory too.
    except Exception as error:
        reason = textwrap.shorten(str(error), 120)
        raise InputError(f'{path}: not a readable array ({reason})') from error
    if values.ndim == 3 and len(values) == 1:
        return values[0]  # a channel first
    return values


def _decode(path: Path, data: bytes) -> np.ndarray:
    raw = np.frombuffer(as_stored(data), np.uint8)
    try:
        decoded, pages = cv2.imdecodemulti(raw, cv2.IMREAD_UNCHANGED)
    except cv2.error:  # of an empty file
        decoded = False
    if not decoded or not pages:
        raise InputError(f'{path}: not a readable image')
    if len(pages) > 1:
        raise InputError(f'{path}: expected one page, got {len(pages)}')
    return pages[0]


def find_maps(folder: str | Path,
              suffixes: Collection[str] = SUFFIXES) -> dict[str, Path]:
    """Return the files below a folder, by relative path without suffix.

    Subfolders are as for :func:`.walk_folder`.
    ``suffixes`` are in lower case.

    Raises:
        InputError: If the folder is missing or has no such file, or two files
            have the same name.
    """
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f'{folder}: no such folder')
    found: dict[str, Path] = {}
    paths = [Path(place, file) for place, files in walk_folder(str(root))
             for file in files if is_image_name(file, suffixes)]
    for path in sorted(paths):
        name = path.relative_to(root).with_suffix('').as_posix()
        if name in found:
            raise InputError(f'{found[name]} and {path}: two files for one '
                             'image')
        found[name] = path
    if not found:
        raise InputError(f'{folder}: no file of {", ".join(suffixes)}')
    return found


def masks_of_ones(maps: Iterable[np.ndarray]) -> bool:
    """Return whether integer maps hold masks of 0 and 1 instead of scores.

    They do if no map of the folder has a value above 1. A single map does
    not tell, since its 8-bit scores may all be very low.
    """
    return not any(
        each.dtype.kind in 'iu' and each.max() > 1 for each in maps)


def check_scale(scale: float) -> None:
    """Raise InputError unless the value of score 1 is positive and finite."""
    if not 0 < scale < math.inf:
        raise InputError(f'--scale must be positive, got {scale}')


def to_scores(values: np.ndarray,
              name: str,
              scale: float | None = None,
              ones: bool = False) -> np.ndarray:
    """Turn the values of a map into scores from 0 to 1.

    Without a scale 8-bit values are divided by 255 and 16-bit ones by 65535;
    booleans and floating-point values are scores already.

    Args:
        values (np.ndarray): Returned by :func:`read_map`.
        name (str): Name of the map in errors.
        scale (float, optional): Value of score 1. Defaults to None.
        ones (bool): Integers are masks of 0 and 1. Defaults to False.

    Returns:
        np.ndarray: Scores; float64 if the file is float64 or is scaled,
        otherwise float32.

    Raises:
        InputError: If a score is NaN or outside 0 .. 1, or the value of
            score 1 is unknown.

    Examples:
        >>> to_scores(np.array([[0, 51, 255]], np.uint8), 'a').tolist()
        [[0.0, 0.2, 1.0]]
    """
    if values.dtype == bool:
        return values.astype(np.float32)
    if scale is not None:
        check_scale(scale)
        values = values.astype(np.float64) / scale
    elif values.dtype.kind in 'iu' and not ones:
        full = {np.uint8: 255, np.uint16: 65535}.get(values.dtype.type)
        if full == 65535 and np.unique(values).tolist() in ([255], [0, 255]):
            raise InputError(
                f'{name}: 16-bit values 0 and 255; state by --scale whether '
                '255 or 65535 is a score of 1')
        if full is None and set(np.unique(values).tolist()) <= {0, 255}:
            full = 255
        if full is None:
            raise InputError(
                f'{name}: {values.dtype} values up to {values.max()}; state '
                'by --scale which one is a score of 1')
        values = values / full
    if values.dtype != np.float64:
        values = values.astype(np.float32)
    if not ((values >= 0) & (values <= 1)).all():
        shown = ('NaN' if np.isnan(values).any() else
                 f'{values.min():g} .. {values.max():g}')
        raise InputError(
            f'{name}: expected scores within 0 .. 1, got {shown}; logits need '
            'a sigmoid first, other ranges --scale')
    return values
