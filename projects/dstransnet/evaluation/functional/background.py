"""Background suppression and contrast gain of score maps: SCRG, BSF, CG.

References:
    C. Gao et al., "Infrared Patch-Image Model for Small Target Detection in a
    Single Image", IEEE TIP 22, 2013 (the local neighbourhood).
    C. Hilliard, "Selection of a Clutter Rejection Algorithm for Real-Time
    Target Detection from an Airborne Platform", SPIE 4048, 2000 (gains).
"""
from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ...imaging.components import Components, component_boxes
from .formulas import ratio

MARGIN = 20
"""Pixels by which a target's bounding box grows to its neighbourhood."""


Contrasts = tuple[np.ndarray, np.ndarray]
"""Contrast of each target, and deviation of its neighbourhood."""


class Gains(NamedTuple):
    """Gains from an image to a score map, of each of T targets.

    Undefined ones are NaN; float64 of shape (T, ).

    Attributes:
        SCRG (np.ndarray): Gain of the signal-to-clutter ratio; infinite where
            the target stands out of a constant background.
        BSF (np.ndarray): Background suppression factor; infinite where the
            background is constant.
        CG (np.ndarray): Contrast gain.
    """
    SCRG: np.ndarray
    BSF: np.ndarray
    CG: np.ndarray


def local_gains(image: np.ndarray,
                scores: np.ndarray,
                targets: Components,
                margin: int | None = MARGIN) -> Gains:
    """Compare targets and their neighbourhoods in an image and a score map.

    With the mean m of a target, mean b and standard deviation s of its
    neighbourhood: contrast c = ``|m - b|`` and ratio SCR = c / s. From image
    to score map SCRG = SCR' / SCR, BSF = s / s' and CG = c' / c. A target
    that is lost in the score map (c' = 0) has an SCRG of 0.

    BSF and CG depend on the scale of both, SCRG on neither.

    Args:
        image (np.ndarray): Intensities of shape (H, W).
        scores (np.ndarray): Score map of shape (H, W).
        targets (Components): T targets.
        margin (int, optional): The neighbourhood of a target is its bounding
            box grown by this, in pixels, without any target pixel. None: all
            of the image without target pixels. Defaults to 20.
    """
    return _gains(*(_contrasts(values, targets, margin)
                    for values in (image, scores)))


def _gains(before: Contrasts, after: Contrasts) -> Gains:
    (contrast, spread), (new_contrast, new_spread) = before, after
    with np.errstate(divide='ignore', invalid='ignore'):
        suppression = np.where(spread > 0, spread / new_spread, np.nan)
        gain = np.where(contrast > 0, new_contrast / contrast, np.nan)
        # c'/c * s/s' is 0 * inf where the target is lost.
        both = np.where(new_contrast > 0, gain * suppression, 0)
    both[~((contrast > 0) & (spread > 0))] = np.nan  # of NaN too
    return Gains(both, suppression, gain)


def _contrasts(values: np.ndarray, targets: Components,
               margin: int | None) -> Contrasts:
    """Return contrast and spread of the surroundings of each target."""
    values = values.astype(np.float64)
    free = targets.labels == 0
    found = np.full((2, len(targets)), np.nan)
    for number, box in enumerate(component_boxes(targets).astype(int)):
        part: tuple = (slice(None), slice(None))
        if margin is not None:
            top, left = np.maximum(box[:2] - margin, 0)
            part = np.s_[top:box[2] + margin, left:box[3] + margin]
        around = values[part][free[part]]
        if around.size:
            inside = values[part][targets.labels[part] == number + 1]
            found[:, number] = (abs(inside.mean() - around.mean()),
                                _deviation(around))
    return found[0], found[1]


def _deviation(values: np.ndarray) -> float:
    """Return the standard deviation, exactly 0 of equal values."""
    return 0.0 if values.min() == values.max() else values.std()


def gain_metrics(images: Iterable[Gains]) -> dict[str, float]:
    """Average the gains of all targets of a dataset.

    ``SCRG``, ``BSF``, ``CG`` are means over the targets whose value is finite,
    NaN without any; ``SCRG_infinite``, ``BSF_infinite`` count targets whose
    value is infinite, and ``gains_undefined`` those with an undefined value,
    where the image has no contrast or no spread.
    """
    gains = np.concatenate(
        [np.zeros((3, 0)), *(np.stack(image) for image in images)], axis=1)
    means = {}
    for name, values in zip(Gains._fields, gains):
        finite = values[np.isfinite(values)]
        means[name] = ratio(math.fsum(finite), finite.size)
    return dict(
        means,
        SCRG_infinite=int(np.isinf(gains[0]).sum()),
        BSF_infinite=int(np.isinf(gains[1]).sum()),
        gains_undefined=int(np.isnan(gains).any(0).sum()))
