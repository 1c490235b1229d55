"""Checks of a dataset's files before anything is trained on them."""
from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from mmseg.datasets.transforms import LoadAnnotations

from ..imaging.eight_bit_loading import limited_to_8_bits
from ..imaging.file_inspection import bit_depth, inspect_image
from ..imaging.full_depth_reading import PAGED_SUFFIXES, num_pages
from ..imaging.masks import is_two_valued, read_mask
from ..utils.errors import InputError
from ..utils.text import first_few

_THREADS = 8
_MASKS_FOR_IGNORE = 32  # masks in which a target is sought


def _listing(lines: Sequence[str]) -> str:
    """Return a single line, or the first of several, indented."""
    if len(lines) == 1:
        return ' ' + lines[0]
    return '\n  ' + first_few(lines, 20, '\n  ')


def is_broken_pair(sample: dict) -> bool:
    """Tell whether image or mask is unreadable, or their sizes differ."""
    found = [inspect_image(sample[key], key != 'img_path')
             for key in ('img_path', 'seg_map_path') if key in sample]
    return (any(file.problem for file in found)
            or len({file.size for file in found}) > 1)


def check_samples(samples: Sequence[dict], steps: Sequence[Any],
                  source: str) -> None:
    """Check all files of a dataset.

    Args:
        samples (Sequence[dict]): Samples with ``img_path`` and, optionally,
            ``seg_map_path`` and ``mask_threshold``.
        steps (Sequence): Transforms of the pipeline.
        source (str): The list or folder that names the samples.

    Raises:
        InputError: If the header of a file, or its pages, tell that it
            cannot be used, or not by the pipeline; all such files are listed
            in one error. Damaged pixels and masks of other values than two
            raise when they are read.
    """
    _check_headers(samples, source)
    if steps and limited_to_8_bits(steps[0]):
        _check_bits(samples)
    if steps and all(getattr(steps[0], key, 0) is None
                     for key in ('page', 'raw')):
        _check_pages(samples)
    _check_mask_loader(samples, steps)
    _warn_of_grey_masks(samples)


def _check_headers(samples: Sequence[dict], source: str) -> None:
    """Raise one error for all unusable files, warn once of other sizes."""
    problems, resized = [], []
    for sample in samples:
        sizes = []
        for key in ('img_path', 'seg_map_path'):
            if key in sample:
                size, problem = inspect_image(
                    sample[key], key != 'img_path')
                sizes.append(size)
                if problem is not None:
                    problems.append(f'{sample[key]}: {problem}')
        if None not in sizes and len(set(sizes)) > 1:
            resized.append('{}: image {}, mask {} (width, height)'.format(
                sample['seg_map_path'], *sizes))
    if problems:
        raise InputError(f'{len(problems)} files of {source} cannot be used:'
                         f'{_listing(problems)}')
    if resized:
        warnings.warn(
            f'{len(resized)} of {len(samples)} masks are resized (nearest) to '
            f"their image's size:{_listing(resized)}", stacklevel=2)


def _check_bits(samples: Sequence[dict]) -> None:
    """Raise if the pipeline cannot load images of more than 8 bits."""
    depths = ((sample['img_path'], bit_depth(sample['img_path']) or 8)
              for sample in samples)
    deep = [(path, bits) for path, bits in depths if bits > 8]
    if deep:
        path, bits = deep[0]
        raise InputError(
            f'{path} has {bits} bits, as {len(deep)} of {len(samples)} '
            'images have more than 8, and LoadImageFromFile would cut them '
            'to 8 bits; load them by LoadInfraredImage '
            '(docs/guide/sensors.md)')


def _check_pages(samples: Sequence[dict]) -> None:
    """Raise if images hold several pages, of which none is stated."""
    paged = [sample['img_path'] for sample in samples
             if sample['img_path'].lower().endswith(PAGED_SUFFIXES)
             and num_pages(sample['img_path']) > 1]
    if paged:
        raise InputError(
            f'{len(paged)} of {len(samples)} images hold several pages: state '
            f'page of LoadInfraredImage, from 0:{_listing(paged)}')


def _check_mask_loader(samples: Sequence[dict], steps: Sequence[Any]) -> None:
    """Raise if mmseg's loader would read targets as ignored pixels."""
    if not any(isinstance(step, LoadAnnotations) for step in steps):
        return
    for sample in samples[:_MASKS_FOR_IGNORE]:
        if 'seg_map_path' not in sample:
            continue
        mask = read_mask(sample['seg_map_path'])
        if mask.dtype != bool and mask.max() > 1:
            raise InputError(
                f"pipeline: LoadAnnotations reads {sample['seg_map_path']} "
                'with 255, the value of ignored pixels, as the target; '
                'expected LoadIRSTDMask in its place')


def _warn_of_grey_masks(samples: Sequence[dict]) -> None:
    """Warn once of masks that only the dataset's threshold makes binary."""
    paths = [sample['seg_map_path'] for sample in samples
             if 'mask_threshold' in sample and 'seg_map_path' in sample]
    if not paths:
        return
    # Decoding leaves the interpreter to other threads.
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        binary = list(pool.map(
            lambda path: is_two_valued(read_mask(path)), paths))
    if not all(binary):
        grey = np.array(paths)[~np.array(binary)].tolist()
        warnings.warn(
            f'{len(grey)} of {len(paths)} masks have other values than two; '
            'pixels above '
            f"{samples[0]['mask_threshold']} are target:{_listing(grey)}",
            stacklevel=2)
