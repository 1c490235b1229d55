"""Evaluation of score maps and masks in memory or in folders."""
from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..imaging.masks import mask_to_labels
from ..utils.errors import InputError
from ..utils.text import did_you_mean, first_few
from .external import (
    evaluate_maps,
    evaluate_scores,
    images_from_folder,
    to_scores,
    truth_from_folder,
)
from .external.external_predictions import ScoredImage
from .external.score_files import masks_of_ones
from .input_image import to_intensities
from .measures import PUBLISHED
from .protocol import EvaluationProtocol
from .report.evaluation_result import EvaluationResult

Maps = str | os.PathLike | np.ndarray | Sequence[np.ndarray]
"""A folder, or arrays of shape (H, W) in a sequence or one of (N, H, W)."""


def evaluate(scores: Maps,
             masks: Maps,
             images: Maps | None = None,
             *,
             measures: Sequence[str] = (PUBLISHED, ),
             names: Sequence[str] | None = None,
             mask_threshold: int | None = None,
             **rules: Any) -> EvaluationResult:
    """Evaluate score maps against true masks, by any measures.

    Args:
        scores (Maps): Score maps or predicted masks, all arrays or a folder.
            Scores of 8 bits are divided by 255, of 16 bits by 65535; floats
            are within 0 .. 1. Files: see :func:`read_map`.
        masks (Maps): True masks, 0 / 1, 0 / 255 or boolean.
        images (Maps, optional): Images, for measures that use intensities;
            integers of 8 or 16 bits, or floats of which 1 is full scale.
            Defaults to None.
        measures (Sequence[str]): Names of the measures, among
            ``MEASURE_NAMES``. Defaults to the published ones.
        names (Sequence[str], optional): Name of each image, all different;
            files have theirs. Defaults to None: numbers.
        mask_threshold (int, optional): A pixel is target above it, in true
            masks that are not two-valued. Defaults to None: such a mask is
            an error.
        **rules: Arguments of :class:`EvaluationProtocol`, such as
            ``threshold=0.4`` or ``bootstrap=1000``.

    Returns:
        EvaluationResult: ``metrics`` by name, ``curves``, ``difficulty``,
        one record an image in ``images``; ``write(folder)`` writes it all.

    Raises:
        InputError: If scores, masks and images do not belong together, or
            have wrong values; the message names the file or array.
        ValueError: If a rule is invalid, or a measure needs images.

    Examples:
        >>> mask = np.zeros((2, 16, 16), bool)
        >>> mask[:, 4:6, 4:6] = True
        >>> result = evaluate(0.9 * mask, mask, measures=['hierarchy'])
        >>> result.metrics['hIoU'], result.metrics['Pd_OPDC']
        (100.0, 100.0)
    """
    known = [field.name for field in dataclasses.fields(EvaluationProtocol)]
    for name in rules:
        if name not in known:
            raise InputError(
                f'{name}: no such argument; {did_you_mean(name, known)}')
    protocol = EvaluationProtocol(measures=measures, **rules)
    given = dict(scores=scores, masks=masks)
    if images is not None:
        given['images'] = images
    folders = {name: os.fspath(each) for name, each in given.items()
               if isinstance(each, (str, os.PathLike))}
    if len(folders) == len(given):
        if names is not None:
            raise InputError('names: expected none with folders, whose files '
                             'have names')
        truth = truth_from_folder(
            folders['masks'], mask_threshold=mask_threshold)
        return evaluate_maps(
            folders['scores'], truth, protocol,
            images=images_from_folder(folders['images'], truth)
            if 'images' in folders else None)
    if folders:
        raise InputError('scores, masks and images: expected either folders '
                         'or arrays, got both')
    arrays = {name: _arrays(name, each) for name, each in given.items()}
    number = len(arrays['masks'])
    if names is None:
        names = [f'image {image}' for image in range(number)]
    lengths = {name: len(values) for name, values in arrays.items()}
    for name, length in dict(lengths, names=len(names)).items():
        if length != number:
            raise InputError(f'{name}: expected as many as masks, {number}, '
                             f'got {length}')
    if len(set(names)) < number:
        raise InputError('names: expected different names, got '
                         f'{first_few(names)}')
    return evaluate_scores(
        list(names), _scored_images(**arrays, threshold=mask_threshold),
        protocol)


def _arrays(name: str, values: Any) -> list[np.ndarray]:
    """Return maps as a list of arrays of shape (H, W), one at least."""
    try:
        arrays = [np.asarray(each) for each in values]
    # Lists of unequal rows, and tensors with gradients or of a GPU.
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f'{name}: expected a folder or arrays of shape '
                         f'(H, W), got {type(values).__name__} ({error})'
                         ) from error
    if not arrays:
        raise InputError(f'{name}: expected one map or more, got none')
    for number, each in enumerate(arrays):
        if each.ndim != 2:
            raise InputError(
                f'{name}: expected maps of shape (H, W), got {each.shape} as '
                f'number {number}')
    return arrays


def _scored_images(
        scores: list[np.ndarray],
        masks: list[np.ndarray],
        images: list[np.ndarray] | None = None,
        threshold: int | None = None) -> Iterator[ScoredImage]:
    """Yield scores, labels and intensities of each image."""
    ones = masks_of_ones(scores)
    for number, (values, mask) in enumerate(zip(scores, masks)):
        if values.shape != mask.shape:
            raise InputError(f'scores: expected the shape of mask {number}, '
                             f'{mask.shape}, got {values.shape}')
        yield (to_scores(values, f'scores, number {number}', ones=ones),
               mask_to_labels(mask, threshold, f'masks, number {number}'),
               None if images is None else
               _intensities(images[number], mask.shape, number))


def _intensities(image: np.ndarray, shape: tuple[int, ...],
                 number: int) -> np.ndarray:
    """Return an image as shares of its full scale."""
    if image.shape != shape:
        raise InputError(f'images: expected the shape of mask {number}, '
                         f'{shape}, got {image.shape}')
    return to_intensities(image, f'images, number {number}')
