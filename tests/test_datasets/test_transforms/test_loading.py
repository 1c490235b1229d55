import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.datasets import LoadIRSTDMask
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


def load(path: str, shape: tuple[int, int] = TARGET.shape, **kwargs) -> dict:
    return LoadIRSTDMask(**kwargs)(dict(ori_shape=shape, seg_map_path=path))


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('target', [TARGET, ~TARGET, TARGET | ~TARGET, TARGET
                                    & ~TARGET],
                         ids=['some', 'most', 'all', 'none'])
def test_kinds_of_masks(tmp_path, kind, target):
    results = load(save(KINDS[kind](target), tmp_path))
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
        load(path)
    assert str(error.value) == (
        f'{path}: expected only the values 0 and 255, or 0 and 1, got '
        f'{shown}; set the threshold of masks to binarise it: '
        'mask_threshold, or --mask-threshold of a tool')


def test_values_above_the_threshold_are_target(tmp_path):
    pixels = np.arange(126, dtype=np.uint8).reshape(9, 14) * 2
    path = save(Image.fromarray(pixels), tmp_path)
    labels = load(path, threshold=100)['gt_seg_map']
    assert labels.dtype == np.uint8
    assert labels.sum() == 126 - 51
    assert np.array_equal(labels, pixels >= 101)


@pytest.mark.parametrize('kind', [k for k in KINDS if '0 / 1' not in k])
def test_threshold_keeps_masks_of_two_values(tmp_path, kind):
    """1-bit files too, whose target reads as True."""
    path = save(KINDS[kind](TARGET), tmp_path)
    assert np.array_equal(load(path, threshold=127)['gt_seg_map'], TARGET)


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
    labels = load(path, shape)['gt_seg_map']
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
        load(str(path))
    assert str(error.value).startswith(f'{path}: not a readable mask (')


def test_missing_mask_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.png'):
        load(str(tmp_path / 'gone.png'))


def test_backend_arguments_reach_the_file_backend(tmp_path):
    path = save(Image.fromarray(TARGET), tmp_path)
    labels = load(path, backend_args=dict(backend='local'))['gt_seg_map']
    assert np.array_equal(labels, TARGET)
    with pytest.raises(KeyError, match='no-such-backend'):
        load(path, backend_args=dict(backend='no-such-backend'))
