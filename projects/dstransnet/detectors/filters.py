"""Filters that keep small bright spots.

Each takes grey levels of 0 .. 255, (H, W), and returns scores of that shape
in grey levels, float64, 0 or more.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from scipy import ndimage


def grey_levels(image: np.ndarray) -> np.ndarray:
    """Return an image as float64.

    Unsigned integers would wrap around in differences and squares.

    Args:
        image (np.ndarray): Grey levels, integer or float of shape (H, W).

    Raises:
        ValueError: If the shape or the type is another, or the image is
            empty.

    Examples:
        >>> grey_levels(np.array([[7]], np.uint8))
        array([[7.]])
    """
    if image.ndim != 2 or not image.size:
        raise ValueError(f'image must have shape (H, W), got {image.shape}')
    if image.dtype.kind not in 'iuf':
        raise ValueError(
            f'image must be of integers or floats, got {image.dtype}')
    return image.astype(np.float64)


def check_odd(name: str, *sizes: int) -> None:
    """Raise ValueError unless all sizes are odd and at least 3.

    Args:
        name (str): Of the argument, for the message.
        *sizes (int): Sides of windows in pixels.
    """
    for size in sizes:
        if size < 3 or size % 2 == 0:
            raise ValueError(f'{name} must be odd and at least 3, got {size}')


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
    """LoG: maximum over scales s of -s^2 times the Laplacian of the image.

    The image is first smoothed by a Gaussian of standard deviation s. A
    Gaussian spot of standard deviation r responds most at s = r.

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


class TopHat(NamedTuple):
    """Settings of the filter chosen by :func:`fit_top_hat`.

    Attributes:
        size (int): Side of the structuring element in pixels.
        threshold (int): A pixel is target where its score is above it.
        iou (float): Pooled IoU on the scenes that chose it, 0 .. 1.
    """
    size: int
    threshold: int
    iou: float


def fit_top_hat(images: Sequence[np.ndarray],
                masks: Sequence[np.ndarray],
                sizes: Sequence[int] = (3, 5, 7, 9, 13, 17)) -> TopHat:
    """Choose size and threshold of :func:`top_hat` on labelled images.

    Thresholds are the grey levels 0 .. 255; of equally good ones the lowest
    wins.

    Args:
        images (Sequence[np.ndarray]): Grey levels, each of shape (H, W).
        masks (Sequence[np.ndarray]): Truth, each of the shape of its image;
            non-zero pixels are target.
        sizes (Sequence[int]): Sides of the structuring element to try, in
            pixels. Defaults to (3, 5, 7, 9, 13, 17).

    Returns:
        TopHat: The settings of the highest pooled IoU.

    Raises:
        ValueError: If there are not as many masks as images.
    """
    fits = []
    for size in sizes:
        # Pixels of each score: all, and those of targets.
        counts = np.zeros((2, 256), np.int64)
        for image, mask in zip(images, masks, strict=True):
            scores = np.ceil(top_hat(image, size)).astype(int)
            counts[0] += np.bincount(scores.ravel(), minlength=256)
            counts[1] += np.bincount(scores[mask != 0], minlength=256)
        totals = counts.sum(axis=1, keepdims=True)
        predicted, hits = totals - counts.cumsum(axis=1)  # above a threshold
        ious = hits / np.maximum(predicted + totals[1] - hits, 1)
        best = int(ious.argmax())
        fits.append(TopHat(size, best, float(ious[best])))
    return max(fits, key=lambda fit: fit.iou)
