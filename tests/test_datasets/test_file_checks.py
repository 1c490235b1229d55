import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from mmseg.datasets.transforms import LoadAnnotations
from PIL import Image

from projects.dstransnet.datasets.file_checks import (
    check_samples,
    is_broken_pair,
)
from projects.dstransnet.datasets.transforms import (
    LoadInfraredImage,
    LoadIRSTDMask,
)
from projects.dstransnet.utils.errors import InputError


def pair(root, name: str, mask: np.ndarray, **keys) -> dict:
    sample = dict(img_path=str(root / f'{name}.png'),
                  seg_map_path=str(root / f'{name}_mask.png'), **keys)
    Image.fromarray(np.zeros((9, 12), np.uint8)).save(sample['img_path'])
    Image.fromarray(mask).save(sample['seg_map_path'])
    return sample


TARGET = np.eye(9, 12, dtype=np.uint8)


def test_pairs_that_are_broken(tmp_path):
    assert not is_broken_pair(pair(tmp_path, 'good', TARGET))
    assert is_broken_pair(pair(tmp_path, 'larger', np.eye(10, 12) > 0))
    missing = pair(tmp_path, 'missing', TARGET)
    (tmp_path / 'missing_mask.png').unlink()
    assert is_broken_pair(missing)
    empty = pair(tmp_path, 'empty', TARGET)
    (tmp_path / 'empty.png').write_bytes(b'')
    assert is_broken_pair(empty)


def test_mmsegs_loader_takes_255_for_ignored_pixels(tmp_path):
    steps = [LoadImageFromFile(), LoadAnnotations()]
    samples = [pair(tmp_path, 'none', 0 * TARGET),
               pair(tmp_path, 'a', 255 * TARGET)]
    with pytest.raises(InputError, match=(
            'LoadAnnotations reads .*a_mask.png with 255.*expected '
            'LoadIRSTDMask')):
        check_samples(samples, steps, 'train.txt')
    check_samples(samples, [LoadImageFromFile(), LoadIRSTDMask()], 'x')
    check_samples([pair(tmp_path, 'ones', TARGET)], steps, 'x')
    check_samples([pair(tmp_path, 'bits', TARGET > 0)], steps, 'x')


def test_one_warning_gives_the_number_of_grey_masks(tmp_path):
    grey = TARGET * 255
    grey[0, 1:3] = 64, 150
    samples = [
        pair(tmp_path, name, mask, mask_threshold=254)
        for name, mask in (('a', grey), ('b', 255 * TARGET), ('c', grey))]
    with pytest.warns(UserWarning) as caught:
        check_samples(samples, (), 'x')
    [message] = [str(each.message) for each in caught]
    assert message.startswith('2 of 3 masks have other values than two; '
                              'pixels above 254 are target:')
    assert 'a_mask.png' in message and 'b_mask.png' not in message


def test_images_of_several_pages_need_one(tmp_path):
    path = str(tmp_path / 'a.tif')
    pages = [Image.new('L', (8, 6)) for _ in range(3)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    samples = [dict(img_path=path)]
    with pytest.raises(InputError, match=(
            '1 of 1 images hold several pages: state page of .*a.tif')):
        check_samples(samples, [LoadInfraredImage('none')], 'a list')
    check_samples(samples, [LoadInfraredImage('none', page=2)], 'a list')
