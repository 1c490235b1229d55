import mmcv
import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.evaluation.external import (
    truth_from_config,
    truth_from_folder,
)
from projects.dstransnet.utils.errors import InputError


def resized(mask: np.ndarray) -> np.ndarray:
    image = Image.fromarray(mask).resize((24, 16), Image.Resampling.NEAREST)
    return np.array(image) // 255


def check(truth: dict, expected: dict) -> None:
    assert list(truth) == list(expected)
    for name, load in truth.items():
        labels = load()
        assert labels.max() == 1
        np.testing.assert_array_equal(labels, expected[name])


@pytest.mark.parametrize('split, names', [
    ('test', 'cde'), ('train', 'ab'), ('more.txt', 'acd')])
def test_masks_of_a_config(config, masks, split, names):
    check(truth_from_config(config, split),
          {name: resized(masks[name]) for name in names})
    check(truth_from_config(config, split, 'file'),
          {name: masks[name] // 255 for name in names})


def test_file_size_in_joined_data_sets(config, masks):
    parts = [config.test_dataloader.dataset, config.train_dataloader.dataset]
    parts[1].pipeline = config.test_pipeline
    config.test_dataloader.dataset = dict(
        type='ConcatDataset', datasets=parts)
    check(truth_from_config(config, size='file'),
          {name: masks[name] // 255 for name in 'cdeab'})
    check(truth_from_config(config),
          {name: resized(masks[name]) for name in 'cdeab'})


def test_data_sets_without_masks(config):
    dataset = config.test_dataloader.dataset
    dataset.data_prefix = dict(img_path='images')
    truth = truth_from_config(config)
    assert list(truth) == list('cde')
    with pytest.raises(InputError, match=r'images/c\.png: has no mask$'):
        truth['c']()


def test_labels_other_than_target_are_refused(config, tmp_path):
    config.test_dataloader.dataset.pipeline = [
        dict(type='LoadImageFromFile'), dict(type='LoadIRSTDMask'),
        dict(type='Pad', size=(40, 40), pad_val=dict(img=0, seg=255)),
        dict(type='PackSegInputs')
    ]
    with pytest.raises(
            InputError, match=r'masks/c_pixels0\.png: expected labels 0 and '
            r'1, got 0, 1, 255$'):
        truth_from_config(config)['c']()


def test_missing_split(config):
    config.val_dataloader = None
    with pytest.raises(InputError, match='has no val_dataloader'):
        truth_from_config(config, 'val')


# Folders


def test_masks_of_a_folder(tmp_path, masks):
    mmcv.imwrite(masks['a'], str(tmp_path / 'b.png'))
    mmcv.imwrite(masks['b'] // 255, str(tmp_path / 'a.png'))
    mmcv.imwrite(masks['c'], str(tmp_path / 'day/a.png'))
    Image.fromarray(masks['d'] > 0).save(tmp_path / 'd.tif')
    np.save(tmp_path / 'e.npy', masks['e'] > 0)
    check(truth_from_folder(str(tmp_path)),
          {'a': masks['b'] // 255, 'b': masks['a'] // 255,
           'd': masks['d'] // 255, 'day/a': masks['c'] // 255,
           'e': masks['e'] // 255})


def test_end_of_the_names(config, tmp_path, masks):
    folder = str(tmp_path / 'SIRST/masks')
    check(truth_from_folder(folder, '_pixels0'),
          {name: mask // 255 for name, mask in masks.items()})
    assert list(truth_from_folder(folder)) == [
        f'{name}_pixels0' for name in masks]
    with pytest.raises(InputError, match=r'masks/a_pixels0\.png: expected a '
                       r"name that ends in '_mask'"):
        truth_from_folder(folder, '_mask')


@pytest.mark.parametrize('suffix', ['png', 'tif', 'bmp', 'npy'])
def test_masks_are_read_as_those_of_datasets(tmp_path, suffix):
    mask = np.zeros((6, 8), np.uint8)
    mask[1, 2:4] = 1
    path = tmp_path / f'a.{suffix}'
    (tmp_path / '._a.png').write_text('of macOS')
    if suffix == 'png':  # the target is white, and the palette begins so
        image = Image.fromarray(1 - mask, 'P')
        image.putpalette([255, 255, 255, 0, 0, 0])
        image.save(path)
        mask = 1 - mask
    elif suffix == 'tif':
        Image.fromarray(255 * mask).save(path, tiffinfo={274: 3})
    elif suffix == 'npy':
        np.save(path, mask > 0)
    else:
        Image.fromarray(255 * mask).save(path)
    check(truth_from_folder(str(tmp_path)), dict(a=mask))


@pytest.mark.parametrize('mask, message', [
    (np.array([[0, 7]], np.uint8), r'a\.png: expected only the values 0 and '
     '255, or 0 and 1, got 0, 7'),
    (None, r'a\.png: not a readable mask'),
])
def test_what_is_no_mask(tmp_path, mask, message):
    if mask is None:
        (tmp_path / 'a.png').write_text('hello')
    else:
        mmcv.imwrite(mask, str(tmp_path / 'a.png'))
    with pytest.raises(InputError, match=message):
        truth_from_folder(str(tmp_path))['a']()
