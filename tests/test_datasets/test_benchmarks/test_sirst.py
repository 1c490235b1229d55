import itertools
import warnings
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS, TRANSFORMS
from PIL import Image

from projects.dstransnet.datasets import SIRSTDataset
from projects.dstransnet.imaging.components import connected_components

CONFIG = Path(__file__).parents[3] / 'configs/_base_/datasets/sirst_256x256.py'
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


def test_layout_of_the_release_is_the_default(tmp_path):
    for folder, name in (('images', 'a.png'), ('masks', 'a_pixels0.png')):
        (tmp_path / folder).mkdir()
        Image.new('L', (8, 6)).save(tmp_path / folder / name)
    (tmp_path / 'idx_427').mkdir()
    (tmp_path / 'idx_427' / 'trainval.txt').write_text('a\n')
    dataset = DATASETS.build(
        dict(type='SIRSTDataset', data_root=str(tmp_path)))
    assert len(dataset) == 1
    assert dataset[0]['img_path'] == str(tmp_path / 'images' / 'a.png')
    assert dataset[0]['seg_map_path'] == str(
        tmp_path / 'masks' / 'a_pixels0.png')


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


def test_one_warning_names_the_mask_of_another_size(sirst):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        SIRSTDataset(TRAIN, data_root=str(sirst))
        assert not caught
        SIRSTDataset(TEST, data_root=str(sirst))
    assert len(caught) == 1
    message = str(caught[0].message)
    assert message.startswith('1 masks are resized (nearest)')
    assert f'{ODD}_pixels0.png: image (325, 220), mask (592, 400)' in message


def test_the_mask_of_another_size_is_loaded_in_its_images_size(sirst):
    dataset = build(sirst, TEST, pipeline=LOADING)
    sample = dataset[names(dataset).index(ODD)]
    with Image.open(sirst / 'masks' / f'{ODD}_pixels0.png') as mask:
        expected = mask.convert('L').resize((325, 220),
                                            Image.Resampling.NEAREST)
    assert np.array_equal(sample['gt_seg_map'], np.array(expected) == 255)


@pytest.mark.parametrize('mode', ['L', 'P', 'RGB'])
def test_images_of_every_mode_equal_pillows(sirst, mode):
    """The config's own loader, on a dozen files of each mode."""
    load = TRANSFORMS.build(Config.fromfile(CONFIG).train_pipeline[0])
    images = (Image.open(path) for path in (sirst / 'images').glob('*.png'))
    for image in itertools.islice(
            (image for image in images if image.mode == mode), 12):
        loaded = load(dict(img_path=image.filename))['img']
        assert loaded.dtype == np.uint8
        assert np.array_equal(loaded[..., ::-1], image.convert('RGB'))


def test_masks_equal_pillows_grey_values(sirst):
    """A pixel is target where the mask, as grey, is 255."""
    load = TRANSFORMS.build(LOADING[1])
    for path in sorted((sirst / 'masks').glob('*.png'))[::7]:
        with Image.open(path) as image:
            expected = np.array(image.convert('L')) == 255
        results = dict(ori_shape=expected.shape, seg_map_path=str(path))
        assert np.array_equal(load(results)['gt_seg_map'], expected)


def test_mean_and_deviation_of_the_configs(sirst):
    """They are averages of per-image values over the training split."""
    values = []
    for name in (sirst / TRAIN).read_text().split():
        with Image.open(sirst / 'images' / f'{name}.png') as image:
            pixels = np.array(image.convert('L')) / 255
        values.append((pixels.mean(), pixels.std()))
    for size in ('256x256', '512x512'):
        config = Config.fromfile(CONFIG.with_name(f'sirst_{size}.py'))
        for key, value in zip(('mean', 'std'), np.mean(values, 0)):
            got = np.divide(config.dataset_preprocessor[key], 255)
            assert got.shape == (3, )
            assert np.allclose(got, value, rtol=0, atol=5e-4), key
