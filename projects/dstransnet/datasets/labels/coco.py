"""Labels in COCO's JSON.

References:
    T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014;
    the format: https://cocodataset.org/#format-data
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ...utils.errors import InputError
from ...utils.reading import finite_number, read_json
from .image_index import ImageIndex
from .shapes import Box, Label, Point, Polygon, Region, Shape

CATEGORY = 'target'
"""Name of the category of masks."""


def read_coco(path: str, images: ImageIndex) -> dict[str, list[Label]]:
    """Read labels by image.

    An annotation with a ``segmentation`` is a polygon or region, else one
    with a ``bbox`` a box, else one with ``keypoints`` the first of them.
    Coordinates of boxes and polygons start at the corner of the first pixel,
    those of keypoints in its centre.

    Args:
        path (str): The JSON file.

    Raises:
        InputError: If the file is invalid, names an image that is not there,
            or states another size than that of the image; the message has the
            number of the annotation, from 0.
    """
    data = read_json(path, 'labels')
    content = {'categories': [], **data} if isinstance(data, dict) else {}
    for key in ('images', 'annotations', 'categories'):
        if not _dicts(content.get(key)):
            raise InputError(f'{path}: expected a dict with a list {key!r} of '
                             'dicts')
    names = {}
    for number, image in enumerate(content['images']):
        where = f'{path}, image {number}'
        if 'id' not in image or not isinstance(image.get('file_name'), str):
            raise InputError(
                f'{where}: expected id and file_name, got {image!r}')
        if str(image['id']) in names:
            raise InputError(f'{where}: expected an id of its own, got '
                             f'{image["id"]!r} once more')
        names[str(image['id'])] = images.find(image['file_name'], where)
        images.check_size(names[str(image['id'])], image.get('width'),
                          image.get('height'), where)
    words = {str(each.get('id')): str(each.get('name'))
             for each in content['categories']}
    found: dict[str, list[Label]] = {name: [] for name in names.values()}
    for number, annotation in enumerate(content['annotations']):
        where = f'{path}, annotation {number}'
        image = str(annotation.get('image_id'))
        if image not in names:
            raise InputError(f'{where}: expected an image_id of the list '
                             f"'images', got {annotation.get('image_id')!r}")
        key = str(annotation.get('category_id', ''))
        found[names[image]].append(Label(
            where, words.get(key, key),
            _shape(annotation, images.size(names[image]), where)))
    return found


def _dicts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) for each in value)


def _shape(annotation: Mapping[str, Any], size: tuple[int, int],
           where: str) -> Shape:
    segmentation = annotation.get('segmentation')
    if isinstance(segmentation, dict):
        return Region(decode_runs(segmentation, size, where))
    if segmentation:
        return _polygon(segmentation, where)
    for key, length in (('bbox', 4), ('keypoints', 2)):
        values = annotation.get(key)
        if not values:
            continue
        if not isinstance(values, list) or len(values) < length:
            raise InputError(
                f'{where}: {key}: expected {length} numbers, got {values!r}')
        if key == 'keypoints' and values[2:3] == [0]:
            continue  # not labelled, at (0, 0)
        x, y, *rest = (
            finite_number(value, f'{where}: {key}', text=False)
            for value in values[:length])
        if key == 'keypoints':
            return Point(y + 0.5, x + 0.5)
        if min(rest) < 0:
            raise InputError(f'{where}: bbox: expected a width and height of '
                             f'0 or more, got {rest[0]:g} and {rest[1]:g}')
        return Box.of_corner(x, y, *rest)
    raise InputError(f'{where}: expected a segmentation, bbox or keypoints')


def _polygon(outlines: Any, where: str) -> Polygon:
    checked = []
    for outline in outlines if isinstance(outlines, list) else [outlines]:
        if not isinstance(outline, list) or len(outline) < 6 or len(
                outline) % 2:
            raise InputError(f'{where}: segmentation: expected lists of x and '
                             f'y of three or more points, got {outline!r}')
        checked.append([
            finite_number(value, f'{where}: segmentation', text=False)
            for value in outline])
    return Polygon.of_xy(checked)


def decode_runs(segmentation: Mapping[str, Any], size: tuple[int, int],
                where: str = 'segmentation') -> np.ndarray:
    """Return the pixels of COCO's uncompressed run lengths.

    Args:
        segmentation (Mapping[str, Any]): ``size``, height and width, and
            ``counts``, the lengths of runs of background and target in turn,
            down one column after another.
        size (tuple[int, int]): Height and width of the image in pixels.
        where (str): File and place, for errors.

    Returns:
        np.ndarray: Bool of shape (H, W).

    Raises:
        InputError: If the runs are compressed, or do not fill the image.

    Examples:
        >>> runs = dict(size=[2, 2], counts=[1, 2, 1])
        >>> decode_runs(runs, (2, 2)).astype(int).tolist()
        [[0, 1], [1, 0]]
    """
    counts = segmentation.get('counts')
    if isinstance(counts, str):
        raise InputError(
            f'{where}: expected counts as a list of run lengths, got '
            'compressed ones; pycocotools.mask.decode reads these')
    if (segmentation.get('size') != list(size) or not isinstance(counts, list)
            or not all(type(count) is int and count >= 0 for count in counts)
            or sum(counts) != size[0] * size[1]):
        raise InputError(f'{where}: expected size {list(size)} and counts '
                         'that fill it, got size '
                         f'{segmentation.get("size")!r}')
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return values.reshape(size, order='F')


def encode_runs(mask: np.ndarray) -> dict[str, list[int]]:
    """Return the run lengths of a mask, see :func:`decode_runs`.

    Examples:
        >>> encode_runs(np.array([[0, 1], [1, 0]]))
        {'size': [2, 2], 'counts': [1, 2, 1]}
    """
    values = np.concatenate([[False], (mask != 0).ravel(order='F')])
    starts = np.flatnonzero(values[1:] != values[:-1])
    counts = np.diff([0, *starts, mask.size])
    return dict(size=list(mask.shape), counts=counts.tolist())


def coco_dict(images: Iterable[tuple[str, np.ndarray, np.ndarray]]
              ) -> dict[str, Any]:
    """Return the content of a COCO file.

    Args:
        images (Iterable[tuple]): File name of each image, the boxes of its
            targets, (T, 4), see :func:`component_boxes`, and their numbers
            in the image, 0 outside, (H, W).

    Returns:
        dict[str, Any]: ``images``, ``annotations`` and ``categories``, ready
        for JSON. Annotations have boxes and uncompressed run lengths.
    """
    content: dict[str, list] = dict(
        images=[], annotations=[], categories=[dict(id=1, name=CATEGORY)])
    for number, (name, boxes, labels) in enumerate(images, 1):
        height, width = labels.shape
        content['images'].append(dict(
            id=number, file_name=name, width=width, height=height))
        for target, box in enumerate(boxes.astype(int).tolist(), 1):
            top, left, bottom, right = box
            pixels = labels == target
            content['annotations'].append(dict(
                id=len(content['annotations']) + 1, image_id=number,
                category_id=1, iscrowd=0, area=int(pixels.sum()),
                bbox=[left, top, right - left, bottom - top],
                segmentation=encode_runs(pixels)))
    return content
