import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.datasets.labels import (
    FORMATS,
    LocalThreshold,
    read_labels,
    write_masks,
)
from projects.dstransnet.datasets.labels.shapes import (
    Box,
    Label,
    Point,
    Polygon,
)
from projects.dstransnet.utils.errors import InputError

BOX = Label('labels, line 1', 'plane', Box(8, 18, 15, 26))


def test_masks_and_counts(tmp_path, images):
    labels = {
        'a': [BOX, Label('line 2', '', Point(11.5, 22.5)),
              Label('line 3', '', Polygon.of_xy([[0, 0, 4, 0, 4, 4]]))],
        'c': [Label('line 4', '', Box(25, 1, 27, 3))],
    }
    report = write_masks(
        images, labels, str(tmp_path / 'masks'), LocalThreshold())
    masks = {name: np.array(Image.open(tmp_path / f'masks/{name}.png'))
             for name in images.names}
    target = np.zeros((30, 40), bool)
    target[10:13, 20:24] = True
    assert np.array_equal(masks['a'][5:] == 255, target[5:])
    assert masks['a'][:5].any() and not masks['night/b'].any()
    assert (masks['c'][25:27, 1:3] == 255).all()
    assert (report.images, report.unlabelled, report.targets) == (3, 1, 3)
    assert report.labels == {
        'box plane': 1, 'point': 1, 'polygon': 1, 'box': 1}
    assert report.unclear == ['line 4']
    assert 'targets in the masks: 3, for 4 labels' in str(report)


def test_whole_boxes(tmp_path, images):
    report = write_masks(images, {'a': [BOX]}, str(tmp_path / 'masks'), None)
    mask = np.array(Image.open(tmp_path / 'masks/a.png'))
    assert (mask == 255).sum() == 7 * 8 and not report.unclear


def test_label_outside_is_named(tmp_path, images):
    label = Label('labels, line 9', '', Box(30, 0, 40, 4))
    with pytest.raises(InputError, match='labels, line 9: expected a box ins'):
        write_masks(images, {'a': [label]}, str(tmp_path), LocalThreshold())


def test_categories(tmp_path, images):
    path = tmp_path / 'a.csv'
    path.write_text('image,category,x,y\na,p,5,6\na,q,7,8\n')
    (label, ) = read_labels('points', str(path), images, ['q'])['a']
    assert label.category == 'q'
    with pytest.raises(InputError, match=r"category r, got \['p', 'q'\]"):
        read_labels('points', str(path), images, ['q', 'r'])
    assert list(FORMATS) == ['coco', 'voc', 'yolo', 'labelme', 'points']
