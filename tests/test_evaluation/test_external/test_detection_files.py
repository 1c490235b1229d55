import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.dstransnet.evaluation.external import read_detections
from projects.dstransnet.utils.errors import InputError

NAMES = ['000001', 'sub/000002', 'other/000003', 'sub/000003']


@pytest.fixture
def file(tmp_path):
    """Write a file, as JSON unless it is text; return its path."""

    def write(content, name='found.json'):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else
                            json.dumps(content))
        return path

    return write


def entry(**changes):
    """Return an entry of COCO results; None takes a key out."""
    result = dict(image_id='000001', score=.5, bbox=[10, 20, 3, 3]) | changes
    return {key: value for key, value in result.items() if value is not None}


def only(found, name='000001'):
    """Return the detections of the one image that has any."""
    assert list(found) == NAMES
    assert [key for key in found if len(found[key])] == [name]
    return found[name]


# COCO's JSON.


def test_coco_boxes(file):
    path = file([entry(), entry(image_id='sub/000002', score=-3, bbox=[0, 1.5,
                                                                     2, 4])])
    found = read_detections(path, NAMES)
    assert list(found) == NAMES
    assert [len(found[name]) for name in NAMES] == [1, 1, 0, 0]
    assert found['000001'].boxes.tolist() == [[20, 10, 23, 13]]
    # Columns 10 .. 12 and rows 20 .. 22, so that the middle ones are 11, 21.
    assert found['000001'].points.tolist() == [[20 + 1.5 - .5, 10 + 1.5 - .5]]
    assert found['sub/000002'].boxes.tolist() == [[1.5, 0, 5.5, 2]]
    assert found['sub/000002'].scores.tolist() == [-3]
    assert found['sub/000003'].boxes.shape == (0, 4)


@pytest.mark.parametrize('position', [
    dict(point=[11, 21]),
    dict(keypoints=[11, 21, 2, 50, 60, 1]),
    dict(point=[11, 21], keypoints=[0, 0, 0]),
])
def test_coco_points(file, position):
    found = read_detections(file([entry(bbox=None, **position)]), NAMES)
    assert only(found).points.tolist() == [[21, 11]]
    assert all(detections.boxes is None for detections in found.values())


def test_no_detections_are_boxes(file):
    for path, category in ((file([]), None), (file([]), 1),
                           (file(dict(annotations=[]), 'dict.json'), None)):
        found = read_detections(path, NAMES, category)
        assert list(found) == NAMES
        assert all(len(detections) == 0 and detections.boxes is not None
                   for detections in found.values())


@pytest.mark.parametrize('image, name', [
    ('000001', '000001'),
    ('000001.png', '000001'),
    ('sub/000002.png', 'sub/000002'),
    ('sub\\000002.png', 'sub/000002'),
    ('000002', 'sub/000002'),
])
def test_names_of_images(file, image, name):
    only(read_detections(file([entry(image_id=image)]), NAMES), name)
    table = f'image,score,x,y\n{image},1,2,3\n'
    only(read_detections(file(table, 'found.csv'), NAMES), name)


def test_names_with_points(file):
    path = file([entry(image_id=image) for image in
                 ('frame.001', 'frame.001.png', 'a.b', 'a.b.png', 'a')])
    found = read_detections(path, ['frame.001', 'a.b', 'a', 'frame'])
    assert [len(found[name]) for name in found] == [2, 2, 1, 0]
    # A number is no suffix.
    with pytest.raises(InputError, match="got 'frame.002'"):
        read_detections(file([entry(image_id='frame.002')]), ['frame'])


LIST = [dict(id=7, file_name='sub/000002.png'), dict(id=8, file_name='x.png'),
        dict(id='000001', file_name='000003.png')]


def test_numbers_of_images_in_the_file(file):
    path = file(dict(images=LIST, annotations=[entry(image_id=7)]))
    only(read_detections(path, NAMES), 'sub/000002')


def test_numbers_of_images_in_another_file(file):
    images = file(dict(images=LIST, annotations='any'), 'truth.json')
    for path in (file([entry(image_id=7)]),
                 file('image_id,score,x,y\n7,1,2,3', 'found.csv')):
        only(read_detections(path, NAMES, images=images), 'sub/000002')


