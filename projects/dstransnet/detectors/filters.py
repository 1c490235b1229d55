"""Filters that keep small bright spots.

Each takes grey levels of 0 .. 255, (H, W), and returns scores of that shape
in grey levels, float64, 0 or more.
"""
from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from .grey_image import check_odd, grey_levels


def top_hat(image: np.ndarray, size: int = 5) -> np.ndarray:
    """White top-hat: grey levels above the morphological opening.

    What is bright and too narrow for the structuring element to fit in stays,
    whatever its shape: targets, but hot pixels, glints and windows as well.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        size (int): Side of the square structuring element in pixels, odd,
            wider than the targets. Defaults to 5.

    Returns:
        np.ndarray: Scores of shape (H, W).

    Raises:
        ValueError: If ``image`` or ``size`` is none of these.

    Reference:
        Tom et al., Morphology-based algorithm for point target detection in
        infrared backgrounds, Proc. SPIE 1954, 1993.

    Examples:
        >>> image = np.full((32, 32), 50, np.uint8)
        >>> image[8, 8] = 90
        >>> scores = top_hat(image)
        >>> float(scores[8, 8]), float(scores.sum())
        (40.0, 40.0)
    """
    check_odd('size', size)
    return cv2.morphologyEx(
        grey_levels(image), cv2.MORPH_TOPHAT, np.ones((size, size), np.uint8))


def max_median(image: np.ndarray, size: int = 15) -> np.ndarray:
    """Max-median filter: grey levels above the highest median of four lines.

    The lines through a pixel are its row, its column and both diagonals.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        size (int): Pixels of a line, odd, more than twice the width of the
            targets. Defaults to 15.

    Returns:
        np.ndarray: Scores of shape (H, W).

    Raises:
        ValueError: If ``image`` or ``size`` is none of these.

    Reference:
        Deshpande et al., Max-mean and max-median filters for detection of
        small targets, Proc. SPIE 3809, 1999.
    """
    check_odd('size', size)
    image = grey_levels(image)
    diagonal = np.eye(size, dtype=bool)
    lines = (np.ones((1, size), bool), np.ones((size, 1), bool), diagonal,
             diagonal[::-1])
    background = np.max([
        ndimage.median_filter(image, footprint=line, mode='nearest')
        for line in lines
    ], axis=0)
    return np.maximum(image - background, 0)


def laplacian_of_gaussian(
    image: np.ndarray, sigmas: Sequence[float] = (1, 2**0.5, 2, 2 * 2**0.5)
) -> np.ndarray:
    r"""LoG: maximum over scales of :math:`-\sigma^2 \nabla^2 G_\sigma * x`.

    A Gaussian spot of standard deviation r responds most at
    :math:`\sigma = r`.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        sigmas (Sequence[float]): Scales in pixels. Defaults to 1, sqrt(2), 2
            and 2 sqrt(2).

    Returns:
        np.ndarray: Scores of shape (H, W).

    Raises:
        ValueError: If ``image`` is none of these, or there is no scale.

    Reference:
        Kim and Lee, Scale invariant small target detection by optimizing
        signal-to-clutter ratio in heterogeneous background for infrared
        search and track, Pattern Recognition 45(1), 2012.
    """
    if not sigmas:
        raise ValueError('sigmas must not be empty')
    image = grey_levels(image)
    scales = [
        -sigma**2 * ndimage.gaussian_laplace(image, sigma, mode='nearest')
        for sigma in sigmas
    ]
    return np.maximum(np.max(scales, axis=0), 0)


def difference_of_gaussians(image: np.ndarray,
                            inner: float = 1,
                            outer: float = 2) -> np.ndarray:
    """DoG: a narrow Gaussian average less a wide one.

    Args:
        image (np.ndarray): Grey levels of shape (H, W).
        inner (float): Standard deviation of the narrow one in pixels.
            Defaults to 1.
        outer (float): Standard deviation of the wide one in pixels. Defaults
            to 2.

    Returns:
        np.ndarray: Scores of shape (H, W).

    Raises:
        ValueError: If ``image`` is none of these, or ``outer`` is not above
            ``inner``.

    Reference:
        Wang, Lv and Xu, Infrared dim target detection based on visual
        attention, Infrared Physics & Technology 55, 2012.
    """
    if not 0 < inner < outer:
        raise ValueError('expected 0 < inner < outer, got '
                         f'inner={inner}, outer={outer}')
    image = grey_levels(image)
    narrow, wide = (ndimage.gaussian_filter(image, sigma, mode='nearest')
                    for sigma in (inner, outer))
    return np.maximum(narrow - wide, 0)
