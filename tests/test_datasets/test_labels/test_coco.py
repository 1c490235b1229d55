import copy
import json

import numpy as np
import pytest

from projects.dstransnet.datasets.labels.coco import (
    decode_runs,
    encode_runs,
    read_coco,
)
from projects.dstransnet.datasets.labels.shapes import (
    Box,
    Point,
    Polygon,
    Region,
)
from projects.dstransnet.utils.errors import InputError

CONTENT = dict(
    images=[dict(id=7, file_name='a.png', width=40, height=30),
            dict(id='x', file_name='data/c.png')],
    categories=[dict(id=1, name='plane')],
    annotations=[
        dict(image_id=7, category_id=1, bbox=[20, 10, 4, 3]),
        dict(image_id=7, category_id=2, bbox=[0, 0, 1, 1],
             segmentation=[[1, 2, 3, 2, 3, 5]]),
        dict(image_id='x', category_id=1, keypoints=[5, 6, 2]),
        dict(image_id='x', category_id=1,
             segmentation=dict(size=[30, 40], counts=[31, 2, 1167]))])


def test_all_shapes(tmp_path, images):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(CONTENT))
    found = read_coco(str(path), images)
    assert list(found) == ['a', 'c']
    box, polygon = found['a']
    assert (box.category, box.shape) == ('plane', Box(10, 20, 13, 24))
    assert box.where == f'{path}, annotation 0'
    assert (polygon.category, polygon.shape) == (
        '2', Polygon((((2, 1), (2, 3), (5, 3)), )))
    point, region = found['c']
    assert point.shape == Point(6.5, 5.5)
    assert isinstance(region.shape, Region)
    assert np.argwhere(region.shape.pixels).tolist() == [[1, 1], [2, 1]]


@pytest.mark.parametrize(('change', 'error'), [
    (dict(bbox=[1, 2, 3]), 'annotation 0: bbox: expected 4 numbers'),
    (dict(bbox=[1, 2, -3, 4]), 'annotation 0: bbox: expected a width and'),
    (dict(bbox=[1, 2, 3, 'x']), "bbox: expected a finite number, got 'x'"),
    (dict(bbox=None), 'annotation 0: expected a segmentation, bbox or keyp'),
    (dict(segmentation=[[1, 2]]), 'segmentation: expected lists of x and y'),
    (dict(segmentation=dict(size=[30, 40], counts='a')), 'pycocotools'),
    (dict(segmentation=dict(size=[30, 40], counts=[9])), 'counts that fill'),
    (dict(segmentation=dict(size=[40, 30], counts=[1200])), r'\[30, 40\]'),
    (dict(image_id=3), "annotation 0: expected an image_id .* got 3"),
    (dict(bbox=None, keypoints=[0, 0, 0]), 'expected a segmentation, bbox or'),
])
def test_wrong_annotations(tmp_path, images, change, error):
    content = copy.deepcopy(CONTENT)
    content['annotations'][0].update(change)
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=error):
        read_coco(str(path), images)


@pytest.mark.parametrize(('content', 'error'), [
    ([], "a.json: expected a dict with a list 'images'"),
    (dict(images=[]), "a list 'annotations'"),
    (dict(images=[dict(id=1)], annotations=[]), 'image 0: expected id and'),
    (dict(images=[dict(id=1, file_name='z.png')], annotations=[]),
     "image 0: expected an image .* got 'z.png'"),
    (dict(images=[dict(id=1, file_name='a'), dict(id=1, file_name='data/c')],
          annotations=[]), 'image 1: expected an id of its own, got 1 once'),
    (dict(images=[dict(id=1, file_name='a', width=9, height=9)],
          annotations=[]), 'image 0: states 9 x 9 pixels'),
])
def test_wrong_files(tmp_path, images, content, error):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=error):
        read_coco(str(path), images)


@pytest.mark.parametrize('fill', [0, 0.3, 1])
def test_runs(fill):
    mask = np.random.default_rng(0).random((5, 7)) < fill
    runs = encode_runs(mask)
    assert sum(runs['counts']) == 35
    assert np.array_equal(decode_runs(runs, (5, 7)), mask)