def test_an_image_id_is_an_id_first_and_a_name_second(file):
    images = file(dict(images=LIST), 'truth.json')
    names = ['000001', '000003', '000007']
    path = file([entry(), entry(image_id='000007')])
    found = read_detections(path, names, images=images)
    assert [len(found[name]) for name in names] == [0, 1, 1]
    # A column of names is not one of ids.
    path = file('image,score,x,y\n000001,1,2,3', 'found.csv')
    found = read_detections(path, names, images=images)
    assert [len(found[name]) for name in names] == [1, 0, 0]


def test_a_category_of_several(file):
    entries = [entry(category_id=1, score=.1), entry(category_id=2, score=.2)]
    table = ('image,category,score,x,y\n000001, 1 ,.1,0,0\n000001,2,.2,0,0')
    for path in (file(entries), file(table, 'found.csv')):
        for category in (2, '2'):
            found = only(read_detections(path, NAMES, category))
            assert found.scores.tolist() == [.2]
        with pytest.raises(InputError, match=(
                'expected one category, or which to keep as the argument '
                'category, got 1, 2')):
            read_detections(path, NAMES)
        with pytest.raises(InputError, match=(
                'expected detections of category 3, got 1, 2 only')):
            read_detections(path, NAMES, category=3)


# CSV.


@pytest.mark.parametrize('table', [
    'image,score,x,y,w,h\n000001,.5,10,20,3,3\n',
    'Image, SCORE ,X1,Y1,X2,Y2\r\n000001,.5,10,20,13,23\r\n',
    'h,w,extra,y,x,score,file\n3,3,"a,b",20,10,.5,000001',
    '\ufeffname,score,x,y,w,h\n\n000001,5e-1, 10,20 ,3,3\n\n',
    'image,name,score,x,y,w,h\n000001,target,.5,10,20,3,3\n',
    'image_id,score,x,y,w,h\n000001,.5,10,20,3,3\n',
])
def test_csv_boxes(file, table):
    found = only(
        read_detections(file(table.encode(), 'found.CSV'), NAMES))
    assert found.boxes.tolist() == [[20, 10, 23, 13]]
    assert found.points.tolist() == [[21, 11]]
    assert found.scores.tolist() == [.5]


@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.floats(-1e6, 1e6),
                  *[st.floats(-1e3, 1e3)] * 2, *[st.floats(0, 1e3)] * 2)))
def test_formats_agree(tmp_path_factory, found):
    folder = tmp_path_factory.mktemp('found')
    (folder / 'found.json').write_text(json.dumps([
        dict(image_id=name, score=score, bbox=box)
        for name, score, *box in found]))
    (folder / 'found.csv').write_text('\n'.join(
        ['image,score,x,y,w,h', *(','.join(map(str, row)) for row in found)]))
    first, second = (read_detections(folder / f'found.{suffix}', NAMES)
                     for suffix in ('json', 'csv'))
    for name in NAMES:
        expected = [row[1:] for row in found if row[0] == name]
        assert first[name].scores.tolist() == [row[0] for row in expected]
        np.testing.assert_array_equal(
            first[name].boxes, np.reshape(
                [(y, x, y + h, x + w) for _, x, y, w, h in expected], (-1, 4)))
        for field in ('points', 'boxes', 'scores'):
            np.testing.assert_array_equal(getattr(first[name], field),
                                          getattr(second[name], field))


# What is refused, each with the file, the place and what came.

JSON_ERRORS = [
    ('', 'found.json: expected detections, got an empty file'),
    ('[{', r'found.json: not valid JSON \(Expecting'),
    ('[' * 100000, r'found.json: not valid JSON \('),
    (b'\xff\xfe\x00', r"found.json: not a readable file \('utf-8'"),
    ([entry(), 5], 'found.json, entry 1: expected a dict, got int'),
    ([entry(image_id=None)],
     'entry 0: image_id: expected a name or an integer, got None'),
    ([entry(), entry(score=None)],
     'found.json, entry 1: score: expected a finite number, got None'),
    ([entry(score=10**400)], 'entry 0: score: expected .* number, got 1000'),
    ([entry(bbox=None)], 'found.json, entry 0: expected one of bbox, point, '
     'keypoints, got image_id, score'),
    ([entry(bbox=[1, 2, 3])],
     r'entry 0: bbox: expected 4 numbers, got \[1, 2, 3\]'),
    ([entry(bbox=[1, 2, -3, 4])], 'found.json, entry 0: bbox: expected a '
     'width and height of 0 or more, got -3 and 4'),
    ([entry(bbox=[1e308, 2, 1e308, 4])], 'bbox: expected finite edges'),
    ([entry(), entry(bbox=None, point=[1, 2])],
     'found.json, entry 1: expected a box, as in the first, got a point'),
    ([entry(), entry(image_id='000009.png')],
     r'entry 1: expected one of the 4 images \(000001, sub/000002, '
     r"other/000003, \.\.\.\), got '000009.png'"),
    ([entry(image_id='000003.png')],
     "entry 0: expected the path of one image, got '000003.png', which may be "
     'other/000003 or sub/000003'),
    ([entry(image_id=1)], 'entry 0: image_id: expected a file name, or an '
     'integer in a list of images, got 1, which is without a list'),
    ({'images': LIST, 'annotations': [entry(image_id=9)]},
     'got 9, which is not in the list'),
    ({'images': 3, 'annotations': []},
     "found.json: expected a dict with a list 'images'"),
    ({'images': LIST[:1] * 2, 'annotations': []},
     'found.json, image 1: expected each id once, got 7 again'),
]


