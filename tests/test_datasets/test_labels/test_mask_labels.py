import json

import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.datasets.labels import (
    LABEL_WRITERS,
    mask_targets,
    read_labels,
    write_masks,
)
from projects.dstransnet.imaging import (
    read_mask,
)
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def masks(tmp_path, images) -> str:
    """Masks of two targets, of a ring, and of nothing."""
    for name, number in zip(images.names, range(3)):
        mask = np.zeros((30, 40), np.uint8)
        if number < 2:
            mask[10:13, 20:24] = 255
        if number == 1:
            mask[11, 21:23] = 0
        elif number == 0:
            mask[0, 0] = mask[1, 1] = 255
        path = tmp_path / f'masks/{name}_gt.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(path)
    return str(tmp_path / 'masks')


def test_coco(tmp_path, images, masks):
    targets = mask_targets(images, masks, '_gt')
    assert LABEL_WRITERS['coco'](images, targets, str(tmp_path / 'out')) == 3
    path = tmp_path / 'out/annotations.json'
    content = json.loads(path.read_text())
    assert [image['file_name'] for image in content['images']] == [
        'a.png', 'c.png', 'night/b.png']
    corner, target, ring = content['annotations']
    assert (corner['bbox'], corner['area']) == ([0, 0, 2, 2], 2)
    assert (target['bbox'], target['area']) == ([20, 10, 4, 3], 12)
    assert (ring['bbox'], ring['area']) == ([20, 10, 4, 3], 10)
    labels = read_labels('coco', str(path), images)
    write_masks(images, labels, str(tmp_path / 'again'), None)
    for name in images.names:
        assert np.array_equal(read_mask(f'{masks}/{name}_gt.png'),
                              read_mask(str(tmp_path / f'again/{name}.png')))


def test_yolo(tmp_path, images, masks):
    targets = mask_targets(images, masks, '_gt')
    assert LABEL_WRITERS['yolo'](images, targets, str(tmp_path / 'out')) == 3
    assert (tmp_path / 'out/labels/a.txt').read_text() == (
        '0 0.025 0.033333333 0.05 0.066666667\n0 0.55 0.38333333 0.1 0.1\n')
    assert (tmp_path / 'out/labels/night/b.txt').read_text() == ''
    labels = read_labels('yolo', str(tmp_path / 'out/labels'), images)
    write_masks(images, labels, str(tmp_path / 'again'), None)
    mask = read_mask(str(tmp_path / 'again/a.png')) > 0
    assert mask.sum() == 4 + 12 and mask[10:13, 20:24].all()


def test_missing_and_unequal_masks(tmp_path, images, masks):
    with pytest.raises(InputError, match='a.png: has no mask .*a.png'):
        next(mask_targets(images, masks))
    Image.fromarray(np.eye(15, 20, dtype=np.uint8)).save(f'{masks}/a_gt.png')
    with pytest.warns(match=r'1 masks are resized .* size: .*a_gt.png'):
        (_, found), *_ = mask_targets(images, masks, '_gt')
    assert np.array_equal(
        found.labels > 0, np.eye(15, 20).repeat(2, 0).repeat(2, 1) > 0)
