import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.datasets import SIRSTDataset
from projects.dstransnet.imaging.components import connected_components

TRAIN, TEST = 'idx_427/trainval.txt', 'idx_427/test.txt'
ODD = 'Misc_111'
"""The one image, of the test split, whose mask has another size."""
LOADING = [dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask')]


def build(root: Path, ann_file: str, **kwargs) -> SIRSTDataset:
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', '.* masks are resized')
        return SIRSTDataset(
            ann_file, data_root=str(root), serialize_data=False, **kwargs)


def names(dataset: SIRSTDataset) -> list[str]:
    return [Path(dataset.get_data_info(index)['img_path']).stem
            for index in range(len(dataset))]


def test_splits_are_those_of_the_release(sirst):
    train, test = (names(build(sirst, split)) for split in (TRAIN, TEST))
    assert (len(train), len(test)) == (341, 86)
    everything = {path.stem for path in (sirst / 'images').glob('*.png')}
    assert len(everything) == 427
    assert not set(train) & set(test)
    assert set(train) | set(test) == everything
    assert test == (sirst / TEST).read_text().split()


@pytest.mark.parametrize('split, count', [(TRAIN, 424), (TEST, 109)])
def test_targets_of_a_split(sirst, split, count):
    """Every mask loads as labels 0 and 1 with the known number of targets."""
    targets = 0
    for sample in build(sirst, split, pipeline=LOADING):
        labels = sample['gt_seg_map']
        assert labels.shape == sample['img'].shape[:2]
        assert set(np.unique(labels)) == {0, 1}
        targets += len(connected_components(labels))
    assert targets == count


def test_the_mask_of_another_size_is_loaded_in_its_images_size(sirst):
    dataset = build(sirst, TEST, pipeline=LOADING)
    sample = dataset[names(dataset).index(ODD)]
    with Image.open(sirst / 'masks' / f'{ODD}_pixels0.png') as mask:
        expected = mask.convert('L').resize((325, 220),
                                            Image.Resampling.NEAREST)
    assert np.array_equal(sample['gt_seg_map'], np.array(expected) == 255)
