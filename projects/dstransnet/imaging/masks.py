"""Mask files and their values as labels."""
from __future__ import annotations

import io

import mmcv
import numpy as np
from mmengine import fileio
from PIL import Image

from ..utils.errors import InputError
from ..utils.text import first_few
from .npy_files import NPY_MAGIC, decode_npy
from .orientation import as_stored


def read_mask(path: str, backend_args: dict | None = None) -> np.ndarray:
    """Read a mask file with its values as they are stored.

    Args:
        path (str): A grey, 1-bit, palette or colour image of one page, or an
            NPY file. An alpha channel and an orientation tag are ignored.
        backend_args (dict, optional): File backend of mmengine. Defaults to
            None.

    Returns:
        np.ndarray: Shape (H, W), or (H, W, 3) for colour files. The values of
        a palette file are its indices where these are 0 and 1, whatever the
        colours, and its colours where these are two other indices.

    Raises:
        InputError: If it is not a readable image, holds several pages, or a
            palette file uses more than two indices; the message names the
            file.
    """
    data = as_stored(fileio.get(path, backend_args))
    if data.startswith(NPY_MAGIC):
        try:
            return decode_npy(data, mask=True)
        except InputError as error:
            raise InputError(f'{path}: {error}') from error
    try:
        with Image.open(io.BytesIO(data)) as file:
            pages = getattr(file, 'n_frames', 1)
            if pages > 1:
                raise InputError(f'expected a mask of one page, got {pages}')
            image: Image.Image = file
            if image.mode in ('LA', 'RGBA'):
                image = image.convert(image.mode[:-1])
            values = np.array(image)
            if image.mode != 'P' or values.max() <= 1:
                return values
            indices = np.unique(values)
            if len(indices) <= 2:
                return np.array(image.convert('RGB'))
    except InputError as error:
        raise InputError(f'{path}: {error}') from error
    # Pillow raises errors of any type on malformed bytes.
    except Exception as error:
        raise InputError(f'{path}: not a readable mask ({error})') from error
    raise InputError(
        f'{path}: expected a palette mask of the indices 0 (background) and 1 '
        f'(target), got {first_few(indices, 8)}')


def is_two_valued(mask: np.ndarray) -> bool:
    """Tell whether a mask has only the values 0 and 255, or 0 and 1.

    Examples:
        >>> is_two_valued(np.array([0, 255])), is_two_valued(np.array([0, 80]))
        (True, False)
    """
    target = mask != 0
    return mask.dtype == bool or any(
        np.array_equal(mask, np.uint8(value) * target) for value in (255, 1))


def resize_labels(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return labels in another shape (H, W), by nearest neighbour."""
    if labels.shape == shape:
        return labels
    return mmcv.imresize(labels, shape[::-1], interpolation='nearest',
                         backend='pillow')


def mask_to_labels(mask: np.ndarray, threshold: int | None = None,
                   name: str = 'mask') -> np.ndarray:
    """Turn mask values into labels 0 (background) and 1 (target).

    Args:
        mask (np.ndarray): Boolean, 0 / 1 or 0 / 255 values of shape (H, W),
            or (H, W, 3) with equal channels. True counts as 255.
        threshold (int, optional): Label every value above it 1 in a mask
            that is not two-valued. Defaults to None: such a mask is an
            error.
        name (str): Name of the mask in errors, usually a path.

    Returns:
        np.ndarray: Labels of shape (H, W), uint8.

    Raises:
        InputError: If the channels differ, or there is any other value.

    Examples:
        >>> mask_to_labels(np.array([[0, 255]])).tolist()
        [[0, 1]]
        >>> mask_to_labels(np.array([[0, 80, 200]]), threshold=100).tolist()
        [[0, 0, 1]]
    """
    if mask.ndim == 3:
        channels = np.moveaxis(mask, -1, 0)
        if not all(np.array_equal(channels[0], each) for each in channels):
            raise InputError(f'{name}: expected a mask of one channel, got '
                             f'{mask.shape[-1]} different ones')
        mask = mask[..., 0]
    if is_two_valued(mask):
        return (mask != 0).astype(np.uint8)
    if threshold is None:
        raise InputError(
            f'{name}: expected only the values 0 and 255, or 0 and 1, got '
            f'{first_few(np.unique(mask), 8)}; set the threshold of masks to '
            'binarise it: mask_threshold, or --mask-threshold of a tool')
    return (mask > threshold).astype(np.uint8)
