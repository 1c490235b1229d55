import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config, ConfigDict
from mmengine.dataset import Compose
from mmseg.datasets.transforms import LoadImageFromNDArray
from PIL import Image

from projects.dstransnet.datasets import (
    EvaluateAtInputSize,
    LoadInfraredImage,
    LoadIRSTDMask,
)
from projects.dstransnet.imaging.dynamic_range import map_range
from projects.dstransnet.utils.errors import InputError

TARGET = np.zeros((9, 14), bool)
TARGET[2:4, 3:8] = True
TARGET[8, 13] = True


def in_palette(target: np.ndarray, colours: list[int]) -> Image.Image:
    """Background is colour 5 of the palette, target colour 2."""
    image = Image.fromarray(np.where(target, 2, 5).astype(np.uint8), 'P')
    image.putpalette([0] * 6 + colours[3:] + [9] * 6 + colours[:3])
    return image


def with_alpha(target: np.ndarray, mode: str) -> Image.Image:
    """Alpha varies over the image; it must not matter."""
    image = Image.fromarray(target).convert(mode)
    alpha = np.arange(target.size, dtype=np.uint8).reshape(target.shape)
    image.putalpha(Image.fromarray(alpha))
    return image


KINDS = {
    'grey 0 / 255': lambda t: Image.fromarray(t.astype(np.uint8) * 255),
    'grey 0 / 1': lambda t: Image.fromarray(t.astype(np.uint8)),
    '1-bit': Image.fromarray,
    'palette': lambda t: in_palette(t, [0, 0, 0, 255, 255, 255]),
    'palette 0 / 1': lambda t: in_palette(t, [0, 0, 0, 1, 1, 1]),
    'RGB': lambda t: Image.fromarray(t).convert('RGB'),
    'RGBA': lambda t: with_alpha(t, 'RGBA'),
    'grey with alpha': lambda t: with_alpha(t, 'LA'),
}


def save(image: Image.Image, folder: Path) -> str:
    path = folder / 'mask.png'
    image.save(path)
    return str(path)


def load_mask(path: str, shape: tuple[int, int] = TARGET.shape,
              **kwargs) -> dict:
    return LoadIRSTDMask(**kwargs)(dict(ori_shape=shape, seg_map_path=path))


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('target', [TARGET, ~TARGET, TARGET | ~TARGET, TARGET
                                    & ~TARGET],
                         ids=['some', 'most', 'all', 'none'])
def test_kinds_of_masks(tmp_path, kind, target):
    results = load_mask(save(KINDS[kind](target), tmp_path))
    labels = results['gt_seg_map']
    assert labels.dtype == np.uint8
    assert np.array_equal(labels, target)
    assert results['seg_fields'] == ['gt_seg_map']


@pytest.mark.parametrize('values, dtype, shown', [
    ([0, 254], 'u1', '0, 254'), ([1, 255], 'u1', '1, 255'),
    ([0, 1, 255], 'u1', '0, 1, 255'), ([128], 'u1', '128'),
    ([0, 65535], 'u2', '0, 65535'),
    (range(9), 'u1', '0, 1, 2, 3, 4, 5, 6, 7, ... and 1 more')])
def test_other_values_are_an_error_that_names_the_file(tmp_path, values,
                                                       dtype, shown):
    pixels = np.resize(np.array(values, dtype), TARGET.shape)
    path = save(Image.fromarray(pixels), tmp_path)
    with pytest.raises(InputError) as error:
        load_mask(path)
    assert str(error.value) == (
        f'{path}: expected only the values 0 and 255, or 0 and 1, got '
        f'{shown}; set the threshold of masks to binarise it: '
        'mask_threshold, or --mask-threshold of a tool')


def test_values_above_the_threshold_are_target(tmp_path):
    pixels = np.arange(126, dtype=np.uint8).reshape(9, 14) * 2
    path = save(Image.fromarray(pixels), tmp_path)
    labels = load_mask(path, threshold=100)['gt_seg_map']
    assert labels.dtype == np.uint8
    assert labels.sum() == 126 - 51
    assert np.array_equal(labels, pixels >= 101)


@pytest.mark.parametrize('kind', [k for k in KINDS if '0 / 1' not in k])
def test_threshold_keeps_masks_of_two_values(tmp_path, kind):
    """1-bit files too, whose target reads as True."""
    path = save(KINDS[kind](TARGET), tmp_path)
    assert np.array_equal(load_mask(path, threshold=127)['gt_seg_map'], TARGET)


