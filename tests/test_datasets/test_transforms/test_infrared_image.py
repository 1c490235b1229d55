from pathlib import Path

import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmseg.datasets.transforms import LoadImageFromNDArray
from PIL import Image

from projects.dstransnet.datasets import LoadInfraredImage
from projects.dstransnet.imaging.dynamic_range import map_range
from projects.dstransnet.utils.errors import InputError

CONFIGS = Path(__file__).parents[3] / 'configs/_base_'
RNG = np.random.default_rng(0)
COUNTS = RNG.integers(11900, 12100, (40, 60), np.uint16)
MAPPINGS = ['minmax', 'percentile', 'none', dict(low=11000, high=13000)]
SCOPE = 'projects.dstransnet'


@pytest.fixture
def png(tmp_path):
    path = tmp_path / 'a.png'
    Image.fromarray(COUNTS).save(path)
    return str(path)


def load(path: str, **kwargs) -> dict:
    kwargs = dict(mapping='minmax') | kwargs
    return LoadInfraredImage(**kwargs)(dict(img_path=path))


@pytest.mark.parametrize('mapping', MAPPINGS)
def test_image_is_the_mapped_file(png, mapping):
    results = load(png, mapping=mapping)
    assert results['img'].dtype == np.float32
    assert np.array_equal(results['img'], map_range(COUNTS, mapping))
    assert results['img_shape'] == results['ori_shape'] == (40, 60)
    assert results['img_path'] == png


def test_other_percentiles(png):
    assert np.array_equal(
        load(png, mapping='percentile', percentiles=[2, 98])['img'],
        map_range(COUNTS, 'percentile', (2, 98)))


def test_three_equal_channels(png):
    image = load(png, channels=3)['img']
    assert image.shape == (40, 60, 3)
    for channel in range(3):
        assert np.array_equal(image[..., channel], load(png)['img'])


def test_8_bit_files_keep_their_values_in_a_range_of_8_bits(tmp_path):
    pixels = RNG.integers(0, 256, (4, 5), np.uint8)
    Image.fromarray(pixels).save(tmp_path / 'a.png')
    image = load(str(tmp_path / 'a.png'), mapping=dict(low=0, high=255))
    np.testing.assert_allclose(image['img'], pixels, rtol=1e-6)


def test_counts_that_8_bits_hide_are_kept(png, tmp_path):
    """The values that mmcv's loader gives have none of them."""
    step = LoadImageFromFile()
    assert len(np.unique(step(dict(img_path=png))['img'])) <= 2
    assert len(np.unique(load(png)['img'])) == len(np.unique(COUNTS))


def test_page_and_raw_frames(tmp_path):
    pages = [Image.fromarray(COUNTS), Image.fromarray(COUNTS[::-1].copy())]
    path = str(tmp_path / 'a.tif')
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert np.array_equal(
        load(path, mapping='none', page=1)['img'], COUNTS[::-1])
    with pytest.raises(InputError, match=f'^{path}: the file holds 2 pages'):
        load(path)
    path = str(tmp_path / 'a.raw')
    COUNTS.astype('>u2').tofile(path)
    raw = ConfigDict(shape=[40, 60], byteorder='big')
    assert np.array_equal(load(path, mapping='none', raw=raw)['img'], COUNTS)
    with pytest.raises(InputError, match=f'^{path}: expected a raw file of'):
        load(path, raw=dict(shape=(40, 61)))


def test_generated_scenes_and_backend_args():
    results = load('synthetic://seed=1,size=96/images/000000.png')
    assert results['img'].shape == (96, 96)
    with pytest.raises(FileNotFoundError):
        load('synthetic://size=96/images/000000.png',
             backend_args=dict(backend='local'))


@pytest.mark.parametrize('settings, message', [
    (dict(mapping='max'), 'mapping: expected one of minmax'),
    (dict(percentiles=(9, 1)), 'percentiles: expected'),
    (dict(channels=2), 'channels: expected 1 or 3, got 2'),
    (dict(page=-1), 'page: expected an integer'),
    (dict(raw=dict(shape=3)), 'raw: shape: expected'),
    (dict(raw=dict(shape=(3, 4)), page=0), 'page: raw files have frames')])
