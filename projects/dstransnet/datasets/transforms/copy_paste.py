"""Copy-paste augmentation of targets."""
from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from mmcv.transforms.utils import avoid_cache_randomness
from mmseg.registry import TRANSFORMS

from ...utils.errors import InputError
from .base import Transform, check_prob, check_range, from_planes, to_planes

_RING = 4  # pixels beyond the margin that tell the local background


class TargetPatch(NamedTuple):
    """A target without its background: its box, and a margin around it.

    Attributes:
        contrast (np.ndarray): Intensities over those of the local background,
            fading to 0 within the margin; float32 of shape (h, w, C).
        mask (np.ndarray): Target pixels, bool of shape (h, w).
    """
    contrast: np.ndarray
    mask: np.ndarray


def feather(mask: np.ndarray, margin: int) -> np.ndarray:
    """Return weights that are 1 on a mask and fade to 0 beyond a margin.

    They follow half a period of a cosine in the Euclidean distance to the
    mask, and reach 0 one pixel beyond the margin.

    Args:
        mask (np.ndarray): Bool of shape (H, W), True somewhere.
        margin (int): Pixels.

    Returns:
        np.ndarray: Weights 0..1, float32 of shape (H, W).

    Examples:
        >>> feather(np.array([[True, False, False]]), 1).round(2).tolist()
        [[1.0, 0.5, 0.0]]
    """
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2,
                                     cv2.DIST_MASK_PRECISE)
    part = np.minimum(distance / np.float32(margin + 1), 1)
    return (1 + np.cos(np.float32(math.pi) * part)) / 2


def cut_targets(planes: np.ndarray, labels: np.ndarray,
                margin: int) -> list[TargetPatch]:
    """Cut out the targets that can be copied.

    The local background is the mean of the pixels around the box that are
    farther than the margin from all targets, and at most 4 pixels farther
    than it from the box. A target is left out if its box with the margin
    crosses the border, if another one is within the margin, or if there is
    no pixel of background.

    Args:
        planes (np.ndarray): Intensities, float32 of shape (H, W, C).
        labels (np.ndarray): 1 on targets, 0 on background; other values are
            neither. Shape (H, W).
        margin (int): Pixels around a target that are copied with it.

    Returns:
        list[TargetPatch]: Targets are 8-connected components.
    """
    height, width = labels.shape
    side = 2 * margin + 1
    near = cv2.dilate((labels != 0).astype(np.uint8), np.ones((side, side)))
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        (labels == 1).astype(np.uint8), connectivity=8)
    patches = []
    for number in range(1, count):
        left, top, right, bottom = stats[number, :4].tolist()
        right, bottom = left + right + margin, top + bottom + margin
        left, top = left - margin, top - margin
        if min(left, top) < 0 or right > width or bottom > height:
            continue
        box = np.s_[top:bottom, left:right]
        around = np.s_[max(top - _RING, 0):bottom + _RING,
                       max(left - _RING, 0):right + _RING]
        mask = numbers[box] == number
        weights = feather(mask, margin)
        background = planes[around][near[around] == 0]
        if len(background) and not weights[(labels[box] != 0) & ~mask].any():
            contrast = planes[box] - background.mean(0, dtype=np.float64)
            patches.append(
                TargetPatch(
                    weights[..., None] * contrast.astype(np.float32), mask))
    return patches


