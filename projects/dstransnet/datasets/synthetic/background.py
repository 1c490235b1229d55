"""Backgrounds of synthetic infrared scenes: sky, sea, land and buildings.

Grey levels in float32. Random fields are sums of small random grids that are
enlarged octave by octave, which costs a fraction of a Fourier transform.
"""
from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

DARKEST, BRIGHTEST = 4., 225.
_OPTICS_SIGMA = 0.7  # pixels; nothing in front of the sensor is sharper


class Background(NamedTuple):
    """The scene in front of the sensor, without targets and noise.

    Attributes:
        image (np.ndarray): Grey levels, float32 of shape (H, W).
        buildings (np.ndarray): Where buildings stand, bool of shape (H, W).
    """
    image: np.ndarray
    buildings: np.ndarray


def fractal_field(rng: np.random.Generator, shape: tuple[int, int],
                  cells: tuple[int, int], persistence: float) -> np.ndarray:
    """Draw a random field whose spectrum falls with frequency.

    Each octave doubles the grid and multiplies the amplitude by
    ``persistence``, so power falls as f ** (2 * log2(persistence) - 2): as
    f ** -4 for 0.5. The octave of single pixels is left to the sensor noise.

    Args:
        shape (tuple[int, int]): Height and width in pixels.
        cells (tuple[int, int]): Rows and columns of the coarsest grid; unequal
            ones stretch the field.
        persistence (float): Amplitude of an octave over that of the one
            before, 0 .. 1.

    Returns:
        np.ndarray: Field of mean 0 and deviation 1, float32 of that shape.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> fractal_field(rng, (32, 48), (2, 3), 0.5).shape
        (32, 48)
    """
    rows, cols = cells
    field = rng.random((rows, cols), np.float32)
    amplitude = 1.
    while 2 * max(rows / shape[0], cols / shape[1]) < 1:
        rows, cols = min(2 * rows, shape[0]), min(2 * cols, shape[1])
        amplitude *= persistence
        octave = np.float32(amplitude) * rng.random((rows, cols), np.float32)
        field = octave + cv2.resize(
            field, (cols, rows), interpolation=cv2.INTER_CUBIC)
    whole = cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return (whole - whole.mean()) / whole.std()


def _smoothstep(values: np.ndarray) -> np.ndarray:
    """Rise from 0 at 0 to 1 at 1 with level ends."""
    values = np.clip(values, 0, 1)
    return values * values * (3 - 2 * values)


