import io
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from projects.dstransnet.evaluation.external.score_files import (
    SUFFIXES,
    find_maps,
    masks_of_ones,
    read_map,
    to_scores,
)
from projects.dstransnet.utils.errors import InputError

GREY = np.array([[0, 1, 128], [7, 254, 255]], np.uint8)


def encoded(pixels: np.ndarray, suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, pixels)
    assert done
    return data.tobytes()


def saved(image: Image.Image, kind: str = 'PNG', **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def npy(values: np.ndarray, **options) -> bytes:
    data = io.BytesIO()
    np.save(data, values, **options)
    return data.getvalue()


@pytest.fixture
def file(tmp_path):
    """Write a file of some bytes and return its path."""

    def write(data: bytes, name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return write


def check(path: Path, expected: np.ndarray, dtype=None) -> None:
    found = read_map(path)
    assert found.dtype == (expected.dtype if dtype is None else dtype)
    np.testing.assert_array_equal(found, expected)


# PNG


@pytest.mark.parametrize('pixels', [
    GREY, GREY.astype(np.uint16) * 257
])
def test_grey_png(file, pixels):
    check(file(encoded(pixels, '.png'), 'a.png'), pixels)
    check(file(encoded(pixels, '.png'), 'b.PNG'), pixels)


def test_colour_files_of_equal_channels(file):
    grey = Image.fromarray(GREY)
    for mode in ('RGB', 'RGBA', 'LA'):
        check(file(saved(grey.convert(mode)), f'{mode}.png'), GREY)
    check(file(saved(grey.convert('RGB'), 'TIFF'), 'a.tif'), GREY)
    see_through = grey.convert('RGBA')
    see_through.putalpha(3)
    check(file(saved(see_through), 'b.png'), GREY)


@pytest.mark.parametrize('mode', ['RGB', 'RGBA', 'P'])
def test_other_colours_are_refused(file, mode):
    image = Image.new('RGB', (5, 4), 'white')
    image.putpixel((3, 2), (255, 255, 0))
    path = file(saved(image.convert(mode)), 'a.png')
    with pytest.raises(InputError, match=r'a\.png: expected one value a '
                       'pixel, got a colour image'):
        read_map(path)


# TIFF


@pytest.mark.parametrize('dtype', [
    np.uint8, np.uint16, np.float32, np.float64])
def test_tiff(file, dtype):
    pixels = (GREY / 3).astype(dtype)
    check(file(encoded(pixels, '.tif'), 'a.tif'), pixels)


def test_one_page_only(file):
    page = Image.fromarray(GREY)
    check(file(saved(page, 'TIFF', save_all=True), 'a.tif'), GREY)
    two = saved(page, 'TIFF', save_all=True, append_images=[page])
    with pytest.raises(InputError, match=r'b\.tif: expected one page, got 2'):
        read_map(file(two, 'b.tif'))


# NPY


@pytest.mark.parametrize('dtype', [
    bool, np.uint8, np.uint16, np.float16, np.float32, np.float64, '>f4'])
def test_npy_as_it_is(file, dtype):
    values = (GREY / 3).astype(dtype)
    check(file(npy(values), 'a.npy'), values)


@pytest.mark.parametrize('dtype', [
    np.int8, np.uint32, np.int64])
def test_other_integers(file, dtype):
    values = (GREY // 2).astype(dtype)
    check(file(npy(values), 'a.npy'), values, np.int64)


@pytest.mark.parametrize('shape', [(1, 2, 3), (2, 3, 1)])
@pytest.mark.parametrize('missing', [0, np.nan])
def test_one_channel_first_or_last(file, shape, missing):
    values = GREY / 3
    values[0, 0] = missing
    check(file(npy(values.reshape(shape)), 'a.npy'), values)


@pytest.mark.parametrize('shape', [
    (5, ), (2, 3, 2), (1, 2, 3, 1), (0, 4)])
def test_other_shapes_are_refused(file, shape):
    path = file(npy(np.zeros(shape)), 'a.npy')
    with pytest.raises(InputError, match=r'a\.npy: expected a map of shape '
                       r'\(H, W\), got \('):
        read_map(path)


@pytest.mark.parametrize('dtype', [
    complex, 'U3', [('score', 'f4')]])
def test_other_types_are_refused(file, dtype):
    path = file(npy(np.zeros((2, 3), dtype)), 'a.npy')
    with pytest.raises(InputError, match=r'a\.npy: expected numbers, got '):
        read_map(path)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path, )


def test_code_in_a_file_is_not_run(file, tmp_path):
    sprung = tmp_path / 'sprung'
    values = np.array([[Trap(sprung)]], object)
    data = npy(values, allow_pickle=True)
    np.load(io.BytesIO(data), allow_pickle=True)
    assert sprung.exists()  # the trap works
    sprung.unlink()
    for name, content in (('a.npy', data), ('b.npy', pickle.dumps(values))):
        with pytest.raises(InputError,
                           match=rf'{name}: not a readable array'):
            read_map(file(content, name))
    assert not sprung.exists()


def header(text: str) -> bytes:
    """Return an NPY file of any header."""
    line = text.encode() + b' ' * (-(len(text) + 11) % 64) + b'\n'
    return (b'\x93NUMPY\x01\x00' + len(line).to_bytes(2, 'little') + line
            + bytes(64))


@pytest.mark.parametrize('text', [
    '{', "'''", '(' * 500, '  x\n y', '1' * 5000, '[]',
    "{'descr': '<f4', 'fortran_order': False, 'shape': (10**9, 9), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, "
    '1000000000), }',
    f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({10**30}, 1), }}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 8), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (True, 8), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1, 8), }",
])
def test_damaged_headers(file, text):
    with pytest.raises(InputError) as error:
        read_map(file(header(text), 'a.npy'))
    message = str(error.value)
    assert 'a.npy: not a readable array (' in message
    assert '\n' not in message
    assert len(message.partition('a.npy: ')[2]) < 160