def test_without_a_mask_path_nothing_happens():
    for path in ({}, dict(seg_map_path=None)):
        results = dict(img=np.zeros((4, 4, 3), np.uint8), **path)
        assert LoadIRSTDMask()(dict(results)).keys() == results.keys()


@pytest.mark.parametrize('shape', [(18, 28), (5, 7), (9, 15), (31, 10)])
def test_another_size_becomes_the_images_as_pillow_does(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 2, (9, 14), np.uint8)
    path = save(Image.fromarray(pixels * 255), tmp_path)
    expected = Image.fromarray(pixels).resize(shape[::-1],
                                              Image.Resampling.NEAREST)
    labels = load_mask(path, shape)['gt_seg_map']
    assert np.array_equal(labels, np.array(expected))


def encoded(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, 'PNG')
    return file.getvalue()


def of_absurd_size() -> bytes:
    data = bytearray(encoded(Image.fromarray(TARGET)))
    data[16:24] = struct.pack('>2I', 60000, 60000)
    data[29:33] = struct.pack('>I', zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.mark.parametrize('data', [
    b'',
    b'not an image',
    encoded(Image.fromarray(TARGET))[:30],
    encoded(Image.fromarray(np.random.default_rng(0).integers(
        0, 256, (90, 90), np.uint8)))[:4000],
    of_absurd_size(),
],
                         ids=['empty', 'text', 'header', 'pixels', 'absurd'])
def test_unreadable_masks_are_an_error_that_names_the_file(tmp_path, data):
    path = tmp_path / 'broken.png'
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        load_mask(str(path))
    assert str(error.value).startswith(f'{path}: not a readable mask (')


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


def test_three_equal_channels(png):
    image = load(png, channels=3)['img']
    assert image.shape == (40, 60, 3)
    for channel in range(3):
        assert np.array_equal(image[..., channel], load(png)['img'])


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


LOAD = dict(type='LoadImageFromFile')
MASK = dict(type='LoadIRSTDMask')
RESIZE = dict(
    type='Resize', scale=(32, 32), keep_ratio=False, backend='pillow')
AT_INPUT_SIZE = dict(type='EvaluateAtInputSize')


@pytest.fixture
def files(tmp_path):
    """Image of 60 x 44, mask of 91 x 70 with a fine pattern."""
    rng = np.random.default_rng(0)
    image, mask = tmp_path / 'image.png', tmp_path / 'mask.png'
    Image.fromarray(rng.integers(0, 256, (44, 60), np.uint8)).save(image)
    Image.fromarray(rng.integers(0, 2, (70, 91), np.uint8) * 255).save(mask)
    return dict(img_path=str(image), seg_map_path=str(mask), seg_fields=[])


def resized(path: str, *sizes: tuple[int, int]) -> np.ndarray:
    with Image.open(path) as image:
        for size in sizes:
            image = image.resize(size, Image.Resampling.NEAREST)
        return np.array(image) // 255


@pytest.mark.parametrize('truth, expected', [
    (dict(seg_map_path='mask.png'), (32, 48)), ({}, (60, 91)),
    (dict(seg_map_path=None), (60, 91))])
def test_size_is_the_inputs_where_there_is_a_truth(truth, expected):
    results = EvaluateAtInputSize()(dict(
        img=np.zeros((32, 48, 3), np.uint8), ori_shape=(60, 91), **truth))
    assert results['ori_shape'] == expected


def test_at_the_inputs_size_the_mask_is_resized_once(files):
    """From its file, even where that has not the image's size."""
    results = Compose([LOAD, RESIZE, AT_INPUT_SIZE, MASK])(files)
    assert results['img'].shape == (32, 32, 3)
    assert results['ori_shape'] == (32, 32)
    once = resized(files['seg_map_path'], (32, 32))
    twice = resized(files['seg_map_path'], (60, 44), (32, 32))
    assert not np.array_equal(once, twice)
    assert np.array_equal(results['gt_seg_map'], once)


def test_at_the_files_size_the_mask_has_the_images_size(files):
    results = Compose([LOAD, RESIZE, MASK])(files)
    assert results['img'].shape == (32, 32, 3)
    assert results['ori_shape'] == (44, 60)
    assert np.array_equal(results['gt_seg_map'],
                          resized(files['seg_map_path'], (60, 44)))
