"""Labels of any format, and the masks that are made of them."""
from __future__ import annotations

import dataclasses
import os
import os.path as osp
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
from PIL import Image

from ...imaging.components import connected_components
from ...imaging.full_depth_reading import read_infrared
from ...utils.errors import InputError
from .coco import read_coco
from .image_index import ImageIndex
from .label_files import (
    read_folder,
    read_labelme,
    read_points,
    read_voc,
    read_yolo,
)
from .local_threshold import LocalThreshold
from .shapes import Box, Label, Point, shape_pixels

FORMATS: dict[str, Callable[[str, ImageIndex], dict[str, list[Label]]]] = {
    'coco': read_coco,
    'voc': lambda folder, images: read_folder(
        folder, '.xml', read_voc, images),
    'yolo': lambda folder, images: read_folder(
        folder, '.txt', read_yolo, images),
    'labelme': lambda folder, images: read_folder(
        folder, '.json', read_labelme, images),
    'points': read_points,
}
"""Formats of labels: what reads a file, or a folder of files."""


def read_labels(kind: str, path: str, images: ImageIndex,
                categories: Collection[str] | None = None
                ) -> dict[str, list[Label]]:
    """Read labels by image.

    Args:
        kind (str): One of :data:`FORMATS`.
        path (str): File (COCO, points) or folder of files (the others).
        categories (Collection[str], optional): Keep labels of these only.
            Defaults to None: of all.

    Returns:
        dict[str, list[Label]]: For each image that the labels name.

    Raises:
        InputError: If a label cannot be read, or a category has none; the
            message names the file and the place.
    """
    labels = FORMATS[kind](path, images)
    if categories is None:
        return labels
    present = {label.category for group in labels.values() for label in group}
    missing = sorted(set(categories) - present)
    if missing:
        raise InputError(f'{path}: expected labels of the category '
                         f'{", ".join(missing)}, got {sorted(present)}')
    return {name: [label for label in group if label.category in categories]
            for name, group in labels.items()}


@dataclasses.dataclass
class ConversionReport:
    """Counts of a conversion from labels to masks.

    Attributes:
        images (int): Images, each with a mask.
        unlabelled (int): Images that the labels do not name.
        labels (Counter[str]): Labels by kind and category.
        targets (int): Connected components of the masks.
        unclear (list[str]): Places of labels that are no brighter than their
            surroundings.
    """
    images: int = 0
    unlabelled: int = 0
    labels: Counter[str] = dataclasses.field(default_factory=Counter)
    targets: int = 0
    unclear: list[str] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        kinds = ', '.join(f'{number} {kind}' for kind, number in
                          sorted(self.labels.items()))
        lines = [f'{self.images} images, {self.unlabelled} of them without '
                 'labels',
                 f'labels: {kinds or "none"}',
                 f'targets in the masks: {self.targets}']
        total = self.labels.total()
        if self.targets != total:
            lines[-1] += (f', for {total} labels: those that touch are one '
                          'target, those of separate parts several')
        if self.unclear:
            lines.append(
                f'{len(self.unclear)} labels are no brighter than their '
                'surroundings; their masks are the whole box, or the pixel of '
                f'the point: {", ".join(self.unclear[:3])}')
        return '\n'.join(lines)


def write_masks(images: ImageIndex, labels: Mapping[str, Sequence[Label]],
                folder: str, rule: LocalThreshold | None) -> ConversionReport:
    """Write the mask of each image, PNG of 0 and 255.

    Args:
        labels (Mapping[str, Sequence[Label]]): Labels of images; those
            without get an empty mask.
        folder (str): Where to.
        rule (LocalThreshold, optional): Finds the pixels in boxes and at
            points; None: the whole box, the pixel of the point.

    Returns:
        ConversionReport: What was converted.

    Raises:
        InputError: If an image cannot be read, or a label is outside of it.
    """
    report = ConversionReport()
    for name in images.names:
        group = labels.get(name, ())
        mask = np.zeros(images.size(name), bool)
        grown = [] if rule is None else [
            label for label in group if isinstance(label.shape, (Box, Point))]
        image = read_infrared(images.path(name)) if grown else mask
        for label in group:
            mask |= _pixels(label, image, rule, report)
            kind = type(label.shape).__name__.lower()
            report.labels[f'{kind} {label.category}'.strip()] += 1
        report.images += 1
        report.unlabelled += name not in labels
        report.targets += len(connected_components(mask))
        path = osp.join(folder, f'{name}.png')
        os.makedirs(osp.dirname(path), exist_ok=True)
        Image.fromarray(mask.astype(np.uint8) * 255).save(path)
    return report


def _pixels(label: Label, image: np.ndarray, rule: LocalThreshold | None,
            report: ConversionReport) -> np.ndarray:
    """Return the pixels of a label, and note where the rule finds none."""
    shape = label.shape
    try:
        if rule is not None and isinstance(shape, (Box, Point)):
            found = rule.pixels(image, shape)
            if found is not None:
                return found
            report.unclear.append(label.where)
        return shape_pixels(shape, image.shape)
    except InputError as error:
        raise InputError(f'{label.where}: {error}') from error
