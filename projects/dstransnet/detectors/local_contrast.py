"""Local contrast measures.

Each compares the cell of d x d pixels around a pixel with the eight cells of
that size beside it. Each takes grey levels of 0 .. 255, (H, W), and returns
scores of that shape, float64.

Denominators are at least one grey level (``_FLOOR``), where the papers divide
by zero.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np
from scipy import ndimage

from .filters import check_odd, grey_levels

_FLOOR = 1.
_SMOOTHING = np.outer((1, 2, 1), (1, 2, 1)) / 16
_BORDERS = {'replicate': cv2.BORDER_REPLICATE, 'mirror': cv2.BORDER_REFLECT}


def _padded(image: np.ndarray, size: int,
            mode: Literal['constant', 'edge']) -> np.ndarray:
    """Return an image with room for the cells around its border pixels."""
    return np.pad(image, size + size // 2, mode)


def _inside(values: np.ndarray, size: int) -> np.ndarray:
    """Leave out the pixels whose cell reaches over the border."""
    half = size // 2
    return values[half:-half, half:-half]


def _cell_means(image: np.ndarray, size: int) -> np.ndarray:
    """Return the mean of each cell, (H + 2 size, W + 2 size); edge padded."""
    return _inside(cv2.blur(_padded(image, size, 'edge'), (size, size)), size)


def _means_of_largest(image: np.ndarray, size: int,
                      counts: Sequence[int]) -> np.ndarray:
    """Average the largest values of each cell; zeros around the image.

    Args:
        image (np.ndarray): Shape (H, W).
        size (int): Side of the cell in pixels.
        counts (Sequence[int]): How many values to average.

    Returns:
        np.ndarray: Shape (len(counts), H + 2 size, W + 2 size).

    Raises:
        ValueError: If a cell has fewer values.
    """
    most, area = max(counts), size**2
    if not 1 <= min(counts) <= most <= area:
        raise ValueError(f'counts: expected 1 to {area} values of a cell of '
                         f'{size} x {size} pixels, got {list(counts)}')
    windows = np.lib.stride_tricks.sliding_window_view(
        _padded(image, size, 'constant'), (size, size))
    means = np.empty((len(counts), *windows.shape[:2]))
    # Row by row: all windows at once would take 8 area bytes a pixel.
    for row, cells in enumerate(windows):
        cells = cells.reshape(-1, area)
        largest = np.partition(cells, area - most, axis=1)[:, area - most:]
        largest = np.sort(largest, axis=1)[:, ::-1]
        for number, count in enumerate(counts):
            means[number, row] = largest[:, :count].mean(axis=1)
    return means


def _cells_around(cells: np.ndarray,
                  size: int) -> tuple[np.ndarray, np.ndarray]:
    """Split a map of cells into each pixel's own and those beside it.

    Args:
        cells (np.ndarray): Shape (H + 2 size, W + 2 size).
        size (int): Side of the cell in pixels.

    Returns:
        tuple: The own cells (H, W) and the eight neighbours (8, H, W) in
        raster order: numbers n and 7 - n are opposite.
    """
    height, width = cells.shape[0] - 2 * size, cells.shape[1] - 2 * size
    shifts = (0, size, 2 * size)
    views = [
        cells[y:y + height, x:x + width] for y in shifts for x in shifts
    ]
    own = views.pop(4)
    return own, np.stack(views)


def lcm(image: np.ndarray,
        sizes: Sequence[int] = (3, 5, 7, 9)) -> np.ndarray:
    """LCM: local contrast method.

    With L the maximum of a cell and m the mean of its brightest neighbour,
    the score is the largest L^2 / m over the cell sizes. It is near the local
    brightness where there is no target, never near 0: a fraction of the
    maximum is no useful threshold.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        sizes (Sequence[int]): Sides of the cells in pixels, odd. Defaults to
            (3, 5, 7, 9).

    Returns:
        np.ndarray: Grey levels of shape (H, W), above 0.

    Raises:
        ValueError: If ``image`` or ``sizes`` are none of these.

    Reference:
        Chen et al., A Local Contrast Method for Small Infrared Target
        Detection, IEEE TGRS 52(1), 2014.
    """
    check_odd('sizes', *sizes)
    image = grey_levels(image)
    scores = []
    for size in sizes:
        beside = _cells_around(_cell_means(image, size), size)[1]
        brightest = cv2.dilate(image, np.ones((size, size), np.uint8))
        scores.append(brightest**2 / np.maximum(beside.max(axis=0), _FLOOR))
    return np.max(scores, axis=0)


def rlcm(
    image: np.ndarray,
    size: int = 9,
    counts: Sequence[tuple[int, int]] = ((2, 4), (5, 9), (9, 16))
) -> np.ndarray:
    """RLCM: multiscale relative local contrast measure.

    With A the mean of the K1 largest values of a cell and B the highest mean
    of the K2 largest of a neighbour, the score is the largest A^2 / B - A
    over the pairs (K1, K2). A target becomes a plateau of the cell's size.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        size (int): Side of the cells in pixels, odd. Defaults to 9.
        counts (Sequence[tuple]): Pairs (K1, K2). Defaults to (2, 4), (5, 9)
            and (9, 16).

    Returns:
        np.ndarray: Grey levels of shape (H, W), 0 or more.

    Raises:
        ValueError: If ``image`` or ``size`` is none of these.

    Reference:
        Han et al., Infrared Small Target Detection Utilizing the Multiscale
        Relative Local Contrast Measure, IEEE GRSL 15(4), 2018.
    """
    check_odd('size', size)
    image = grey_levels(image)
    flat_counts = [count for pair in counts for count in pair]
    means = _means_of_largest(image, size, flat_counts)
    scores = []
    for own_means, means_beside in zip(means[::2], means[1::2]):
        own = _cells_around(own_means, size)[0]
        beside = _cells_around(means_beside, size)[1].max(axis=0)
        scores.append(own**2 / np.maximum(beside, _FLOOR) - own)
    return np.maximum(np.max(scores, axis=0), 0)


def mpcm(image: np.ndarray,
         sizes: Sequence[int] = (3, 5, 7, 9)) -> np.ndarray:
    """MPCM: multiscale patch-based contrast measure.

    With D the mean of a cell less that of a neighbour, the contrast of a size
    is the smallest product of the D of two opposite neighbours, the score the
    largest over the sizes. As published, dark spots score like bright ones.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        sizes (Sequence[int]): Sides of the cells in pixels, odd. Defaults to
            (3, 5, 7, 9).

    Returns:
        np.ndarray: Squared grey levels of shape (H, W), 0 or more.

    Raises:
        ValueError: If ``image`` or ``sizes`` are none of these.

    Reference:
        Wei, You and Li, Multiscale patch-based contrast measure for small
        infrared target detection, Pattern Recognition 58, 2016.
    """
    check_odd('sizes', *sizes)
    image = grey_levels(image)
    scores = []
    for size in sizes:
        means = cv2.blur(
            image, (size, size), borderType=cv2.BORDER_REPLICATE)
        own, beside = _cells_around(np.pad(means, size, 'edge'), size)
        above = own - beside
        scores.append((above[:4] * above[:3:-1]).min(axis=0))
    return np.maximum(np.max(scores, axis=0), 0)


def hbmlcm(image: np.ndarray,
           boost_size: int = 5,
           sizes: Sequence[int] = (3, 5, 7, 9),
           outer_size: int = 15,
           border: str = 'replicate') -> np.ndarray:
    """HBMLCM: high-boost-based multiscale local contrast measure.

    The image is weighted by what it is above its local mean. With D the
    distance of the mean of an inner square to that of the rest of the outer
    one, the score is the squared range of D over the inner sizes. As a fourth
    power of grey levels, it makes all but the brightest target small.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        boost_size (int): Side of the square of the local mean in pixels,
            odd. Defaults to 5.
        sizes (Sequence[int]): Sides of the inner squares, odd. Defaults to
            (3, 5, 7, 9).
        outer_size (int): Side of the outer square, odd, larger than all
            inner ones. Defaults to 15.
        border (str): ``'replicate'`` repeats the edge pixel, ``'mirror'``
            reflects the image. Defaults to ``'replicate'``.

    Returns:
        np.ndarray: Grey levels to the fourth of shape (H, W), 0 or more.

    Raises:
        ValueError: If an argument is none of these.

    Reference:
        Shi et al., High-Boost-Based Multiscale Local Contrast Measure for
        Infrared Small Target Detection, IEEE GRSL 15(1), 2018.
    """
    check_odd('sizes', boost_size, *sizes, outer_size)
    if outer_size <= max(sizes):
        raise ValueError(f'outer_size: expected more than {max(sizes)}, got '
                         f'{outer_size}')
    if border not in _BORDERS:
        raise ValueError(f'border: expected one of {", ".join(_BORDERS)}, '
                         f'got {border!r}')
    image = grey_levels(image)

    def means(values: np.ndarray, size: int) -> np.ndarray:
        return cv2.blur(values, (size, size), borderType=_BORDERS[border])

    boosted = image * np.maximum(image - means(image, boost_size), 0)
    outer = means(boosted, outer_size)
    distances = []
    for size in sizes:
        inner = means(boosted, size)
        # The mean of the rest is further away than that of the whole.
        rest = 1 - (size / outer_size)**2
        distances.append(np.abs(inner - outer) / rest)
    return np.ptp(distances, axis=0)**2


def _smoothed(image: np.ndarray) -> np.ndarray:
    return cv2.filter2D(
        image, cv2.CV_64F, _SMOOTHING, borderType=cv2.BORDER_REPLICATE)


def tllcm(image: np.ndarray, size: int = 9, count: int = 9) -> np.ndarray:
    """TLLCM: tri-layer local contrast measure, of one scale.

    With G the smoothed image and B the highest mean of the ``count`` largest
    values of a neighbour, the score is G^2 / B - G.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        size (int): Side of the cells in pixels, odd. Defaults to 9.
        count (int): Values to average. Defaults to 9.

    Returns:
        np.ndarray: Grey levels of shape (H, W), 0 or more.

    Raises:
        ValueError: If ``image`` or ``size`` is none of these.

    Reference:
        Han et al., A Local Contrast Method for Infrared Small-Target
        Detection Utilizing a Tri-Layer Window, IEEE GRSL 17(10), 2020.
    """
    check_odd('size', size)
    image = grey_levels(image)
    means, = _means_of_largest(image, size, [count])
    beside = _cells_around(means, size)[1].max(axis=0)
    core = _smoothed(image)
    return np.maximum(core**2 / np.maximum(beside, _FLOOR) - core, 0)


def wslcm(image: np.ndarray,
          sizes: Sequence[int] = (5, 7, 9, 11),
          count: int = 9,
          smallest_std: float = 5) -> np.ndarray:
    """WSLCM: weighted strengthened local contrast measure.

    The contrast is that of :func:`tllcm`. With V the mean of the ``count``
    largest values of a cell less its mean, it is weighted by V, by how far V
    is above that of all neighbours, and by the inverse of the standard
    deviation of theirs. As in the public code, a 3 x 3 median comes first.

    Args:
        image (np.ndarray): Grey levels of 0 .. 255, of shape (H, W).
        sizes (Sequence[int]): Sides of the cells in pixels, odd. Defaults to
            (5, 7, 9, 11).
        count (int): Values to average. Defaults to 9.
        smallest_std (float): Lower bound of the standard deviation in grey
            levels. Defaults to 5.

    Returns:
        np.ndarray: Squared grey levels of shape (H, W); within a cell of the
        border they can be below 0.

    Raises:
        ValueError: If ``image`` or ``sizes`` are none of these.

    Reference:
        Han et al., Infrared Small Target Detection Based on the Weighted
        Strengthened Local Contrast Measure, IEEE GRSL 18(9), 2021.
    """
    check_odd('sizes', *sizes)
    image = ndimage.median_filter(grey_levels(image), 3, mode='constant')
    core = _smoothed(image)
    scores = []
    for size in sizes:
        means, = _means_of_largest(image, size, [count])
        own, beside = _cells_around(means - _cell_means(image, size), size)
        brightest = _cells_around(means, size)[1].max(axis=0)
        contrast = core**2 / np.maximum(brightest, _FLOOR) - core
        target_weight = np.maximum(own - beside.max(axis=0), 0)
        background_weight = np.maximum(
            beside.std(axis=0, ddof=1), smallest_std)
        scores.append(own * target_weight / background_weight
                      * np.maximum(contrast, 0))
    return np.max(scores, axis=0)
