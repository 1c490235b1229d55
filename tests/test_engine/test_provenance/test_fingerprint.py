"""Digests of data sets."""
import shutil

import cv2
import numpy as np
import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset

from projects.dstransnet.datasets import SIRSTDataset, SyntheticIRSTDDataset
from projects.dstransnet.engine.provenance import Fingerprint, fingerprints

NAMES = ['Misc_1', 'a name', 'Misc_3']


def write_data(root):
    (root / 'idx_427').mkdir(parents=True)
    (root / 'idx_427/test.txt').write_text('\n'.join(NAMES))
    for folder, end in (('images', ''), ('masks', '_pixels0')):
        (root / folder).mkdir()
        for number, name in enumerate(NAMES):
            pixels = np.full((8, 8), number if end == '' else 255, np.uint8)
            cv2.imwrite(str(root / folder / f'{name}{end}.png'), pixels)
    return root


def build(root, **settings):
    return SIRSTDataset(
        data_root=str(root), split='test', layout='release', test_mode=True,
        pipeline=[], serialize_data=False, **settings)


@pytest.fixture
def data(tmp_path):
    return write_data(tmp_path / 'SIRST')


def one(dataset, **settings) -> Fingerprint:
    (found, ) = fingerprints(dataset, **settings)
    return found


def test_names_sizes_and_digests(data):
    found = one(build(data))
    assert (found.type, found.source) == ('SIRSTDataset', 'idx_427/test.txt')
    assert found.samples == 3
    paths = [*(data / 'images').iterdir(), *(data / 'masks').iterdir()]
    assert found.size == sum(path.stat().st_size for path in paths)
    assert list(found.files()) == NAMES
    images, masks = zip(*found.files().values())
    assert len(set(images)) == 3  # of equal size, and of other contents
    assert len(set(masks)) == 1
    size = (data / 'images' / 'Misc_1.png').stat().st_size
    assert images[0].startswith(f'{size} ')
    assert Fingerprint.from_dict(found.to_dict()) == found


def test_the_place_of_the_files_does_not_matter(data, tmp_path):
    before = one(build(data))
    moved = shutil.move(data, tmp_path / 'somewhere else')
    assert one(build(moved)) == before
    # Given otherwise, too: as settings that name the split file.
    named = SIRSTDataset(
        data_root=str(moved), ann_file='idx_427/test.txt', pipeline=[],
        data_prefix=dict(img_path='images', seg_map_path='masks'),
        seg_map_suffix='_pixels0.png')
    assert one(named) == before


@pytest.mark.parametrize('path', [
    'images/Misc_3.png', 'masks/Misc_3_pixels0.png'])
def test_one_pixel_changes_it(data, path):
    before = one(build(data))
    pixels = cv2.imread(str(data / path), cv2.IMREAD_UNCHANGED)
    pixels[0, 0] ^= 255
    cv2.imwrite(str(data / path), pixels)
    assert one(build(data)).digest != before.digest


def test_sizes_alone_on_request(data):
    found = one(build(data), contents=False)
    assert not found.contents and one(build(data)).contents
    assert found.size == one(build(data)).size
    (data / 'images/Misc_1.png').write_bytes(
        (data / 'images/Misc_1.png').read_bytes()[:-4] + b'0000')
    assert one(build(data, check_files=False), contents=False) == found


def test_masks_need_not_be_there(data):
    dataset = build(data)
    dataset.get_data_info = lambda number: dict(
        img_path=str(data / 'images' / f'{NAMES[number]}.png'))
    assert [mask for _, mask in one(dataset).files().values()] == ['0 -'] * 3


def test_joined_and_repeated_data_sets(data):
    dataset, scenes = build(data), SyntheticIRSTDDataset(2, pipeline=[])
    joined = ConcatDataset([dataset, scenes])
    assert fingerprints(joined) == [one(dataset), one(scenes)]
    assert one(RepeatDataset(dataset, 3)) == one(dataset)


def test_generated_scenes_are_told_by_their_settings():
    settings = dict(seed=3, scene=dict(size=128), pipeline=[])
    found = one(SyntheticIRSTDDataset(12, **settings))
    assert found.listing == 'synthetic://seed=3,size=128/images 0-11'
    assert found.source == 'synthetic://seed=3,size=128/images'
    assert found.generated and found.contents
    assert (found.samples, found.size) == (12, 0)
    assert list(found.files()) == [f'{number:06d}' for number in range(12)]
    part = SyntheticIRSTDDataset(12, indices=[2, 3, 7], **settings)
    assert one(part).listing.endswith(' 2-3,7-7')


def test_data_sets_without_image_files_have_none():
    assert fingerprints([1, 2, 3]) == []
