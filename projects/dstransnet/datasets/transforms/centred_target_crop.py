"""Crop that often holds a target."""
from __future__ import annotations

import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmseg.registry import TRANSFORMS

from ...utils.errors import InputError
from .base import Transform
from .photometric import check_prob


@TRANSFORMS.register_module()
class CentredTargetCrop(Transform):
    """Crop around a random target pixel, or anywhere.

    A crop is shifted to lie inside of the image. One that is larger than the
    image takes all of it; the data preprocessor pads it.

    Modified keys: ``img``, ``img_shape`` and what ``seg_fields`` names.

    Args:
        crop_size (tuple[int, int]): Height and width in pixels.
        prob (float): Probability of a crop around a target, if there is one.
            Defaults to 0.5.

    Raises:
        ValueError: If a side is below 1, or ``prob`` outside [0, 1].

    Reference:
        The augmentation of BasicIRSTD, X. Ying et al., "Mapping Degeneration
        Meets Label Evolution: Learning Infrared Small Target Detection With
        Single Point Supervision", CVPR 2023.
    """

    def __init__(self, crop_size: tuple[int, int], prob: float = 0.5) -> None:
        if min(crop_size) < 1:
            raise InputError('crop_size: expected height and width of at '
                             f'least 1, got {tuple(crop_size)}')
        self.crop_size = tuple(crop_size)
        self.prob = check_prob(prob)

    @cache_randomness
    def _corner(self, labels: np.ndarray) -> tuple[int, int]:
        """Return the top and left of a crop."""
        room = [max(side - size, 0)
                for side, size in zip(labels.shape, self.crop_size)]
        targets = np.argwhere(labels == 1)
        if len(targets) and np.random.rand() < self.prob:
            centre = targets[np.random.randint(len(targets))]
            wanted = centre - np.array(self.crop_size) // 2
            top, left = np.clip(wanted, 0, room)
        else:
            top, left = (np.random.randint(each + 1) for each in room)
        return int(top), int(left)

    def transform(self, results: dict) -> dict:
        """Crop image and masks."""
        top, left = self._corner(results['gt_seg_map'])
        height, width = self.crop_size
        for key in ('img', *results.get('seg_fields', [])):
            results[key] = results[key][top:top + height, left:left + width]
        results['img_shape'] = results['img'].shape[:2]
        return results
