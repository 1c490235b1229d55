"""Connected components of a mask."""
from __future__ import annotations

import dataclasses

import cv2
import numpy as np
from scipy.ndimage import find_objects


@dataclasses.dataclass(frozen=True)
class Components:
    """Connected components of a mask, in raster order of their first pixels.

    Attributes:
        labels (np.ndarray): Component number of every pixel, 0 outside,
            1 .. K inside; int32 of shape (H, W).
        areas (np.ndarray): Areas in pixels, int64 of shape (K, ).
        centroids (np.ndarray): Mean row and column, float64 of shape (K, 2).
    """
    labels: np.ndarray
    areas: np.ndarray
    centroids: np.ndarray

    def __len__(self) -> int:
        return len(self.areas)


def connected_components(mask: np.ndarray,
                         connectivity: int = 8) -> Components:
    """Label the connected components of a mask.

    Numbers follow the first pixel of each component, row by row. OpenCV's own
    numbers do not on some maps, and the order decides which component is
    matched first.

    Args:
        mask (np.ndarray): Mask of shape (H, W); non-zero pixels count.
        connectivity (int): 8 or 4. Defaults to 8.

    Returns:
        Components: K >= 0 components.

    Raises:
        ValueError: If ``connectivity`` is neither 4 nor 8, or the mask is not
            two-dimensional or has no pixel.

    Examples:
        >>> found = connected_components(np.eye(3))
        >>> found.areas.tolist(), found.centroids.tolist()
        ([3], [[1.0, 1.0]])
    """
    if connectivity not in (4, 8):
        raise ValueError(f'connectivity must be 4 or 8, got {connectivity}')
    mask = np.asarray(mask)
    if mask.ndim != 2 or not mask.size:  # OpenCV crashes without pixels
        raise ValueError('mask must have shape (H, W) of at least one pixel, '
                         f'got {tuple(mask.shape)}')
    mask = mask != 0
    _, labels, stats, centroids = cv2.connectedComponentsWithStats(
        mask.view(np.uint8), connectivity=connectivity)
    positions = np.flatnonzero(mask)[::-1]
    first = np.empty(len(stats), np.int64)
    first[labels.ravel()[positions]] = positions  # the last one written stays
    order = 1 + np.argsort(first[1:])
    if (order[1:] < order[:-1]).any():
        renumber = np.zeros(len(stats), labels.dtype)
        renumber[order] = np.arange(1, len(order) + 1)
        labels = renumber[labels]
    return Components(labels=labels,
                      areas=stats[order, cv2.CC_STAT_AREA].astype(np.int64),
                      centroids=centroids[order, ::-1])


def component_boxes(components: Components) -> np.ndarray:
    """Return the bounding boxes of components.

    Returns:
        np.ndarray: Top, left, bottom and right edge in pixels, float64 of
        shape (K, 4).

    Examples:
        >>> component_boxes(connected_components(np.eye(3))).tolist()
        [[0.0, 0.0, 3.0, 3.0]]
    """
    return np.array(
        [(rows.start, columns.start, rows.stop, columns.stop)
         for rows, columns in find_objects(components.labels)],
        np.float64).reshape(-1, 4)
