import io
import re

import numpy as np
import pytest
from mmcv import transforms
from mmseg.datasets.transforms import loading
from mmseg.registry import TRANSFORMS
from PIL import Image

from projects.dstransnet.imaging.eight_bit_loading import (
    LoadImageFromFile,
    LoadImageFromNDArray,
    decode_image,
    limited_to_8_bits,
)
from projects.dstransnet.utils.errors import InputError

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (8, 9, 3), np.uint8)
COUNTS = RNG.integers(0, 2**14, (8, 9), np.uint16)


def encoded(kind: str, pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize('kind', ['PNG', 'JPEG', 'BMP', 'TIFF'])
@pytest.mark.parametrize('options', [
    {}, dict(color_type='grayscale'), dict(color_type='unchanged'),
    dict(to_float32=True), dict(imdecode_backend='pillow')])
def test_upright_files_are_as_mmcv_loads_them(kind, options, tmp_path):
    path = tmp_path / 'a'
    path.write_bytes(encoded(kind, COLOUR))
    found, expected = (loader(**options)(dict(img_path=str(path)))
                       for loader in (LoadImageFromFile,
                                      transforms.LoadImageFromFile))
    assert found['img'].dtype == expected['img'].dtype
    assert np.array_equal(found.pop('img'), expected.pop('img'))
    assert found == expected


@pytest.mark.parametrize('kind', ['PNG', 'TIFF'])
@pytest.mark.parametrize('flag', ['color', 'grayscale'])
def test_files_of_16_bits_are_refused(kind, flag):
    data = encoded(kind, COUNTS)
    with pytest.raises(InputError, match='^a.png: has 16 bits, .* would cut'):
        decode_image(data, flag, name='a.png')
    assert np.array_equal(decode_image(data, 'unchanged'), COUNTS)


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize('data', [
    b'', b'404: not found', encoded('JPEG', COLOUR)[:40],
    encoded('PNG', COLOUR)[:20], encoded('TIFF', COLOUR)[:20]])
def test_undecodable_files_are_named(data, backend, tmp_path):
    path = tmp_path / 'a.png'
    path.write_bytes(data)
    message = re.escape(f'{path}: not a readable image for LoadImageFromFile')
    sample = dict(img_path=str(path))
    with pytest.raises(InputError, match=f'^{message}.*LoadInfraredImage$'):
        LoadImageFromFile(imdecode_backend=backend)(sample)
    loader = LoadImageFromFile(imdecode_backend=backend, ignore_empty=True)
    assert loader(sample) is None


@pytest.mark.parametrize('kind', ['uint16', '>u2', 'int16', 'int32', 'int64'])
def test_arrays_of_more_than_8_bits_are_refused(kind):
    load = TRANSFORMS.build(dict(type='LoadImageFromNDArray'))
    assert type(load) is LoadImageFromNDArray
    with pytest.raises(InputError, match='^image: expected an array of uint8'):
        load(dict(img=COUNTS.astype(kind)))


@pytest.mark.parametrize('image', [COLOUR, COLOUR.astype(np.float32)])
def test_arrays_are_as_mmseg_loads_them(image):
    found = LoadImageFromNDArray(to_float32=True)(dict(img=image))
    expected = loading.LoadImageFromNDArray(True)(dict(img=image))
    assert np.array_equal(found.pop('img'), expected.pop('img'))
    assert found == expected


@pytest.mark.parametrize('loader, expected', [
    (LoadImageFromFile(), True), (transforms.LoadImageFromFile(), True),
    (LoadImageFromFile(color_type='unchanged'), False),
    (LoadImageFromFile(imdecode_backend='tifffile'), False), (None, False)])
def test_loaders_of_8_bits(loader, expected):
    assert limited_to_8_bits(loader) == expected
