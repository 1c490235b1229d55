"""Endless synthetic infrared scenes with small targets.

A scene is a function of its settings, a seed and an index: nothing is stored
and nothing depends on what was drawn before. Numbers come from NumPy's
PCG64 generator; machines agree up to the rounding of OpenCV's float32
arithmetic, which seldom shows after rounding to 8 bits.
"""
from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ...imaging.signal_to_clutter import GUARD, RING, local_scr
from ...utils.errors import InputError
from .background import draw_background
from .scene_config import SceneConfig
from .targets import Shape, draw_shape, window

_AMPLITUDES = (4., 160.)  # grey levels at the peak, else not visible or real
_BRIGHTEST = 250.  # grey level that neither targets nor defects exceed
_ATTEMPTS = 100  # places tried for a target
_REDRAWS = 10  # scenes tried for the least number of targets


class Target(NamedTuple):
    """One target of a scene.

    Attributes:
        row (float): Row of the true centre, in pixels; pixel centres are
            whole numbers.
        column (float): Column of the true centre.
        area (int): Pixels of the mask.
        scr (float): Its local signal-to-clutter ratio, before rounding.
        amplitude (float): Peak of its contribution, grey levels.
    """
    row: float
    column: float
    area: int
    scr: float
    amplitude: float


class Scene(NamedTuple):
    """A synthetic image with its ground truth.

    Attributes:
        image (np.ndarray): Grey levels, uint8 of shape (H, W).
        mask (np.ndarray): 1 on targets, 0 elsewhere, uint8 of shape (H, W).
        targets (tuple[Target, ...]): In no particular order.
        exact (np.ndarray): The image before rounding and clipping, float32
            of shape (H, W).
    """
    image: np.ndarray
    mask: np.ndarray
    targets: tuple[Target, ...]
    exact: np.ndarray


def _add_sensor(rng: np.random.Generator, image: np.ndarray,
                config: SceneConfig) -> np.ndarray:
    """Add noise, stripes and defects in place; return where defects are."""
    size = config.size
    sigma = np.float32(rng.uniform(*config.noise))
    columns, rows = rng.standard_normal((2, size), np.float32) * sigma
    image += sigma * rng.standard_normal(image.shape, np.float32)
    image += columns * np.float32(rng.uniform(0, 0.6))
    image += rows[:, None] * np.float32(rng.uniform(0, 0.2))
    defects = np.zeros(image.shape, bool)
    for _ in range(int(rng.integers(*config.hot_pixels, endpoint=True))):
        spot = rng.integers(0, size, 2)
        for _ in range(max(int(rng.integers(-1, 5)), 1)):
            row, col = np.clip(spot, 0, size - 1)
            image[row, col] += np.float32(rng.uniform(15, 120))
            defects[row, col] = True
            spot = spot + rng.integers(-1, 2, 2)
    np.minimum(image, _BRIGHTEST, out=image)
    return defects


def _amplitude(config: SceneConfig, rng: np.random.Generator, shape: Shape,
               image: np.ndarray, part: tuple[slice, slice]) -> float | None:
    """Return the amplitude of a random ratio, None if it is out of reach."""
    mask = shape.mask[part]
    contribution, under = shape.contribution[part][mask], image[mask]
    around = image[shape.surroundings[part]]
    low, high = config.scr
    low = min(max(low, config.visibility / math.sqrt(mask.sum())), high)
    contrast = rng.uniform(low, high) * around.std()
    lift = contrast + around.mean() - under.mean()
    amplitude = lift / contribution.mean()
    if (_AMPLITUDES[0] <= amplitude <= _AMPLITUDES[1]
            and lift >= 0.5 * contrast
            and (under + amplitude * contribution).max() <= _BRIGHTEST):
        return float(amplitude)
    return None


def _add_targets(rng: np.random.Generator, image: np.ndarray,
                 blocked: np.ndarray,
                 config: SceneConfig) -> tuple[np.ndarray, list[Target]]:
    """Add targets apart from each other, in place, as far as they fit."""
    mask = np.zeros(image.shape, np.uint8)
    targets: list[Target] = []
    taken: list[tuple[np.ndarray, int]] = []
    for _ in range(int(rng.integers(*config.targets, endpoint=True))):
        shape = draw_shape(rng, config.area)
        margin = shape.reach + GUARD
        for _ in range(_ATTEMPTS):
            centre = rng.integers(margin, config.size - margin, 2)
            if any(np.abs(centre - other).max() <= gap + margin
                   for other, gap in taken):
                continue
            place, part = window(centre.tolist(), len(shape.mask) // 2,
                                 config.size)
            if blocked[place][shape.contribution[part] > 0].any():
                continue
            amplitude = _amplitude(config, rng, shape, image[place], part)
            if amplitude is None:
                continue
            image[place] += np.float32(amplitude) * shape.contribution[part]
            mask[place] |= shape.mask[part]
            row, column = (centre + shape.offset).tolist()
            targets.append(
                Target(row, column, int(shape.mask.sum()),
                       local_scr(image[place], shape.mask[part]), amplitude))
            taken.append((centre, margin + RING))
            break
    return mask, targets


def synthesize_scene(config: SceneConfig, seed: int, index: int) -> Scene:
    """Make one scene; the same arguments give the same scene.

    Background, sensor noise and defects come first, then the targets, each
    with the amplitude that gives the ratio drawn for it in that very image.

    Args:
        seed (int): Selects a series of scenes, non-negative.
        index (int): Number of the scene in the series, non-negative.

    Returns:
        Scene: Image, mask and targets.

    Raises:
        InputError: If ``seed`` or ``index`` is negative, or the targets do
            not fit in.

    Examples:
        >>> scene = synthesize_scene(SceneConfig(size=128), 0, 0)
        >>> scene.image.shape, scene.image.dtype.name
        ((128, 128), 'uint8')
    """
    for name, value in dict(seed=seed, index=index).items():
        if value < 0:
            raise InputError(f'{name}: expected 0 or more, got {value}')
    rng = np.random.default_rng((seed, index))
    for _ in range(_REDRAWS):
        background = draw_background(rng, config.size, config.clutter)
        exact = background.image
        defects = _add_sensor(rng, exact, config)
        mask, targets = _add_targets(rng, exact,
                                     defects | background.buildings, config)
        if len(targets) >= config.targets[0]:
            image = np.clip(np.rint(exact), 0, 255).astype(np.uint8)
            return Scene(image, mask, tuple(targets), exact)
    raise InputError(
        f'targets: no scene has room for {config.targets[0]}; expected fewer '
        f'or smaller targets, or another scr, got {config}')