def _stirred(rng: np.random.Generator, field: np.ndarray) -> np.ndarray:
    """Displace a field along smooth random paths, as wind does to clouds."""
    size = len(field)
    reach = rng.uniform(0.03, 0.16) * size
    shift = cv2.resize(
        rng.random((5, 5, 2), np.float32) - np.float32(0.5), (size, size),
        interpolation=cv2.INTER_CUBIC) * np.float32(reach)
    rows = np.arange(size, dtype=np.float32)[:, None]
    return cv2.remap(field, shift[..., 0] + rows.T, shift[..., 1] + rows,
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _add_lumps(rng: np.random.Generator, image: np.ndarray, edge: np.ndarray,
               strength: float) -> None:
    """Add lumps to cloud edges, as bright as targets but softer, in place."""
    size = len(image)
    rows, cols = rng.integers(0, size, (2, 200))
    on_edge = np.flatnonzero(edge[rows, cols] > 0.15)
    for pick in on_edge[:rng.integers(0, 9)]:
        row, col = rows[pick], cols[pick]
        short = rng.uniform(2.6, 4.5)
        long, angle = short * rng.uniform(1, 2), rng.uniform(0, np.pi)
        y0, x0 = max(row - 16, 0), max(col - 16, 0)
        patch = image[y0:row + 17, x0:col + 17]
        y, x = np.ogrid[:patch.shape[0], :patch.shape[1]]
        y, x = y + y0 - row, x + x0 - col
        along = (np.cos(angle) * x + np.sin(angle) * y) / long
        across = (np.cos(angle) * y - np.sin(angle) * x) / short
        patch += np.float32(strength * rng.uniform(0.3, 1)) * np.exp(
            -0.5 * (along**2 + across**2)).astype(np.float32)


def _sky(rng: np.random.Generator, size: int, clutter: float) -> np.ndarray:
    """Draw a sky: a gradient, and in most scenes clouds with lumps."""
    ramp = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    down, across = rng.uniform((-15, -10), (45, 10)).astype(np.float32)
    image = rng.uniform(35, 140) + ramp[:, None] * down + ramp * across
    image = image.astype(np.float32)
    haze = fractal_field(rng, (size, size), (2, 2), 0.5)
    image += haze * np.float32(clutter * rng.uniform(0.5, 5))
    if rng.random() < 0.75:
        field = fractal_field(rng, (size, size),
                              tuple(rng.integers(2, 6, 2).tolist()),
                              rng.uniform(0.45, 0.6))
        if rng.random() < 0.7:
            field = _stirred(rng, field)
        onset, softness = rng.uniform((-1, 0.8), (0.9, 3))
        cover = _smoothstep((field - np.float32(onset)) / np.float32(softness))
        contrast = clutter * rng.uniform(8, 70)
        image += cover * (1 + np.float32(0.15) * field) * np.float32(contrast)
        _add_lumps(rng, image, cover * (1 - cover), 0.7 * contrast)
    return image


def _blend(image: np.ndarray, surface: np.ndarray, line: np.ndarray) -> None:
    """Put ``surface`` over ``image`` below a line of rows, in place."""
    top = max(int(line.min()) - 1, 0)
    rows = np.arange(top, len(image), dtype=np.float32)[:, None]
    alpha = np.clip(rows - line + np.float32(0.5), 0, 1)
    image[top:] += alpha * (surface[top:] - image[top:])


def _sea(rng: np.random.Generator, image: np.ndarray, horizon: float,
         clutter: float) -> None:
    """Draw a sea below the horizon, waves larger towards the viewer."""
    size = len(image)
    columns = np.arange(size, dtype=np.float32)
    tilt = rng.uniform(-0.03, 0.03)
    line = horizon + tilt * (columns - size / 2)
    near = np.clip((columns - horizon) / (size - horizon), 0.01, 1)[:, None]
    waves = fractal_field(rng, (size, size), (size // 4, size // 16), 0.8)
    # One field of waves, larger at near rows: perspective.
    scale = 0.3 + 0.7 * near
    waves = cv2.remap(
        waves, ((columns - size / 2) / (2 * scale) + size / 2).astype('f4'),
        np.repeat(size * 0.7 * np.log(scale / 0.3), size, 1).astype('f4'),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    surface = image[min(int(horizon), size - 1)].mean() + rng.uniform(-40, 15)
    surface = surface + near * rng.uniform(-20, 20)
    surface = surface + waves * (near**0.5 * clutter * rng.uniform(1, 5))
    if rng.random() < 0.6:
        path = (columns / size - rng.random()) / rng.uniform(0.1, 0.4)
        crests = np.maximum(waves - rng.uniform(1.6, 2.4), 0)
        glints = crests * np.exp(-0.5 * path**2)
        surface += glints * (clutter * rng.uniform(20, 80))
    _blend(image, surface.astype(np.float32), line.astype(np.float32))


def _land(rng: np.random.Generator, image: np.ndarray, horizon: float,
          clutter: float) -> None:
    """Draw one to three ridges, each nearer, lower and rougher."""
    size = len(image)
    level = image[min(int(horizon), size - 1)].mean()
    step = rng.uniform(6, 25) * rng.choice([-1, -1, 1])
    texture = fractal_field(rng, (size, size), (size // 8, size // 16), 0.7)
    roughness = clutter * rng.uniform(0.7, 3)
    for layer in range(rng.integers(1, 4)):
        profile = fractal_field(rng, (1, size), (1, int(rng.integers(3, 7))),
                                rng.uniform(0.45, 0.7))[0]
        line = horizon + size * (
            0.12 * layer + rng.uniform(0.01, 0.06) * profile)
        level += step * rng.uniform(0.5, 1.5)
        surface = level + texture * (roughness * (1 + layer))
        _blend(image, surface.astype(np.float32), line.astype(np.float32))


def _buildings(rng: np.random.Generator, image: np.ndarray, horizon: float,
               clutter: float) -> np.ndarray:
    """Draw walls with roof edges and windows in rows; return where."""
    size = len(image)
    occupied = np.zeros(image.shape, bool)
    level = image[min(int(horizon), size - 1)].mean() + rng.uniform(-25, 15)
    stains = fractal_field(rng, image.shape, (6, 6), 0.6)
    for _ in range(rng.integers(1, 6)):
        width = int(size * rng.uniform(0.05, 0.25))
        left = int(rng.integers(-width // 2, size - width // 2))
        top = int(max(horizon - size * rng.uniform(-0.08, 0.15), 0))
        span = slice(max(left, 0), left + width)
        wall = level + rng.uniform(-20, 20)
        image[top:, span] = wall + 2 * stains[top:, span]
        image[top:top + 2, span] += rng.uniform(-8, 25)
        occupied[top:, span] = True
        if rng.random() < 0.6:
            pitches, sides = rng.integers(5, 12, 2), rng.integers(1, 4, 2)
            glow = clutter * rng.uniform(-12, 45)
            rows = np.arange(top + 5, size - 3, pitches[0])
            cols = np.arange(span.start + 3, min(span.stop, size) - 5,
                             pitches[1])
            for row in rows:
                for col in cols[rng.random(len(cols)) < 0.8]:
                    image[row:row + sides[0],
                          col:col + sides[1]] += glow * rng.uniform(0.2, 1)
        if rng.random() < 0.3:
            mast = min(max(left + width // 2, 0), size - 1)
            tip = max(top - int(rng.integers(6, 25)), 0)
            image[tip:top, mast] = wall
            occupied[tip:top, mast] = True
    return occupied


def draw_background(rng: np.random.Generator, size: int,
                    clutter: float) -> Background:
    """Draw the scene in front of the sensor.

    Every scene has a sky, about every other a horizon with sea or land below
    it, and every eighth buildings.

    Args:
        size (int): Height and width in pixels.
        clutter (float): Factor on the contrast of clouds, lumps, waves,
            glints, textures and windows.

    Returns:
        Background: Grey levels within [4, 225], and buildings.
    """
    image = _sky(rng, size, clutter)
    buildings = np.zeros(image.shape, bool)
    kind = rng.random()
    horizon = size * rng.uniform(0.3, 0.85)
    if kind < 0.28:
        _sea(rng, image, horizon, clutter)
    elif kind < 0.52:
        _land(rng, image, horizon, clutter)
    if 0.46 < kind < 0.58:
        buildings = _buildings(rng, image, horizon, clutter)
    image = cv2.GaussianBlur(image, (5, 5), _OPTICS_SIGMA)
    return Background(np.clip(image, DARKEST, BRIGHTEST), buildings)
