"""Formulas of infrared small target detection, each one once.

Arrays in, counts and ratios out. An image is described by its counts; the
metrics of a set are ratios of sums of counts, so images can be counted
anywhere and added up in any order.

References:
    B. Li et al., "Dense Nested Attention Network for Infrared Small Target
    Detection", IEEE TIP 32, 2023 (Pd, Fa).
    Y. Dai et al., "Asymmetric Contextual Modulation for Infrared Small Target
    Detection", WACV 2021 (nIoU).
"""
from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import cv2
import numpy as np

MATCH_DISTANCE = 3.0
"""A target is detected by a component whose centroid is nearer, in pixels."""


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

    Numbers follow the first pixel of each component, row by row. (OpenCV's
    own numbers do not on some maps, and the order decides which component is
    matched first.)

    Args:
        mask (np.ndarray): Mask of shape (H, W); non-zero pixels count.
        connectivity (int): 8 or 4. Defaults to 8.

    Returns:
        Components: K >= 0 components.

    Raises:
        ValueError: If ``connectivity`` is neither 4 nor 8, or the mask is not
            two-dimensional.

    Examples:
        >>> found = connected_components(np.eye(3))
        >>> found.areas.tolist(), found.centroids.tolist()
        ([3], [[1.0, 1.0]])
    """
    if connectivity not in (4, 8):
        raise ValueError(f'connectivity must be 4 or 8, got {connectivity}')
    mask = np.asarray(mask)
    if mask.ndim != 2:
        raise ValueError(
            f'mask must have shape (H, W), got {tuple(mask.shape)}')
    _, labels, stats, centroids = cv2.connectedComponentsWithStats(
        (mask != 0).astype(np.uint8), connectivity=connectivity)
    positions = np.flatnonzero(labels)
    numbers, first = np.unique(labels.flat[positions], return_index=True)
    order = numbers[np.argsort(first)]
    renumber = np.zeros(len(stats), labels.dtype)
    renumber[order] = np.arange(1, len(order) + 1)
    return Components(
        labels=renumber[labels],
        areas=stats[order, cv2.CC_STAT_AREA].astype(np.int64),
        centroids=centroids[order, ::-1])


def match_components(targets: Components,
                     predictions: Components,
                     distance: float = MATCH_DISTANCE) -> np.ndarray:
    """Assign to each target the first free component near its centroid.

    Targets are visited in order; each takes the first component, in order,
    that no earlier target took and whose centroid is nearer than
    ``distance``.

    Args:
        targets (Components): True targets.
        predictions (Components): Predicted components.
        distance (float): Matching distance in pixels, exclusive. Defaults to
            3.

    Returns:
        np.ndarray: Index of the component of each target, -1 where it is
        missed; int64 of shape (len(targets), ).

    Examples:
        >>> truth = connected_components(np.eye(8)[:, [0]] * np.ones((1, 8)))
        >>> match_components(truth, truth).tolist()
        [0]
    """
    matched = np.full(len(targets), -1, np.int64)
    free = np.ones(len(predictions), bool)
    for number, centroid in enumerate(targets.centroids):
        offset = predictions.centroids - centroid
        near = free & (np.hypot(offset[:, 0], offset[:, 1]) < distance)
        if near.any():
            matched[number] = near.argmax()
            free[matched[number]] = False
    return matched


@dataclasses.dataclass(frozen=True)
class DetectionCounts:
    """Counts of one image, or sums over images.

    Attributes:
        pixels (int): Pixels.
        true_positives (int): Predicted target pixels.
        predicted (int): Predicted pixels.
        actual (int): Target pixels.
        targets (int): Targets (8-connected components of the truth).
        detected (int): Targets with a matching component.
        false_area (int): Area in pixels of unmatched components, left out
            where a matched one in the same image has the same area
            (published Fa).
        false_component (int): Area in pixels of all unmatched components.
        false_pixel (int): Predicted pixels outside matched targets.
    """
    pixels: int = 0
    true_positives: int = 0
    predicted: int = 0
    actual: int = 0
    targets: int = 0
    detected: int = 0
    false_area: int = 0
    false_component: int = 0
    false_pixel: int = 0

    @property
    def union(self) -> int:
        """Pixels predicted, or target, or both."""
        return self.predicted + self.actual - self.true_positives

    def __add__(self, other: DetectionCounts) -> DetectionCounts:
        return DetectionCounts(*(
            a + b for a, b in zip(
                dataclasses.astuple(self), dataclasses.astuple(other))))


def count_detections(prediction: np.ndarray,
                     target: np.ndarray,
                     distance: float = MATCH_DISTANCE,
                     connectivity: int = 8) -> DetectionCounts:
    """Compare one predicted mask with the truth.

    Args:
        prediction (np.ndarray): Predicted mask of shape (H, W).
        target (np.ndarray): True mask of shape (H, W).
        distance (float): Matching distance in pixels. Defaults to 3.
        connectivity (int): 8 or 4. Defaults to 8.

    Returns:
        DetectionCounts: The counts of this image.

    Raises:
        ValueError: If the shapes differ.

    Examples:
        >>> mask = np.zeros((16, 16))
        >>> mask[4:6, 4:6] = 1
        >>> counts = count_detections(mask, mask)
        >>> counts.targets, counts.detected, counts.false_component
        (1, 1, 0)
    """
    prediction, target = np.asarray(prediction) != 0, np.asarray(target) != 0
    if prediction.shape != target.shape:
        raise ValueError('prediction and target must have one shape, got '
                         f'{prediction.shape} and {target.shape}')
    truth = connected_components(target, connectivity)
    found = connected_components(prediction, connectivity)
    matched = match_components(truth, found, distance)
    hits = matched[matched >= 0]
    unmatched = np.delete(found.areas, hits)
    # The published code removes matched areas from a list of areas by value,
    # which takes every other component of that very area along.
    listed = unmatched[~np.isin(unmatched, found.areas[hits])]
    detected_targets = np.isin(truth.labels, 1 + np.flatnonzero(matched >= 0))
    return DetectionCounts(
        pixels=target.size,
        true_positives=int((prediction & target).sum()),
        predicted=int(prediction.sum()),
        actual=int(target.sum()),
        targets=len(truth),
        detected=len(hits),
        false_area=int(listed.sum()),
        false_component=int(unmatched.sum()),
        false_pixel=int((prediction & ~detected_targets).sum()))


def ratio(part: float, whole: float) -> float:
    """Return part / whole, NaN where whole is 0.

    Examples:
        >>> ratio(1, 4), ratio(0, 0)
        (0.25, nan)
    """
    return part / whole if whole else float('nan')


def mean_image_iou(images: Iterable[DetectionCounts],
                   empty: str = 'zero') -> float:
    """Mean over images of the IoU of the target class (nIoU), 0 .. 1.

    Args:
        images (Iterable[DetectionCounts]): Counts of each image.
        empty (str): What an image with neither target nor prediction counts:
            ``'zero'`` (0, as the published code), ``'one'`` (1, as correct),
            or ``'skip'`` (it is left out). Defaults to ``'zero'``.

    Returns:
        float: nIoU, NaN without images.

    Raises:
        ValueError: If ``empty`` is none of these.

    Examples:
        >>> empty, full = DetectionCounts(), DetectionCounts(9, 2, 2, 2)
        >>> [mean_image_iou([empty, full], e) for e in ('zero', 'one', 'skip')]
        [0.5, 1.0, 1.0]
    """
    if empty not in ('zero', 'one', 'skip'):
        raise ValueError("nIoU_empty must be 'zero', 'one' or 'skip', "
                         f'got {empty!r}')
    values = []
    for image in images:
        if image.union:
            values.append(image.true_positives / image.union)
        elif empty != 'skip':
            values.append(float(empty == 'one'))
    return ratio(sum(values), len(values))