def test_arguments_are_checked_when_it_is_built(settings, message):
    with pytest.raises(InputError, match=message):
        LoadInfraredImage(**dict(mapping='minmax') | settings)


def test_mapping_has_no_default():
    """Else an array given to mmseg would go to the network unmapped."""
    with pytest.raises(TypeError, match='mapping'):
        LoadInfraredImage()


# Arrays


@pytest.mark.parametrize('array', [COUNTS, COUNTS[..., None],
                                   COUNTS.astype('>u2'),
                                   COUNTS.astype(np.float64)])
@pytest.mark.parametrize('mapping', MAPPINGS)
def test_arrays_are_mapped_as_files_are(array, mapping):
    results = LoadInfraredImage(mapping)(dict(img=array))
    assert results['img'].dtype == np.float32
    assert np.array_equal(results['img'], map_range(COUNTS, mapping))
    assert results['img_path'] is None
    assert results['ori_shape'] == (40, 60)


def test_arrays_with_nan():
    with pytest.raises(InputError, match='^img: 20 of 20 pixels are NaN'):
        LoadInfraredImage('minmax')(dict(img=np.full((4, 5), np.nan)))


# Scopes


@pytest.mark.parametrize('name', ['LoadImageFromFile', 'LoadImageFromNDArray'])
def test_names_of_the_framework_in_the_scope_of_the_package(name):
    step = dict(type=name, _scope_=SCOPE, mapping='none')
    built, = Compose([step]).transforms
    assert type(built) is LoadInfraredImage


def test_other_scopes_keep_their_loaders():
    from_file, from_array = Compose([
        dict(type='LoadImageFromFile'),
        dict(type='LoadImageFromNDArray')]).transforms
    assert not isinstance(from_file, LoadInfraredImage)
    assert isinstance(from_array, LoadImageFromNDArray)


def test_the_framework_finds_the_scope_without_a_warning(capfd):
    Compose([dict(type='LoadImageFromFile', _scope_=SCOPE, mapping='none')])
    output = capfd.readouterr()
    assert 'Failed' not in output.out + output.err


# All the other steps of the pipelines


def steps(name: str, **loading) -> list[dict]:
    """A published pipeline, with the two steps that are other ones."""
    pipeline = Config.fromfile(
        CONFIGS / 'datasets/sirst_256x256.py')[name].copy()
    pipeline[0] = dict(type='LoadInfraredImage', **loading)
    for index, step in enumerate(pipeline):
        if step['type'] == 'Resize':
            pipeline[index] = dict(type='PillowResize', scale=(256, 256))
    return pipeline


@pytest.mark.parametrize('shape', [(40, 60), (300, 280)])
@pytest.mark.parametrize('name', ['train_pipeline', 'test_pipeline'])
@pytest.mark.parametrize('channels', [1, 3])
def test_pipelines_keep_resolution_and_channels(tmp_path, name, channels,
                                                shape):
    """Of a ramp that is 10 grey levels high at most, and has no noise."""
    rows, columns = np.indices(shape, np.uint16)
    ramp = 12000 + rows + columns
    mask = np.zeros(shape, np.uint8)
    mask[4:-4, 4:-4] = 255
    for kind, pixels in (('image', ramp), ('mask', mask)):
        Image.fromarray(pixels).save(tmp_path / f'{kind}.png')
    np.random.seed(0)
    results = Compose(
        steps(name, mapping=dict(low=0, high=16383), channels=channels))(
            dict(img_path=str(tmp_path / 'image.png'),
                 seg_map_path=str(tmp_path / 'mask.png'), seg_fields=[]))
    image = results['inputs'].numpy()
    assert image.dtype == np.float32
    assert image.shape == (channels, 256, 256)
    labels = results['data_samples'].gt_sem_seg.data.numpy()
    assert labels.shape == (1, 256, 256)
    assert set(np.unique(labels)) == {0, 1}
    inside = image[0][labels[0] == 1]
    assert len(np.unique(inside.astype(np.uint8))) <= 11
    assert len(np.unique(inside)) > 80
    assert inside.min() >= 255 * 12000 / 16383 - 1e-3
    assert inside.max() <= 255 * float(ramp.max()) / 16383 + 1e-3
    assert (image == image[:1]).all()