def free_places(labels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Find where a box holds nothing but background.

    Args:
        labels (np.ndarray): 0 on background, shape (H, W).
        shape (tuple[int, int]): Height and width of the box in pixels.

    Returns:
        np.ndarray: Top rows and left columns, integers of shape (N, 2).

    Examples:
        >>> free_places(np.array([[0, 0, 1, 0, 0]]), (1, 2)).tolist()
        [[0, 0], [0, 3]]
    """
    height, width = shape
    sums = cv2.integral((labels != 0).astype(np.uint8))
    taken = (
        sums[height:, width:] - sums[:-height, width:] -
        sums[height:, :-width] + sums[:-height, :-width])
    return np.argwhere(taken == 0)


# What is drawn depends on the targets of the image, so it cannot be shared
# between images.
@avoid_cache_randomness
@TRANSFORMS.register_module()
class TargetCopyPaste(Transform):
    """Copy targets of the image to other places in it.

    A copy is what the target adds to its local background, with a soft
    margin, added to the background at a free place; so neither the edges of
    a box nor another background show. The pixels of the target are added to
    the mask. Copies keep away from targets by the margin, and from the
    border. Only targets that are complete and alone are copied, see
    :func:`cut_targets`. Without one, without a place, or without a mask
    nothing changes.

    Nothing makes sure that a copy is as visible as the original: it may fall
    on rougher clutter, or on a bright spot where uint8 clips it. Put it
    before transforms that pad, lest targets lie in the padding. Targets come
    from the same image only: the samples that a multi-image wrapper adds are
    drawn outside the keyed random state.

    The image may be uint8, or float32 of intensities 0..255, with the shape
    (H, W), (H, W, 1) or (H, W, 3); the result has the same type and shape.

    Modified keys: ``img`` and ``gt_seg_map``.

    Args:
        max_copies (int): Largest number of copies; 1 up to it are equally
            likely, each of a target at random. Defaults to 3.
        amplitude (tuple[float, float]): Smallest and largest factor on the
            contrast of a target. Defaults to (0.7, 1.3).
        margin (int): Pixels around a target that are copied with it, fading,
            for the light that it spreads beyond its mask; at least 1.
            Defaults to 3.
        reorient (bool): Whether to flip and rotate copies into one of the 8
            orientations. Defaults to True.
        prob (float): Probability of copies. Defaults to 0.5.

    Raises:
        ValueError: If an argument is outside its values.

    Reference:
        M. Kisantal et al., Augmentation for small object detection, 2019,
        https://arxiv.org/abs/1902.07296. There pixels replace the
        background; here they are added to it.
    """

    def __init__(self,
                 max_copies: int = 3,
                 amplitude: tuple[float, float] = (0.7, 1.3),
                 margin: int = 3,
                 reorient: bool = True,
                 prob: float = 0.5) -> None:
        for name, value in (('max_copies', max_copies), ('margin', margin)):
            if type(value) is not int or value < 1:
                raise InputError(
                    f'{name} must be an integer of at least 1, got {value!r}')
        self.max_copies = max_copies
        self.amplitude = check_range('amplitude', amplitude, positive=True)
        self.margin = margin
        self.reorient = reorient
        self.prob = check_prob(prob)

    def _copy(self, patch: TargetPatch) -> TargetPatch:
        """Change amplitude and orientation at random."""
        contrast = np.float32(np.random.uniform(*self.amplitude))
        arrays = [contrast * patch.contrast, patch.mask]
        if self.reorient:
            turns, flipped = np.random.randint(4), np.random.randint(2)
            arrays = [np.rot90(array, turns) for array in arrays]
            if flipped:
                arrays = [array[:, ::-1] for array in arrays]
        return TargetPatch(*arrays)

    def transform(self, results: dict) -> dict:
        """Add copies, or leave ``results`` as they are."""
        labels = results.get('gt_seg_map')
        if np.random.rand() >= self.prob or labels is None:
            return results
        planes, labels = to_planes(results['img']), labels.copy()
        patches = cut_targets(planes, labels, self.margin)
        for _ in range(np.random.randint(self.max_copies) + 1):
            if not patches:
                break
            patch = self._copy(patches[np.random.randint(len(patches))])
            places = free_places(labels, patch.mask.shape)
            if not len(places):
                continue
            top, left = places[np.random.randint(len(places))].tolist()
            rows, cols = patch.mask.shape
            place = np.s_[top:top + rows, left:left + cols]
            planes[place] += patch.contrast
            labels[place][patch.mask] = 1
        results['img'] = from_planes(planes, results['img'])
        results['gt_seg_map'] = labels
        return results
