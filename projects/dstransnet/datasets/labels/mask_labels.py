"""Masks as labels of other programs: COCO and YOLO."""
from __future__ import annotations

import json
import os
import os.path as osp
import warnings
from collections.abc import Callable, Iterable, Iterator

from ...imaging.components import (
    Components,
    component_boxes,
    connected_components,
)
from ...imaging.masks import mask_to_labels, read_mask, resize_labels
from ...utils.errors import InputError
from ...utils.text import first_few
from ..sample_files import SampleFiles
from .coco import CATEGORY, coco_dict
from .image_index import ImageIndex

Targets = Iterable[tuple[str, Components]]
"""Names of images, and their targets."""


def mask_targets(images: ImageIndex, folder: str, suffix: str = '',
                 threshold: int | None = None,
                 names: Iterable[str] | None = None
                 ) -> Iterator[tuple[str, Components]]:
    """Yield the targets of the mask of each image.

    Masks of another size are resized, with one warning at the end.

    Args:
        folder (str): Folder of the masks.
        suffix (str): End of the names of masks behind those of images, such
            as ``'_pixels0'``. Defaults to none.
        threshold (int, optional): See :func:`mask_to_labels`. Defaults to
            None.
        names (Iterable[str], optional): Images to take. Defaults to None:
            all.

    Yields:
        tuple[str, Components]: Name of the image, and its targets.

    Raises:
        InputError: If a mask is missing or unreadable.
    """
    files = SampleFiles(folder, (suffix, ))
    resized: list[str] = []
    for name in images.names if names is None else names:
        path = files.path(name)
        if not osp.isfile(path):
            raise InputError(f'{images.path(name)}: has no mask {path}')
        mask = mask_to_labels(read_mask(path), threshold, path)
        size = images.size(name)
        if mask.shape != size:
            resized.append(path)
        yield name, connected_components(resize_labels(mask, size))
    if resized:
        warnings.warn(f"{len(resized)} masks are resized (nearest) to their "
                      f"image's size: {first_few(resized)}", stacklevel=2)


def write_coco(images: ImageIndex, targets: Targets, folder: str) -> int:
    """Write ``annotations.json``, see :func:`coco_dict`; count targets."""
    content = coco_dict(
        (osp.relpath(images.path(name), images.folder).replace(os.sep, '/'),
         component_boxes(found), found.labels) for name, found in targets)
    _write(osp.join(folder, 'annotations.json'), json.dumps(content) + '\n')
    return len(content['annotations'])


def write_yolo(images: ImageIndex, targets: Targets, folder: str) -> int:
    """Write ``labels/NAME.txt`` and ``classes.txt``; count targets.

    Each target is a line: the class 0, x and y of the centre, and width and
    height of the box, as fractions of the width and height of the image.
    """
    count = 0
    for name, found in targets:
        height, width = images.size(name)
        lines = []
        for top, left, bottom, right in component_boxes(found):
            values = ((left + right) / 2 / width, (top + bottom) / 2 / height,
                      (right - left) / width, (bottom - top) / height)
            lines.append(
                ' '.join(['0', *(f'{value:.8g}' for value in values)]) + '\n')
        _write(osp.join(folder, 'labels', f'{name}.txt'), ''.join(lines))
        count += len(lines)
    _write(osp.join(folder, 'classes.txt'), f'{CATEGORY}\n')
    return count


LABEL_WRITERS: dict[str, Callable[[ImageIndex, Targets, str], int]] = {
    'coco': write_coco, 'yolo': write_yolo}
"""Formats of labels: what writes them to a folder."""


def _write(path: str, text: str) -> None:
    os.makedirs(osp.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        file.write(text)
