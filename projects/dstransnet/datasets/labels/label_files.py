"""Label files of one image each: Pascal VOC, YOLO and labelme; point tables.

References:
    M. Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge",
    IJCV 88, 2010; YOLO: https://docs.ultralytics.com/datasets/detect;
    labelme: https://github.com/wkentaro/labelme
"""
from __future__ import annotations

import csv
import io
import os.path as osp
from collections.abc import Callable
from xml.etree import ElementTree

from ...utils.errors import InputError
from ...utils.reading import finite_number, read_json, read_text
from ...utils.text import first_few
from ..sample_files import SampleFiles
from .image_index import ImageIndex
from .shapes import Box, Label, Point, Polygon, Shape


def read_voc(path: str, name: str, images: ImageIndex) -> list[Label]:
    """Read a Pascal VOC file: boxes of first and last pixels, from 1.

    Raises:
        InputError: If the file is invalid; the message has the number of the
            object, from 1.
    """
    text = read_text(path, 'labels')
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise InputError(f'{path}: not valid XML ({error})') from error
    images.check_size(name, root.findtext('size/width'),
                      root.findtext('size/height'), path)
    labels = []
    for number, item in enumerate(root.iter('object'), 1):
        where = f'{path}, object {number}'
        left, top, right, bottom = (
            finite_number(item.findtext(f'bndbox/{edge}'), f'{where}: {edge}')
            for edge in ('xmin', 'ymin', 'xmax', 'ymax'))
        if right < left or bottom < top:
            raise InputError(
                f'{where}: expected xmin <= xmax and ymin <= ymax, got '
                f'{left:g}, {top:g}, {right:g}, {bottom:g}')
        labels.append(Label(where, item.findtext('name', ''),
                            Box(top - 1, left - 1, bottom, right)))
    return labels


def read_yolo(path: str, name: str, images: ImageIndex) -> list[Label]:
    """Read a YOLO file: class and box, or class and polygon, one a line.

    Coordinates are fractions of the image's width and height: x and y of the
    centre, width and height of a box, or x and y of the points of a polygon.

    Raises:
        InputError: If a line is invalid; the message has its number, from 1.
    """
    height, width = images.size(name)
    labels = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        where = f'{path}, line {number}'
        if not line.strip():
            continue
        category, *words = line.split()
        values = [finite_number(word, where) for word in words]
        if len(values) != 4 and (len(values) < 6 or len(values) % 2):
            raise InputError(
                f'{where}: expected class x y width height, or class and x y '
                f'of three or more points, got {line.strip()!r}')
        if not all(0 <= value <= 1 for value in values):
            raise InputError(f'{where}: expected fractions of the size of the '
                             f'image, 0 to 1, got {line.strip()!r}')
        scaled = [value * side
                  for value, side in zip(values, (width, height) * len(values))
                  ]
        shape: Shape = Polygon.of_xy([scaled])
        if len(values) == 4:
            x, y, wide, high = scaled
            shape = Box.of_corner(x - wide / 2, y - high / 2, wide, high)
        labels.append(Label(where, category, shape))
    return labels


_LABELME = dict(point=1, rectangle=2, polygon=3)
"""Numbers of points that shapes of labelme have, at least."""


def read_labelme(path: str, name: str, images: ImageIndex) -> list[Label]:
    """Read a labelme file: points, rectangles and polygons.

    Raises:
        InputError: If the file is invalid; the message has the number of the
            shape, from 0.
    """
    data = read_json(path, 'labels')
    shapes = data.get('shapes') if isinstance(data, dict) else None
    if not isinstance(shapes, list):
        raise InputError(f"{path}: expected a dict with a list 'shapes'")
    images.check_size(name, data.get('imageWidth'), data.get('imageHeight'),
                      path)
    labels = []
    for number, item in enumerate(shapes):
        where = f'{path}, shape {number}'
        kind = item.get('shape_type') if isinstance(item, dict) else None
        if kind not in _LABELME:
            raise InputError(f'{where}: shape_type: expected one of '
                             f'{", ".join(_LABELME)}, got {kind!r}')
        points = item.get('points')
        if (not isinstance(points, list) or len(points) < _LABELME[kind]
                or not all(isinstance(point, list) and len(point) == 2
                           for point in points)):
            raise InputError(f'{where}: points: expected {_LABELME[kind]} or '
                             f'more [x, y], got {points!r}')
        values = [finite_number(value, f'{where}: points', text=False)
                  for point in points for value in point]
        shape: Shape = Polygon.of_xy([values])
        if kind == 'point':
            shape = Point(values[1], values[0])
        elif kind == 'rectangle':
            x, y = values[::2], values[1::2]  # of two or four corners
            shape = Box(min(y), min(x), max(y), max(x))
        labels.append(Label(where, str(item.get('label', '')), shape))
    return labels


FileReader = Callable[[str, str, ImageIndex], list[Label]]


def read_folder(folder: str, suffix: str, read: FileReader,
                images: ImageIndex) -> dict[str, list[Label]]:
    """Read the label file of each image that has one, of the same name.

    Raises:
        InputError: If the folder has no label file, or one without an image.
    """
    files = SampleFiles(folder, suffix=suffix)
    names = files.names()
    # Lists of classes lie beside the labels of YOLO.
    lone = set(names) - set(images.names) - {'classes'}
    if lone or not names:
        raise InputError(f'{folder}: expected files *{suffix} of the names of '
                         f'images in {images.folder}, got '
                         f'{first_few(sorted(lone)) or "none"}')
    return {name: read(files.path(name), name, images)
            for name in images.names if osp.isfile(files.path(name))}


def read_points(path: str, images: ImageIndex) -> dict[str, list[Label]]:
    """Read a table of points, as CSV.

    Args:
        path (str): File with the columns ``image``, ``x`` and ``y`` and
            perhaps ``category``. x and y are pixels from 0, whole numbers in
            the middle of a pixel.

    Raises:
        InputError: If the file is invalid; the message has the number of the
            line, from 1.
    """
    reader = csv.DictReader(
        io.StringIO(read_text(path, 'labels'), newline=''), strict=True)
    found: dict[str, list[Label]] = {}
    try:
        columns = set(reader.fieldnames or ())
        if not {'image', 'x', 'y'} <= columns:
            raise InputError(f'{path}: expected the columns image, x, y, got '
                             f'{", ".join(sorted(columns))}')
        for row in reader:
            where = f'{path}, line {reader.line_num}'
            if None in row or None in row.values():
                raise InputError(f'{where}: expected {len(columns)} fields, '
                                 'as in the header')
            x, y = (finite_number(row[axis], f'{where}: {axis}')
                    for axis in 'xy')
            found.setdefault(images.find(row['image'], where), []).append(
                Label(where, row.get('category', ''),
                      Point(y + 0.5, x + 0.5)))
    except csv.Error as error:
        raise InputError(f'{path}, line {reader.reader.line_num}: not valid '
                         f'CSV ({error})') from error
    return found
