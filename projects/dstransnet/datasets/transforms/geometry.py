"""Geometric transforms that mmcv does not have."""
from __future__ import annotations

import cv2
import mmcv
import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmseg.datasets.transforms import RandomCrop, Resize
from mmseg.registry import TRANSFORMS
from PIL import Image

from ...utils.errors import InputError
from .base import Transform, check_prob


@TRANSFORMS.register_module()
class RandomRot90(Transform):
    """Rotate image and masks by 90 degrees counter-clockwise.

    Modified keys: ``img``, ``img_shape`` and what ``seg_fields`` names.

    Args:
        prob (float): Probability of the rotation. Defaults to 0.5.

    Raises:
        ValueError: If ``prob`` is outside [0, 1].
    """

    def __init__(self, prob: float = 0.5) -> None:
        self.prob = check_prob(prob)

    @cache_randomness
    def _rotates(self) -> bool:
        return np.random.rand() < self.prob

    def transform(self, results: dict) -> dict:
        """Rotate, or leave ``results`` as they are."""
        if self._rotates():
            for key in ('img', *results.get('seg_fields', [])):
                results[key] = np.ascontiguousarray(np.rot90(results[key]))
            results['img_shape'] = results['img'].shape[:2]
        return results


def _resize_planes(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize each channel to (width, height) by Pillow, bilinear."""
    channels = list(np.ascontiguousarray(np.moveaxis(
        image.reshape(*image.shape[:2], -1), -1, 0)))
    first, *others = channels
    # Grey files are read as three equal channels: one stands for all.
    count = 1 if all(np.array_equal(first, other) for other in others) else (
        len(channels))
    resized = [np.array(Image.fromarray(channel).resize(
        size, Image.Resampling.BILINEAR)) for channel in channels[:count]]
    resized *= len(channels) // count
    return cv2.merge(resized).reshape(*size[::-1], *image.shape[2:])


@TRANSFORMS.register_module()
class PillowResize(Resize):
    """Resize as Pillow does, whatever the image's type and channels.

    mmcv's Resize with ``backend='pillow'`` takes uint8 images of one or three
    channels alone; for these the pixels are the same. float32 images keep
    their range and resolution, and images their number of dimensions. The
    image is bilinear, masks are nearest.

    Modified keys: ``img``, ``img_shape`` and what ``seg_fields`` names.
    Added keys: ``scale``, ``scale_factor``, ``keep_ratio``.

    Args:
        scale (tuple[int, int], optional): Width and height in pixels; with
            ``keep_ratio`` the largest ones. Defaults to None.
        keep_ratio (bool): Whether to keep the ratio of the sides. Defaults
            to False.
        scale_factor (float, optional): In place of ``scale``, factor of the
            width and height of each image. Defaults to None.

    Raises:
        ValueError: If not exactly one of ``scale`` and ``scale_factor`` is
            given.
        TypeError: If an image is neither uint8 nor float32.
    """

    def __init__(self, scale: tuple[int, int] | None = None,
                 keep_ratio: bool = False,
                 scale_factor: float | None = None) -> None:
        if (scale is None) == (scale_factor is None):
            raise InputError('expected either scale or scale_factor, got '
                             f'{scale} and {scale_factor}')
        super().__init__(scale=scale, scale_factor=scale_factor,
                         keep_ratio=keep_ratio, backend='pillow')

    def _resize_img(self, results: dict) -> None:
        image = results['img']
        if image.dtype not in (np.uint8, np.float32):
            raise TypeError(f'img must be uint8 or float32, got {image.dtype}')
        height, width = image.shape[:2]
        size = tuple(results['scale'])
        if self.keep_ratio:
            size = mmcv.rescale_size((width, height), size)
        results['img'] = _resize_planes(image, size)
        results['img_shape'] = size[::-1]
        results['scale_factor'] = (size[0] / width, size[1] / height)
        results['keep_ratio'] = self.keep_ratio

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(scale={self.scale}, '
                f'keep_ratio={self.keep_ratio}, '
                f'scale_factor={self.scale_factor})')


@TRANSFORMS.register_module()
class RandomLongSideResize(Transform):
    """Resize so that the long side is a random integer number of pixels.

    The long side is drawn from [size, int(max_ratio * size)], the short side
    follows and is rounded, to 1 at least. Pixels are those that Pillow
    gives: bilinear for the image, nearest for masks, half-pixel centres.
    The image is uint8 or float32, of any number of channels.

    Modified keys: ``img``, ``img_shape`` and what ``seg_fields`` names.
    Added keys: ``scale``, ``scale_factor``, ``keep_ratio``.

    Args:
        size (int): Smallest long side in pixels.
        max_ratio (float): Largest long side over ``size``. Defaults to 1.1.

    Raises:
        ValueError: If ``max_ratio`` is below 1.
    """

    def __init__(self, size: int, max_ratio: float = 1.1) -> None:
        if max_ratio < 1:
            raise InputError(f'max_ratio must be at least 1, got {max_ratio}')
        self.size = size
        self.max_ratio = max_ratio

    @cache_randomness
    def _long_side(self) -> int:
        largest = int(self.max_ratio * self.size)
        return np.random.randint(self.size, largest + 1)

    def transform(self, results: dict) -> dict:
        """Resize image and masks."""
        height, width = results['img'].shape[:2]
        factor = self._long_side() / max(height, width)
        height, width = (
            max(int(side * factor + 0.5), 1) for side in (height, width))
        return PillowResize((width, height)).transform(results)


@TRANSFORMS.register_module()
class CenterPad(Transform):
    """Zero-pad images smaller than a square of ``size``, equally on both
    sides; an odd pad is made even, so the result can be one pixel larger.

    Image pixels and labels outside are 0: black before normalisation, and
    background. Images that are not on a scale of 0..255 get 0 just as well.

    Modified keys: ``img``, ``img_shape`` and what ``seg_fields`` names.

    Args:
        size (int): Smallest height and width in pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def transform(self, results: dict) -> dict:
        """Pad image and masks."""
        height, width = results['img'].shape[:2]
        rows = (max(self.size - height, 0) + 1) // 2
        cols = (max(self.size - width, 0) + 1) // 2
        if rows or cols:
            for key in ('img', *results.get('seg_fields', [])):
                array = results[key]
                pads = [(rows, rows), (cols, cols)]
                results[key] = np.pad(array,
                                      pads + [(0, 0)] * (array.ndim - 2))
            results['img_shape'] = results['img'].shape[:2]
        return results


@TRANSFORMS.register_module()
class RandomTargetCrop(RandomCrop):
    """Crop a window, often one that holds a target.

    Targets cover about 1 pixel in 1000, so most windows of a quarter of an
    image hold none. With probability ``prob`` a target pixel is drawn, and
    the window is one of those that contain it, all equally likely; else, and
    in images without a target, it is any window of the image.

    Modified keys: ``img``, ``img_shape`` and what ``seg_fields`` names.

    Args:
        crop_size (int | tuple[int, int]): Height and width in pixels; smaller
            images stay as they are.
        prob (float): Probability that a window is drawn around a target.
            Defaults to 0.7.

    Raises:
        ValueError: If ``prob`` is outside [0, 1].
    """

    def __init__(self, crop_size: int | tuple[int, int],
                 prob: float = 0.7) -> None:
        super().__init__(crop_size)
        self.prob = check_prob(prob)

    # What is drawn depends on the targets of the image.
    @cache_randomness
    def crop_bbox(self, results: dict) -> tuple[int, int, int, int]:
        """Draw a window.

        Returns:
            tuple[int, int, int, int]: First row, row after the last, first
            column, column after the last.
        """
        labels = results.get('gt_seg_map')
        targets = np.argwhere([] if labels is None else labels == 1)
        if labels is None or not len(targets) or (
                np.random.rand() >= self.prob):
            return super().crop_bbox(results)
        window: list[int] = []
        place = targets[np.random.randint(len(targets))]
        for at, length, size in zip(place, labels.shape, self.crop_size):
            first = max(at - size + 1, 0)
            last = max(min(at, length - size), 0)
            start = np.random.randint(min(first, last), last + 1)
            window += [start, start + size]
        top, bottom, left, right = window
        return top, bottom, left, right


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


# Pairs of height and width, or width and height.
_PAIRS = ('ori_shape', 'pad_shape', 'scale', 'scale_factor')


@TRANSFORMS.register_module()
class Rotate90(Transform):
    """Rotate the image by ``k`` times 90 degrees counter-clockwise.

    One view of test-time augmentation, which :class:`IRSTDTTAModel` turns
    back. A rotation by 90 or 270 degrees swaps all heights and widths, so
    predictions are resized to the rotated ``ori_shape``.

    The truth stays as it is, in the size before rotation: that model takes
    it from the first view, which is not rotated. To turn it as well, as in
    training, use :class:`RandomRot90`.

    Put it before ``RandomFlip``, as the framework undoes flips first, and
    ``rot90`` among the ``meta_keys`` of ``PackSegInputs``.

    Required key: ``img``. Modified keys: ``img``, ``img_shape`` and, where
    they are there, ``ori_shape``, ``pad_shape``, ``scale`` and
    ``scale_factor``. Added key: ``rot90``, quarter turns so far, 0 to 3.

    Args:
        k (int): Number of quarter turns, 0 to 3.

    Raises:
        ValueError: If ``k`` is anything else, or the image has been flipped.
    """

    def __init__(self, k: int) -> None:
        if type(k) is not int or not 0 <= k <= 3:
            raise ValueError(f'k must be 0, 1, 2 or 3, got {k!r}')
        self.k = k

    def transform(self, results: dict) -> dict:
        """Rotate the image and swap its sizes."""
        if results.get('flip'):
            raise ValueError('Rotate90 must come before RandomFlip, got an '
                             'image that is flipped')
        results['img'] = np.ascontiguousarray(np.rot90(results['img'], self.k))
        results['img_shape'] = results['img'].shape[:2]
        if self.k % 2:
            for key in _PAIRS:
                if results.get(key) is not None:
                    first, second, *rest = results[key]
                    results[key] = (second, first, *rest)
        results['rot90'] = (results.get('rot90', 0) + self.k) % 4
        return results
