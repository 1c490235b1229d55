import io
import struct

import numpy as np
import pytest
from PIL import Image

from projects.dstransnet.imaging.file_inspection import (
    bit_depth,
    inspect_image,
)

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)


def encoded(kind: str, image: Image.Image | None = None) -> bytes:
    file = io.BytesIO()
    (image or Image.fromarray(PIXELS)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize('mode', ['1', 'L', 'P', 'RGB', 'RGBA', 'I;16'])
def test_png_of_any_mode_has_its_size(tmp_path, mode):
    path = tmp_path / 'a.png'
    Image.new(mode, (20, 12)).save(path)
    assert inspect_image(path) == ((20, 12), None)


@pytest.mark.parametrize('kind', ['BMP', 'JPEG', 'TIFF'])
def test_other_formats_have_their_size(tmp_path, kind):
    path = tmp_path / 'a.img'
    path.write_bytes(encoded(kind))
    assert inspect_image(str(path)) == ((20, 12), None)


@pytest.mark.parametrize('array', [
    PIXELS[..., 0], PIXELS[..., 0].astype(np.uint16) * 50,
    PIXELS[..., 0].astype(np.float32), PIXELS[..., :1].astype(np.float64)])
def test_npy_and_tiff_have_their_size(tmp_path, array):
    np.save(tmp_path / 'a.npy', array)
    assert inspect_image(tmp_path / 'a.npy') == ((20, 12), None)
    for compression in (None, 'tiff_lzw') if array.ndim == 2 else ():
        path = tmp_path / 'a.tif'
        Image.fromarray(array).save(path, compression=compression)
        assert inspect_image(path) == ((20, 12), None)


@pytest.mark.parametrize('kind', ['PNG', 'JPEG', 'BMP', 'TIFF'])
@pytest.mark.parametrize('more', [50, 100_000])
def test_data_after_the_end_is_allowed(tmp_path, kind, more):
    path = tmp_path / 'a.img'
    path.write_bytes(encoded(kind) + bytes(more))
    assert inspect_image(path) == ((20, 12), None)


@pytest.mark.parametrize('kind, problem', [
    ('JPEG', 'truncated (no end-of-image marker)'),
    ('BMP', 'truncated (773 bytes, 774 in its header)'),
    ('PNG', 'truncated (no end-of-file chunk)'),
    ('TIFF', 'truncated (no list of its pixels)'),
    ('NPY', 'expected an NPY file of ')])
def test_files_cut_anywhere_are_a_problem(tmp_path, kind, problem):
    path = tmp_path / 'a.img'
    if kind == 'NPY':
        with open(path, 'wb') as file:
            np.save(file, PIXELS[..., 0])
        data = path.read_bytes()
    else:
        data = encoded(kind, None if kind in ('JPEG', 'BMP') else
                       Image.new('L', (20, 12)))
    problems = []
    for length in range(len(data)):
        path.write_bytes(data[:length])
        size, found = inspect_image(path)
        assert size is None and found, f'{length} of {len(data)} bytes'
        problems.append(found)
    assert any(found.startswith(problem) for found in problems)


def test_jpeg_cut_behind_its_thumbnail(tmp_path):
    """The end of the thumbnail is not that of the picture."""
    data = encoded('JPEG')
    thumbnail = b'Exif\0\0' + encoded('JPEG', Image.new('L', (8, 8)))
    segment = b'\xff\xe1' + struct.pack('>H', len(thumbnail) + 2) + thumbnail
    path = tmp_path / 'a.jpg'
    path.write_bytes(data[:2] + segment + data[2:])
    assert inspect_image(path) == ((20, 12), None)
    path.write_bytes(data[:2] + segment + data[2:-2])
    assert inspect_image(path) == (None, 'truncated (no end-of-image marker)')


@pytest.mark.parametrize('kind, mode, bits', [
    ('PNG', '1', 1), ('PNG', 'L', 8), ('PNG', 'RGB', 8), ('PNG', 'I;16', 16),
    ('TIFF', '1', 1), ('TIFF', 'L', 8), ('TIFF', 'RGB', 8),
    ('TIFF', 'I;16', 16), ('TIFF', 'F', 32), ('JPEG', 'L', None),
    ('BMP', 'L', None)])
def test_bits_of_a_value(tmp_path, kind, mode, bits):
    path = tmp_path / 'a.img'
    path.write_bytes(encoded(kind, Image.new(mode, (20, 12))))
    assert bit_depth(path) == bits


def test_missing_and_empty_files_and_text(tmp_path):
    path = tmp_path / 'a.png'
    assert inspect_image(path) == inspect_image(tmp_path) == (None, 'missing')
    path.touch()
    assert inspect_image(path) == (None, 'empty (0 bytes)')
    path.write_text('version https://example.org/pointer\n')
    size, problem = inspect_image(path)
    assert size is None
    assert problem.startswith('not a readable image (cannot identify')


# Files of infrared sensors


@pytest.mark.parametrize('array, problem', [
    (PIXELS, r'expected an NPY file of shape (H, W) or (H, W, 1), got '
     '(12, 20, 3)'),
    (np.zeros((2, 3), complex),
     'expected an NPY file of integers or floats, got complex128'),
])
def test_npy_that_is_no_infrared_image(tmp_path, array, problem):
    np.save(tmp_path / 'a.npy', array)
    assert inspect_image(tmp_path / 'a.npy') == (None, problem)


@pytest.mark.parametrize('name', ['a.raw', 'a.BIN', 'a.dat'])
def test_raw_frames_have_no_size_and_no_problem(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(bytes(70))
    assert inspect_image(path) == (None, None)
    path.write_bytes(b'')
    assert inspect_image(path) == (None, 'empty (0 bytes)')
