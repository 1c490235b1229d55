import json
import re

import pytest

from projects.dstransnet.datasets.labels.label_files import (
    read_folder,
    read_labelme,
    read_points,
    read_voc,
    read_yolo,
)
from projects.dstransnet.datasets.labels.shapes import Box, Point, Polygon
from projects.dstransnet.utils.errors import InputError

VOC = '''<annotation><size><width>40</width><height>30</height></size>
<object><name>plane</name><bndbox><xmin>21</xmin><ymin>11</ymin>
<xmax>24</xmax><ymax>13</ymax></bndbox></object></annotation>'''


def labelme(*shapes: dict, **more) -> str:
    return json.dumps(dict(shapes=shapes, **more))


READERS = dict(voc=read_voc, yolo=read_yolo, labelme=read_labelme)


def read(kind: str, text: str, tmp_path, images) -> list:
    path = tmp_path / 'labels'
    path.write_text(text)
    return READERS[kind](str(path), 'a', images)


@pytest.mark.parametrize(('kind', 'text', 'category', 'shape'), [
    ('voc', VOC, 'plane', Box(10, 20, 13, 24)),
    ('yolo', '\n3 0.55 0.4 0.1 0.2\n', '3', Box(9, 20, 15, 24)),
    ('yolo', '0 0 0 .5 0 .5 .5', '0',
     Polygon((((0, 0), (0, 20), (15, 20)), ))),
    ('labelme', labelme(dict(label='p', shape_type='point',
                             points=[[5, 6.5]])), 'p', Point(6.5, 5)),
    ('labelme', labelme(dict(shape_type='rectangle', points=[[24, 13],
                                                             [20, 10]])),
     '', Box(10, 20, 13, 24)),
    ('labelme', labelme(dict(shape_type='rectangle', points=[
        [20, 10], [24, 10], [24, 13], [20, 13]])), '', Box(10, 20, 13, 24)),
    ('labelme', labelme(dict(label='p', shape_type='polygon',
                             points=[[1, 2], [3, 2], [3, 5]]),
                        imageWidth=40, imageHeight=30), 'p',
     Polygon((((2, 1), (2, 3), (5, 3)), ))),
])
def test_shapes(tmp_path, images, kind, text, category, shape):
    (label, ) = read(kind, text, tmp_path, images)
    assert label.category == category
    if isinstance(shape, Box):
        edges = label.shape.top, label.shape.left, *vars(label.shape).values()
        assert edges[2:] == pytest.approx(tuple(vars(shape).values()))
    else:
        assert label.shape == shape


@pytest.mark.parametrize(('kind', 'text', 'error'), [
    ('voc', '<annotation>\n<object>', 'not valid XML .*line 2'),
    ('voc', VOC.replace('>24<', '>x<'), 'object 1: xmax: expected a finite'),
    ('voc', VOC.replace('>24<', '>2<'), 'object 1: expected xmin <= xmax'),
    ('voc', VOC.replace('>40<', '>50<'), 'states 50 x 30 pixels'),
    ('yolo', '0 .5 .5 .1 .1\n0 .5 .5 .1', 'line 2: expected class x y'),
    ('yolo', '0 .5 .5 .1 a', "line 1: expected a finite number, got 'a'"),
    ('yolo', '0 20 10 4 3', 'line 1: expected fractions of the size'),
    ('labelme', '[]', "expected a dict with a list 'shapes'"),
    ('labelme', labelme(dict(shape_type='circle')), 'shape 0: shape_type'),
    ('labelme', labelme(dict(shape_type='polygon', points=[[1, 2]])),
     r'shape 0: points: expected 3 or more \[x, y\]'),
])
def test_wrong_files(tmp_path, images, kind, text, error):
    with pytest.raises(InputError,
                       match=re.escape(str(tmp_path)) + '/labels.*' + error):
        read(kind, text, tmp_path, images)


def test_folder(tmp_path, images):
    folder = tmp_path / 'labels'
    (folder / 'night').mkdir(parents=True)
    (folder / 'night/b.txt').write_text('0 .5 .5 .1 .1')
    (folder / 'a.txt').write_text('')
    (folder / 'classes.txt').write_text('target')
    found = read_folder(str(folder), '.txt', read_yolo, images)
    assert {name: len(group) for name, group in found.items()} == {
        'a': 0, 'night/b': 1}
    (folder / 'z.txt').write_text('')
    with pytest.raises(InputError, match='of the names of images .* got z'):
        read_folder(str(folder), '.txt', read_yolo, images)
    with pytest.raises(InputError, match='expected files .*xml .* got none'):
        read_folder(str(folder), '.xml', read_voc, images)


def test_points(tmp_path, images):
    path = tmp_path / 'a.csv'
    path.write_text('image,category,x,y\na.png,p,5,6\nnight/b,q,1.5,2\n'
                    'a.png,p,7,8\n')
    found = read_points(str(path), images)
    assert [label.shape for label in found['a']] == [
        Point(6.5, 5.5), Point(8.5, 7.5)]
    assert found['night/b'][0].category == 'q'
    for text, error in (('name,x\n', 'a.csv: expected the columns image, x, '),
                        ('image,x,y\na,1\n', 'line 2: expected 3 fields'),
                        ('image,x,y\na,1,b\n', 'line 2: y: expected a fini'),
                        ('image,x,y\nz,1,2\n', "line 2: .* got 'z'"),
                        ('image,x,y\n"a"b,1,2\n', 'line 2: not valid CSV')):
        path.write_text(text)
        with pytest.raises(InputError, match=error):
            read_points(str(path), images)