# Files of any content


@pytest.mark.parametrize('suffix', ['.png', '.tif', '.npy'])
def test_truncated(file, suffix):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    data = npy(pixels) if suffix == '.npy' else encoded(pixels, suffix)
    check(file(data, f'whole{suffix}'), pixels)
    for part in (0.1, 0.5, 0.9):
        path = file(data[:int(part * len(data))], f'a{suffix}')
        with pytest.raises(InputError, match=rf'a\{suffix}: not a readable'):
            read_map(path)


STARTS = [
    b'', encoded(GREY, '.png'), encoded(GREY, '.tif'), npy(GREY), b'PK\3\4',
    encoded(GREY.astype(np.float32), '.tif'), b'\x93NUMPY\x01\x00\x10\x00',
    saved(Image.fromarray(GREY), 'GIF'), b'\x80\x04'
]


@given(st.data())
def test_random_bytes_give_a_map_or_an_error(tmp_path_factory, data):
    start = data.draw(st.sampled_from(STARTS))
    cut = data.draw(st.integers(0, len(start)))
    content = bytearray(start[:cut] + data.draw(st.binary(max_size=300)))
    for place in data.draw(st.lists(st.integers(0, 400), max_size=3)):
        if place < len(content):
            content[place] ^= data.draw(st.integers(1, 255))
    suffix = data.draw(st.sampled_from(SUFFIXES))
    path = tmp_path_factory.getbasetemp() / f'random{suffix}'
    path.write_bytes(content)
    try:
        found = read_map(path)
    except InputError as error:
        assert str(path) in str(error)
        return
    assert found.ndim == 2 and found.size
    assert found.dtype.kind in 'biuf'
    try:
        scores = to_scores(found, 'a')
    except InputError:
        return
    assert 0 <= scores.min() <= scores.max() <= 1


# Folders


def test_maps_by_name(file, tmp_path):
    expected = {
        name: file(b'', name + suffix)
        for name, suffix in (('a', '.png'), ('b.c', '.npy'), ('d', '.TIF'),
                             ('day/a', '.tiff'), ('day/x/a', '.png'))
    }
    file(b'', 'notes.txt')
    file(b'', 'sub.png/e.jpg')  # a folder of that name
    found = find_maps(tmp_path)
    assert found == expected
    assert find_maps(str(tmp_path)) == expected


def test_two_files_of_one_name(file, tmp_path):
    file(b'', 'b.png')
    file(b'', 'sub/a.png')
    file(b'', 'sub/a.npy')
    with pytest.raises(InputError, match=r'sub/a\.npy and .*sub/a\.png: two '
                       'files for one image'):
        find_maps(tmp_path)


def test_folders_without_maps(file, tmp_path):
    with pytest.raises(InputError, match='missing: no such folder'):
        find_maps(tmp_path / 'missing')
    with pytest.raises(InputError, match=r': no file of \.png, \.bmp, '):
        find_maps(tmp_path)
    path = file(b'hello', 'notes.txt')
    with pytest.raises(InputError, match=r': no file of \.png, \.bmp, '):
        find_maps(tmp_path)
    with pytest.raises(InputError, match=r'notes\.txt: no such folder'):
        find_maps(path)


