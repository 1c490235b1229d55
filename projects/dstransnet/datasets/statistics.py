"""Statistics of the images and targets of a dataset.

Everything is measured on the files, before any pipeline: values as they are
stored, colour as :mod:`.full_depth_reading` makes it grey, and masks in the
size of their images.
"""
from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mmengine.config import ConfigDict
from mmseg.registry import DATASETS

from ..imaging.components import connected_components
from ..imaging.full_depth_reading import read_infrared
from ..imaging.mask_shift import mask_shifts
from ..imaging.signal_to_clutter import target_contrasts
from ..utils.config import leaf_settings, reading_options
from ..utils.errors import InputError
from .transforms import LoadIRSTDMask

AREAS = (9, 25, 81)
"""Pixels; the share of targets smaller than each is given."""
UNITS = {
    'images': '',
    'images_without_target': '',
    'different_sizes': '',
    'width_min': 'pixels',
    'width_max': 'pixels',
    'height_min': 'pixels',
    'height_max': 'pixels',
    'targets': '',
    'targets_per_image': '',
    'targets_per_image_max': '',
    'area_min': 'pixels',
    'area_median': 'pixels',
    'area_max': 'pixels',
    **{f'share_below_{area}_pixels': '%' for area in AREAS},
    'scr_min': '',
    'scr_median': '',
    'scr_max': '',
    'scr_undefined': 'targets',
    'mask_in_place': '%',
    'mask_left_or_up': '%',
    'mask_right_or_down': '%',
    'image_mean': 'values',
    'image_std': 'values',
    'pooled_mean': 'values',
    'pooled_std': 'values',
    'image_mean_of_1': 'of 0..1',
    'image_std_of_1': 'of 0..1',
    'pooled_mean_of_1': 'of 0..1',
    'pooled_std_of_1': 'of 0..1',
}
"""Units of what :func:`summarize` returns, in its order."""


@dataclass(frozen=True)
class TargetStatistics:
    """One target.

    Attributes:
        row (float): Row of the centroid, in pixels.
        column (float): Column of the centroid, in pixels.
        area (int): Area in pixels.
        scr (float): Signal-to-clutter ratio, see :func:`.local_scr`; NaN
            where its surroundings are flat or outside of the image.
        row_shift (float): Pixels down to where its mask would fit best, see
            :func:`.mask_shifts`; NaN at the border of the image.
        column_shift (float): Pixels to the right.
    """
    row: float
    column: float
    area: int
    scr: float
    row_shift: float
    column_shift: float


@dataclass(frozen=True)
class ImageStatistics:
    """One image.

    Attributes:
        path (str): Its file.
        height (int): Height in pixels.
        width (int): Width in pixels.
        dtype (str): Type of its values.
        mean (float): Mean of its values.
        std (float): Their deviation, over all pixels.
        targets (tuple[TargetStatistics, ...]): Its targets.
    """
    path: str
    height: int
    width: int
    dtype: str
    mean: float
    std: float
    targets: tuple[TargetStatistics, ...]


def measure(image: np.ndarray, labels: np.ndarray,
            path: str = '') -> ImageStatistics:
    """Measure an image and its targets, connected over 8 neighbours.

    Args:
        image (np.ndarray): Values of shape (H, W).
        labels (np.ndarray): Labels of shape (H, W), targets are not 0.

    Examples:
        >>> labels = np.eye(40, dtype=np.uint8)
        >>> labels[3:37] = 0
        >>> [target.area for target in measure(labels, labels).targets]
        [3, 3]
    """
    found = connected_components(labels)
    targets = tuple(
        TargetStatistics(
            float(centre[0]), float(centre[1]), int(area), float(scr),
            row_shift=float(shift[0]), column_shift=float(shift[1]))
        for centre, area, scr, shift in zip(
            found.centroids, found.areas, target_contrasts(image, found),
            mask_shifts(image, found)))
    height, width = image.shape
    return ImageStatistics(path, height, width, str(image.dtype),
                       float(image.mean(dtype=np.float64)),
                       float(image.std(dtype=np.float64)), targets)


def _step(pipeline: Sequence[Mapping[str, Any]], *names: str) -> Mapping:
    """Return the first step of a pipeline that has one of these names."""
    return next((step for step in pipeline if step['type'] in names), {})


