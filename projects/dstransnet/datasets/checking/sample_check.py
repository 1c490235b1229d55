"""Check of one image and its mask, decoded to the end."""
from __future__ import annotations

import hashlib
import io
import os
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...imaging.components import connected_components
from ...imaging.file_inspection import bit_depth, inspect_image
from ...imaging.full_depth_reading import decode_infrared
from ...imaging.masks import is_two_valued, mask_to_labels, read_mask
from ...imaging.npy_files import NPY_MAGIC
from ...utils.errors import InputError
from ...utils.text import first_few

# Kinds of problems with which a sample cannot be used.
IMAGES, MASKS, VALUES = 'images', 'masks', 'mask values'


@dataclass(frozen=True)
class Sample:
    """An image and its mask.

    Attributes:
        name (str): Name in lists, with '/' between folders.
        image (str): Path of the image.
        mask (str): Path of the mask.
    """
    name: str
    image: str
    mask: str


@dataclass(frozen=True)
class SampleCheck:
    """Result of the check of one sample.

    Attributes:
        size (tuple[int, int] | None): Width and height of the image in
            pixels, None where it cannot be read.
        targets (int | None): Components of the mask over 8 neighbours, None
            where it cannot be read.
        content (bytes): Digest of the image's pixels; empty without any.
        formats (tuple[str, str, str]): Kinds of the image and of the mask,
            and the mask's values, as in summaries; '' where unknown.
        problems (tuple[tuple[str, str], ...]): Kind and text of each.
        notes (tuple[tuple[str, str], ...]): The same of what is allowed.
    """
    size: tuple[int, int] | None
    targets: int | None
    content: bytes
    formats: tuple[str, str, str]
    problems: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]


def _read(path: str, mask: bool = False) -> tuple[bytes, str, str]:
    """Return a file's bytes, kind and problem; checksums are compared."""
    problem = inspect_image(path, mask).problem
    if problem is not None:
        return b'', '', problem
    with open(path, 'rb') as file:
        data = file.read()
    if data.startswith(NPY_MAGIC):
        return data, 'NPY', ''
    try:
        with Image.open(io.BytesIO(data)) as image:
            bits = bit_depth(path) or 8
            kind = f'{image.format} {image.mode}, {bits} bit'
            image.verify()
    # Pillow raises errors of any type on malformed bytes.
    except Exception as error:
        return b'', '', f'damaged ({error})'
    return data, kind, ''


def _values(mask: np.ndarray) -> str:
    """Return which values a mask has."""
    values = np.unique(mask).astype(int).tolist()
    if len(values) == 1:
        return f'{values[0]} alone'
    return first_few(values, 4, ' and ')


def check_sample(sample: Sample, root: str = '',
                 mask_threshold: int | None = None) -> SampleCheck:
    """Decode an image and its mask, and report on them.

    Args:
        root (str): Folder below which paths are shown. Defaults to '', the
            paths as they are.
        mask_threshold (int, optional): As of :class:`.IRSTDDataset`. Defaults
            to None.
    """
    problems, notes = [], []
    size, targets, content, values = None, None, b'', ''
    image_name, mask_name = (os.path.relpath(path, root) if root else path
                             for path in (sample.image, sample.mask))

    data, image_kind, problem = _read(sample.image)
    if not problem:
        try:
            pixels = decode_infrared(data)
        except InputError as error:
            problem = str(error).removeprefix('image: ')
        else:
            size = pixels.shape[::-1]
            content = hashlib.blake2b(
                pixels.tobytes(), digest_size=16,
                key=f'{pixels.dtype} {pixels.shape}'.encode()).digest()
    if problem:
        problems.append((IMAGES, f'{image_name}: {problem}'))

    _, mask_kind, problem = _read(sample.mask, mask=True)
    if not problem:
        try:
            mask = read_mask(sample.mask)
        except InputError as error:
            problem = str(error).removeprefix(f'{sample.mask}: ')
    if problem:
        problems.append((MASKS, f'{mask_name}: {problem}'))
    else:
        try:
            labels = mask_to_labels(mask, mask_threshold, mask_name)
        except InputError as error:
            # Advice for configs follows the semicolon.
            problems.append((VALUES, str(error).partition(';')[0]))
        else:
            targets, values = len(connected_components(labels)), _values(mask)
            if labels.all():
                notes.append(('full', mask_name))
            if not is_two_valued(mask):
                notes.append(('grey', f'{mask_name}: {values}'))
        mask_size = mask.shape[1::-1]
        if size is not None and mask_size != size:
            notes.append((
                'resized',
                '{}: image {} x {}, mask {} x {} (width x height)'.format(
                    mask_name, *size, *mask_size)))
    return SampleCheck(size, targets, content, (image_kind, mask_kind, values),
                  tuple(problems), tuple(notes))