@pytest.mark.parametrize('values, expected', [
    ([[0, 1]], True),
    ([[0, 2]], False),
])
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.int64])
def test_masks_of_ones_are_of_a_whole_folder(file, values, expected, dtype):
    ones = file(npy(np.eye(4, dtype=np.uint8)), 'ones.npy')
    other = file(npy(np.array(values, dtype)), 'other.npy')
    for paths in ([ones, other], [other, ones]):
        assert masks_of_ones(map(read_map, paths)) is expected


# Scores


@pytest.mark.parametrize('values, expected', [
    (np.array([[0, 51, 255]], np.uint8), [0, 0.2, 1]),
    (np.array([[0, 13107, 65535]], np.uint16), [0, 0.2, 1]),
    (np.array([[True, False]]), [1, 0]),
    (np.array([[0, 255]], np.int64), [0, 1]),
])
def test_range_by_type(values, expected):
    found = to_scores(values, 'a')
    assert found.ravel().tolist() == expected
    assert found.dtype in (np.float32, np.float64)


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.int64])
def test_masks_of_zeros_and_ones(dtype):
    values = np.array([[0, 1]], dtype)
    assert to_scores(values, 'a', ones=True).tolist() == [[0, 1]]
    if dtype != np.int64:
        low = 1 / np.iinfo(dtype).max
        assert to_scores(values, 'a').tolist() == [[0, low]]


@pytest.mark.parametrize('values, scale, expected', [
    (np.array([[0, 50, 100]], np.uint8), 100, [0, 0.5, 1]),
    (np.array([[0, 1000, 1023]], np.uint16), 1023, [0, 1000 / 1023, 1]),
    (np.array([[0, 0.1]]), 0.2, [0, 0.5]),
    (np.array([[False, True]]), 7, [0, 1]),
])
def test_stated_scale(values, scale, expected):
    assert to_scores(values, 'a', scale).ravel().tolist() == expected
    # It also overrules that integers look like masks of 0 and 1.
    assert to_scores(values, 'a', scale, True).ravel().tolist() == expected


@pytest.mark.parametrize('scale', [0, -1, np.nan, np.inf])
def test_scale_is_positive(scale):
    with pytest.raises(InputError, match='--scale must be positive, got '):
        to_scores(GREY, 'a', scale)


@pytest.mark.parametrize('values, scale, shown', [
    ([[0.5, np.nan]], None, 'NaN'),
    ([[0, 1.001]], None, r'0 \.\. 1\.001'),
    ([[0, 255.]], 100, r'0 \.\. 2\.55'),
])
def test_scores_outside_of_their_range(values, scale, shown):
    with pytest.raises(
            InputError,
            match=rf'a\.npy: expected scores within 0 \.\. 1, got {shown}'):
        to_scores(np.array(values), 'a.npy', scale)


@pytest.mark.parametrize('values', [[0, 255], [255, 255]])
def test_8_bit_masks_in_16_bit_files_need_a_scale(values):
    """Taken for scores, they would be of 0.004 at most."""
    pixels = np.array([values], np.uint16)
    with pytest.raises(
            InputError, match=r'^a\.png: 16-bit values 0 and 255; state by '
            '--scale whether 255 or 65535 is a score of 1$'):
        to_scores(pixels, 'a.png')
    for scale in (255, 65535):
        found = to_scores(pixels, 'a.png', scale)
        assert found.tolist() == [[value / scale for value in values]]


def test_integers_that_do_not_tell_what_one_is():
    with pytest.raises(InputError, match=r'a\.npy: int64 values up to 100; '
                       'state by --scale which one is a score of 1'):
        to_scores(np.array([[0, 100]], np.int64), 'a.npy')


def test_linked_folders_are_searched(tmp_path):
    (tmp_path / 'elsewhere').mkdir()
    (tmp_path / 'elsewhere/a.png').write_bytes(encoded(GREY, '.png'))
    (tmp_path / 'maps').mkdir()
    (tmp_path / 'maps/day').symlink_to(tmp_path / 'elsewhere')
    (tmp_path / 'maps/run').mkdir()
    (tmp_path / 'maps/run/b.png').write_bytes(encoded(GREY, '.png'))
    (tmp_path / 'maps/latest').symlink_to('run')  # has the same maps
    assert list(find_maps(tmp_path / 'maps')) == ['day/a', 'run/b']
