"""Statistics of files, against plain Pillow and NumPy."""
import numpy as np
import pytest
from helpers.image_folder import write_pair
from helpers.slow_reference import flood_fill
from mmengine.config import ConfigDict

from projects.dstransnet.datasets.statistics import (
    UNITS,
    measure,
    measure_split,
    summarize,
)
from projects.dstransnet.imaging.signal_to_clutter import local_scr
from projects.dstransnet.utils.errors import InputError


def test_every_summary_of_a_hand_made_set():
    first = np.full((40, 50), 10, np.uint8)
    first[:, 25:] = 30
    second = np.full((20, 50), 100, np.uint8)
    labels = np.zeros((40, 50), np.uint8)
    labels[5:8, 5:8] = 1
    labels[8, 8] = 1
    labels[30, 40:44] = 1
    summary = summarize(
        [measure(first, labels), measure(second, np.zeros_like(second))])
    assert list(summary) == list(UNITS)
    assert summary.items() >= dict(
        images=2, images_without_target=1, different_sizes=2, width_min=50,
        width_max=50, height_min=20, height_max=40, targets=2,
        targets_per_image=1, targets_per_image_max=2, area_min=4,
        area_median=7, area_max=10, share_below_9_pixels=50,
        share_below_25_pixels=100, image_mean=60, image_std=5).items()
    together = np.concatenate((first.ravel(), second.ravel()))
    assert summary['pooled_mean'] == pytest.approx(together.mean())
    assert summary['pooled_std'] == pytest.approx(together.std())
    assert summary['pooled_std_of_1'] == pytest.approx(together.std() / 255)


def test_contrast_is_that_of_the_whole_image():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 60000, (90, 120), np.uint16)
    labels = np.zeros(image.shape, np.uint8)
    for window in (np.s_[0:2, 0:3], np.s_[40:42, 50:90], np.s_[44:51, 60:61],
                   np.s_[89:, 119:]):
        labels[window] = 1
    record = measure(image, labels)
    expected = {}
    for component in flood_fill(labels):
        mask = np.zeros(image.shape, bool)
        mask[tuple(np.transpose(component))] = True
        expected[len(component)] = local_scr(image.astype(float), mask)
    assert len(expected) == 4
    assert {target.area: target.scr for target in record.targets
            } == pytest.approx(expected)
    summary = summarize([record])
    assert summary['scr_max'] == pytest.approx(max(expected.values()))
    assert summary['scr_undefined'] == 0
    # There is no full scale of which a part could be given.
    assert summary['image_mean'] == pytest.approx(image.mean())
    assert summary['image_mean_of_1'] is None


def test_shifts_of_masks():
    """Three masks in place, left and below, one too near to the border."""
    image = np.zeros((40, 40), np.uint8)
    labels = np.zeros_like(image)
    for row, down, right in ((4, 0, 0), (14, 0, -1), (24, 2, 0), (36, 0, 0)):
        image[row:row + 3, 10:13] = [[1, 2, 1], [2, 9, 2], [1, 2, 1]]
        labels[row + down:row + down + 3, 10 + right:13 + right] = 1
    record = measure(image, labels)
    assert [(target.row_shift, target.column_shift)
            for target in record.targets[:3]] == [(0, 0), (0, 1), (-2, 0)]
    assert np.isnan(record.targets[3].row_shift)
    summary = summarize([record])
    assert summary['mask_in_place'] == pytest.approx(100 / 3)
    assert summary['mask_left_or_up'] == pytest.approx(100 / 3)
    assert summary['mask_right_or_down'] == pytest.approx(100 / 3)


def test_no_shift_is_known_at_the_border():
    image = np.ones((3, 3), np.uint8)
    assert summarize([measure(image, image)])['mask_in_place'] is None


def test_contrast_that_is_not_defined():
    flat = np.full((60, 60), 7, np.uint8)
    labels = np.zeros_like(flat)
    labels[30, 30] = 1
    flat[30, 30] = 90
    nowhere = np.ones_like(flat)
    summary = summarize([measure(flat, labels), measure(flat, nowhere)])
    assert summary['scr_undefined'] == 2
    assert summary['scr_median'] is None
    assert summary['area_max'] == 3600


def test_no_targets_and_no_images():
    image = np.zeros((8, 8), np.uint8)
    summary = summarize([measure(image, image)])
    assert summary['targets'] == 0
    assert summary['area_median'] is None
    assert summary['mask_in_place'] is None
    assert summary['mask_left_or_up'] is None
    with pytest.raises(InputError, match='at least one image'):
        summarize([])


def test_files_of_sixteen_bits_and_of_joined_sets(tmp_path):
    rng = np.random.default_rng(1)
    images = rng.integers(11000, 13000, (3, 30, 40), np.uint16)
    for folder, members in (('one', images[:2]), ('two', images[2:])):
        for number, image in enumerate(members):
            mask = np.zeros(image.shape, np.uint8)
            mask[10, 10:12] = 90 + number
            write_pair(tmp_path / folder, str(number), image, mask)
    pipeline = [dict(type='LoadInfraredImage', mapping='minmax'),
                dict(type='LoadIRSTDMask', threshold=50),
                dict(type='RandomCrop', crop_size=(4, 4))]
    parts = [
        dict(type='IRSTDDataset', data_root=str(tmp_path / folder),
             data_prefix=dict(img_path='images', seg_map_path='masks'),
             pipeline=pipeline) for folder in ('one', 'two')
    ]
    records = list(measure_split(
        ConfigDict(type='ConcatDataset', datasets=parts)))
    assert [record.mean for record in records] == pytest.approx(
        images.mean(axis=(1, 2)))
    assert [record.dtype for record in records] == ['uint16'] * 3
    assert [[target.area for target in record.targets]
            for record in records] == [[2]] * 3


def test_sirst(sirst):
    """The known figures."""
    splits = {split: list(measure_split(ConfigDict(
        type='SIRSTDataset', data_root=str(sirst), split=split,
        check_files=False))) for split in ('train', 'test')}
    train, test = summarize(splits['train']), summarize(splits['test'])
    both = summarize(splits['train'] + splits['test'])
    assert (train['targets'], test['targets'], both['targets']) == (
        424, 109, 533)
    assert both['images'] == 427
    assert round(train['image_mean_of_1'], 3) == 0.442
    assert round(train['image_std_of_1'], 3) == 0.111
    assert round(train['pooled_std_of_1'], 3) == 0.224