@pytest.mark.parametrize('content, message', JSON_ERRORS)
def test_json_that_is_refused(file, content, message):
    with pytest.raises(InputError, match=message) as error:
        read_detections(file(content), NAMES)
    assert 'found.json' in str(error.value)


ROW = 'image,score,x,y\n000001,1,2,3\n'
BOX = 'image,score,x,y,w,h\n'
CSV_ERRORS = [
    ('', 'found.csv: expected detections, got an empty file'),
    ('a,score,x,y\n', 'found.csv: expected a column image, name, file or '
     'image_id, got a, score, x, y'),
    ('image,x,y\n', 'found.csv: expected the columns score, got image, x, y'),
    ('image,score,x,y,x1,y1,x2,y2\n', 'expected the columns x, y or x, y, w, '
     'h or x1, y1, x2, y2, got'),
    ('image,score,x,y,X\n', 'expected each column once, got x more than once'),
    (ROW + '000001,1,2\n',
     'found.csv, line 3: expected 4 fields, as in the header, got 3'),
    (ROW + '\n000001,,2,3\n',
     "found.csv, line 4: score: expected a finite number, got ''"),
    (BOX + '000001,1,2,3,-1,4\n', 'found.csv, line 2: box: expected a width '
     'and height of 0 or more, got -1 and 4'),
    ('image,score,x1,y1,x2,y2\n000001,1,5,6,4,7\n', 'found.csv, line 2: '
     'expected x1 <= x2 and y1 <= y2, got 5, 6, 4, 7'),
    (ROW + '000009,1,2,3\n', "line 3: expected one of the 4 .* got '000009'"),
    (ROW + '"000001,1,2,3\n', 'found.csv, line 3: not valid CSV'),
]


@pytest.mark.parametrize('content, message', CSV_ERRORS)
def test_csv_that_is_refused(file, content, message):
    with pytest.raises(InputError, match=message) as error:
        read_detections(file(content, 'found.csv'), NAMES)
    assert 'found.csv' in str(error.value)


def test_files_that_are_none(file, tmp_path):
    with pytest.raises(InputError, match='absent.json: no such file'):
        read_detections(tmp_path / 'absent.json', NAMES)
    with pytest.raises(InputError, match='truth.json: no such file'):
        read_detections(file([]), NAMES, images=tmp_path / 'truth.json')
    with pytest.raises(InputError, match="expected a dict with a list 'image"):
        read_detections(file([]), NAMES, images=file([], 'truth.json'))
    with pytest.raises(InputError, match='found.txt: expected a file .json'):
        read_detections(file('', 'found.txt'), NAMES)
    (tmp_path / 'folder.csv').mkdir()
    with pytest.raises(InputError, match='folder.csv: not a readable file'):
        read_detections(tmp_path / 'folder.csv', NAMES)


def test_names_are_distinct(file):
    with pytest.raises(InputError, match=(
            "names: expected each image once, got './a' again")):
        read_detections(file([]), ['a', './a'])


def test_other_images_are_ignored_where_allowed(tmp_path):
    path = tmp_path / 'found.csv'
    path.write_text('image,score,x,y\na,0.9,1,2\nother,0.8,3,4\n')
    with pytest.raises(InputError, match="got 'other'; --allow-extra"):
        read_detections(path, ['a', 'b'])
    with pytest.warns(UserWarning, match='1 of 2 detections are in other'):
        found = read_detections(path, ['a', 'b'], allow_extra=True)
    assert {name: len(one) for name, one in found.items()} == dict(a=1, b=0)
    with pytest.raises(InputError, match='all 2 detections are in other'):
        read_detections(path, ['c'], allow_extra=True)