def measure_split(settings: ConfigDict) -> Iterator[ImageStatistics]:
    """Measure the files of a dataset, one by one.

    Args:
        settings (ConfigDict): Settings of the dataset. Of its pipeline,
            only what says how files are read counts: page, raw format, file
            backend, and the threshold of masks.

    Raises:
        InputError: If a file cannot be read.
    """
    for part in leaf_settings(settings):
        pipeline = part.get('pipeline', [])
        reading = reading_options(pipeline)
        step = _step(pipeline, 'LoadIRSTDMask')
        load_mask = LoadIRSTDMask(
            **{key: value for key, value in step.items() if key != 'type'})
        # Nothing is read twice here, so nothing is worth being kept.
        kept = {key: value for key, value in part.items()
                if key not in ('cache', 'cache_limit')}
        dataset = DATASETS.build(ConfigDict(kept, pipeline=[]))
        for number in range(len(dataset)):
            info = dataset.get_data_info(number)
            path = info['img_path']
            image = read_infrared(path, **reading)
            labels = load_mask(
                dict(info, ori_shape=image.shape)).get('gt_seg_map')
            if labels is None:
                raise InputError(f'{path}: has no mask')
            yield measure(image, labels, path)


def summarize(images: Sequence[ImageStatistics]) -> dict[str, float | None]:
    """Summarize the statistics of images.

    ``image_mean`` and ``image_std`` are means over the images of each one's
    mean and deviation, as published normalisations of the field are;
    ``pooled_mean`` and ``pooled_std`` are of all pixels together, so the
    deviation also has the differences between images. The same of 0..1
    where all images have 8 bits.

    ``mask_in_place`` is the share of masks that fit best where they are,
    ``mask_left_or_up`` of those that lie too far left, up, or both. Masks
    that lie, say, too far left and down are in no share.

    Returns:
        dict[str, float | None]: By the names of ``UNITS``; None where
        something is not defined.

    Raises:
        InputError: If there is no image.
    """
    if not images:
        raise InputError('expected at least one image, got none')
    counts = np.array([len(image.targets) for image in images])
    areas = np.array([target.area for image in images
                      for target in image.targets])
    scrs = np.array([target.scr for image in images
                     for target in image.targets])
    defined = scrs[~np.isnan(scrs)]
    shifts = np.array([(target.row_shift, target.column_shift)
                       for image in images for target in image.targets])
    shifts = shifts.reshape(-1, 2)  # also without a target
    shifts = shifts[~np.isnan(shifts).any(axis=-1)]
    sizes = np.array([(image.width, image.height) for image in images])
    pixels = sizes.prod(axis=1)
    means = np.array([image.mean for image in images])
    stds = np.array([image.std for image in images])
    pooled_mean = np.average(means, weights=pixels)
    # Deviations inside of images, and of images from each other.
    pooled_std = math.sqrt(
        np.average(stds**2 + (means - pooled_mean)**2, weights=pixels))
    summary: dict[str, Any] = dict.fromkeys(UNITS)
    summary.update(
        images=len(images), images_without_target=(counts == 0).sum(),
        different_sizes=len(set(map(tuple, sizes.tolist()))),
        width_min=sizes[:, 0].min(), width_max=sizes[:, 0].max(),
        height_min=sizes[:, 1].min(), height_max=sizes[:, 1].max(),
        targets=counts.sum(), targets_per_image=counts.mean(),
        targets_per_image_max=counts.max(),
        scr_undefined=len(scrs) - len(defined),
        image_mean=means.mean(), image_std=stds.mean(),
        pooled_mean=pooled_mean, pooled_std=pooled_std)
    for name, values in (('area', areas), ('scr', defined)):
        if len(values):
            summary.update({f'{name}_min': values.min(),
                            f'{name}_median': np.median(values),
                            f'{name}_max': values.max()})
    if len(areas):
        summary.update({f'share_below_{area}_pixels':
                        100 * (areas < area).mean() for area in AREAS})
    if len(shifts):
        in_place = (shifts == 0).all(axis=1)
        summary.update(
            mask_in_place=100 * in_place.mean(),
            mask_left_or_up=100 * (
                (shifts >= 0).all(axis=1) & ~in_place).mean(),
            mask_right_or_down=100 * (
                (shifts <= 0).all(axis=1) & ~in_place).mean())
    if all(image.dtype == 'uint8' for image in images):
        for name in ('image_mean', 'image_std', 'pooled_mean', 'pooled_std'):
            summary[f'{name}_of_1'] = summary[name] / 255
    return {name: value.item() if isinstance(value, np.generic) else value
            for name, value in summary.items()}
