import json

import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.imaging.file_inspection import inspect_image
from projects.dstransnet.imaging.masks import (
    is_two_valued,
    mask_to_labels,
    read_mask,
    resize_labels,
)
from projects.dstransnet.utils.errors import InputError

RED_ON_BLACK = [0, 0, 0, 255, 0, 0]
BLACK_ON_WHITE = [255, 255, 255, 0, 0, 0]


def save(indices: list[int], colours: list[int], path) -> str:
    image = Image.fromarray(np.array([indices], np.uint8), 'P')
    image.putpalette(colours)
    image.save(path)
    return str(path)


@pytest.mark.parametrize('colours', [RED_ON_BLACK, BLACK_ON_WHITE])
@pytest.mark.parametrize('indices', [[0, 1, 0], [0, 0, 0], [1, 1, 1]])
@pytest.mark.parametrize('threshold', [None, 254])
def test_index_1_of_a_palette_is_target(colours, indices, threshold, tmp_path):
    mask = read_mask(save(indices, colours, tmp_path / 'a.png'))
    assert mask_to_labels(mask, threshold).tolist() == [indices]


def test_two_other_indices_count_by_their_colours(tmp_path):
    path = save([2, 3, 2], [9] * 6 + [0, 0, 0, 255, 255, 255],
                tmp_path / 'a.png')
    assert mask_to_labels(read_mask(path)).tolist() == [[0, 1, 0]]
    path = save([2, 3, 2], [9] * 6 + RED_ON_BLACK, tmp_path / 'a.png')
    with pytest.raises(InputError, match='3 different ones'):
        mask_to_labels(read_mask(path))


def test_masks_of_several_pages_are_refused(tmp_path):
    pages = [Image.fromarray(np.eye(4, dtype=np.uint8))] * 2
    path = str(tmp_path / 'a.tif')
    pages[0].save(path, save_all=True, append_images=pages[1:])
    with pytest.raises(InputError, match=f'^{path}: expected a mask of one '
                       'page, got 2$'):
        read_mask(path)


def test_masks_in_npy_files(tmp_path):
    np.save(tmp_path / 'a.npy', np.eye(4, dtype=np.uint8))
    assert read_mask(str(tmp_path / 'a.npy')).tolist() == np.eye(4).tolist()
    np.save(tmp_path / 'a.npy', np.zeros(3))
    with pytest.raises(InputError, match=r'a.npy: expected an NPY file of sh'):
        read_mask(str(tmp_path / 'a.npy'))


def test_more_indices_are_listed(tmp_path):
    path = save([0, 1, 15, 2], [7] * 48, tmp_path / 'a.png')
    with pytest.raises(InputError) as error:
        read_mask(path)
    assert str(error.value) == (
        f'{path}: expected a palette mask of the indices 0 (background) and 1 '
        '(target), got 0, 1, 2, 15')


def test_public_palette_masks(cases):
    counts = json.loads((cases / 'expected.json').read_text())['palette']
    for name, count in counts.items():
        mask = read_mask(str(cases / f'palette/masks/{name}.png'))
        assert mask_to_labels(mask).sum() == count


@pytest.mark.parametrize('values, grey', [
    ([0, 255], False), ([0, 1], False), ([False, True], False), ([0], False),
    ([0, 254], True), ([0, 1, 255], True)])
def test_values_that_need_a_threshold(values, grey):
    mask = np.array([values])
    assert is_two_valued(mask) == (not grey)
    if grey:
        with pytest.raises(InputError, match='or --mask-threshold of a tool'):
            mask_to_labels(mask)


def test_two_values_are_above_any_threshold():
    assert mask_to_labels(np.array([[0, 1]]), 254).tolist() == [[0, 1]]
    assert mask_to_labels(np.array([[0, 1, 254, 255]]), 254).tolist() == [
        [0, 0, 0, 1]]


def test_boolean_masks_in_npy_files(tmp_path):
    np.save(tmp_path / 'a.npy', np.eye(4) > 0)
    mask = read_mask(str(tmp_path / 'a.npy'))
    assert mask_to_labels(mask).tolist() == np.eye(4).tolist()
    assert inspect_image(tmp_path / 'a.npy', mask=True).problem is None
    assert 'got bool' in inspect_image(tmp_path / 'a.npy').problem


def test_labels_in_another_size():
    labels = np.eye(3, dtype=np.uint8)
    assert resize_labels(labels, (3, 3)) is labels
    assert np.array_equal(resize_labels(labels, (6, 9)),
                          labels.repeat(2, 0).repeat(3, 1))
