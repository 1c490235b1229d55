import io
import re
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from projects.dstransnet.imaging.file_inspection import inspect_image
from projects.dstransnet.imaging.full_depth_reading import (
    check_pixels,
    decode_infrared,
    num_pages,
    read_infrared,
)
from projects.dstransnet.utils.errors import InputError

RNG = np.random.default_rng(0)
COUNTS = RNG.integers(0, 2**14, (5, 7), np.uint16)  # 14 bits
WIDE = RNG.integers(0, 2**16, (5, 7), np.uint16)
BYTES = RNG.integers(0, 256, (5, 7), np.uint8)
FLOATS = RNG.normal(300, 0.01, (5, 7)).astype(np.float32)
COLOUR = RNG.integers(0, 256, (5, 7, 3), np.uint8)


def encoded(kind: str, image: np.ndarray | Image.Image, **options) -> bytes:
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def tiff(*pages: np.ndarray, order: str = '<', deflate: bool = False,
         photometric: int = 1) -> bytes:
    """Write a TIFF byte by byte: what Pillow and OpenCV do not write."""
    data = (b'II*\0' if order == '<' else b'MM\0*') + bytes(4)
    link = 4
    for page in pages:
        stored = page.astype(page.dtype.newbyteorder(order)).tobytes()
        stored = zlib.compress(stored) if deflate else stored
        start = len(data)
        data += stored + bytes(-len(stored) % 2)
        channels = page.shape[2] if page.ndim == 3 else 1
        bits = struct.pack(f'{order}{channels}H',
                           *[8 * page.itemsize] * channels)
        if channels > 2:
            data += bits + bytes(-len(bits) % 4)
            bits = struct.pack(f'{order}I', len(data) - 8)
        kind = {'u': 1, 'i': 2, 'f': 3}[page.dtype.kind]
        entries = [(256, 4, 1, page.shape[1]), (257, 4, 1, page.shape[0]),
                   (258, 3, channels, bits.ljust(4, b'\0')),
                   (259, 3, 1, 8 if deflate else 1),
                   (262, 3, 1, 2 if channels == 3 else photometric),
                   (273, 4, 1, start), (277, 3, 1, channels),
                   (278, 4, 1, page.shape[0]), (279, 4, 1, len(stored)),
                   (339, 3, 1, kind)]
        here = struct.pack(f'{order}I', len(data))
        data = data[:link] + here + data[link + 4:]
        data += struct.pack(f'{order}H', len(entries))
        for tag, code, count, value in entries:
            if not isinstance(value, bytes):
                value = struct.pack(f'{order}{"HI"[code == 4]}',
                                    value).ljust(4, b'\0')
            data += struct.pack(f'{order}HHI', tag, code, count) + value
        link = len(data)
        data += bytes(4)
    return data


def png(header: tuple, rows: bytes) -> bytes:
    """Write a PNG with any header."""
    chunks = ((b'IHDR', struct.pack('>2I5B', *header)),
              (b'IDAT', zlib.compress(rows)), (b'IEND', b''))
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        struct.pack('>I', len(data)) + kind + data +
        struct.pack('>I', zlib.crc32(kind + data)) for kind, data in chunks)


def same(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == expected.dtype
    assert found.dtype.isnative
    assert np.array_equal(found, expected)


# PNG and TIFF


@pytest.mark.parametrize('pixels', [BYTES, COUNTS, WIDE])
@pytest.mark.parametrize('kind', ['PNG', 'TIFF'])
def test_grey_values_are_those_of_the_file(kind, pixels):
    same(decode_infrared(encoded(kind, pixels)), pixels)


@pytest.mark.parametrize('deflate', [False, True])
@pytest.mark.parametrize('order', ['<', '>'])
@pytest.mark.parametrize('dtype', ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'f4'])
def test_tiff_types_and_byte_orders(dtype, order, deflate):
    kind = np.dtype(dtype)
    pixels = FLOATS
    if kind.kind in 'iu':
        info = np.iinfo(kind)
        pixels = RNG.integers(info.min, info.max, (5, 7), kind, True)
        pixels[0, :2] = info.min, info.max
    data = tiff(pixels, order=order, deflate=deflate)
    if order == '>' and dtype == 'u4':
        refusal = 'not a readable PNG, TIFF'  # Pillow knows no such file
    elif order == '>' and deflate and dtype in ('i2', 'i4', 'f4'):
        refusal = ('compressed TIFF of signed or 32-bit values in the order '
                   'MM: expected no compression')  # Pillow reads another
    else:
        same(decode_infrared(data), pixels)
        return
    with pytest.raises(InputError, match=f'^a: {refusal}'):
        decode_infrared(data, 'a')


def test_pages_are_selected():
    pages = [COUNTS, COUNTS[:4] + 1, FLOATS]
    data = tiff(*pages)
    for number, page in enumerate(pages):
        same(decode_infrared(data, page=number), page)
    same(decode_infrared(tiff(COUNTS), page=0), COUNTS)


@pytest.mark.parametrize('kind, options', [
    ('PNG', {}), ('GIF', {}), ('TIFF', {}), ('WEBP', dict(lossless=True))])
def test_animations_are_files_of_pages(kind, options, tmp_path):
    frames = [BYTES, 255 - BYTES, BYTES[::-1]]
    data = encoded(kind, Image.fromarray(frames[0]), save_all=True,
                   append_images=list(map(Image.fromarray, frames[1:])),
                   **options)
    with pytest.raises(InputError, match='the file holds 3 pages'):
        decode_infrared(data)
    path = tmp_path / 'frames'
    path.write_bytes(data)
    assert num_pages(str(path)) == 3
    for number, frame in enumerate(frames):
        same(read_infrared(str(path), page=number), frame)


def test_public_file_of_four_pages(cases):
    path = str(cases / 'pages/four.tif')
    assert num_pages(path) == 4
    frames = [read_infrared(path, page=number) for number in range(4)]
    assert len({frame.tobytes() for frame in frames}) == 4


@pytest.mark.parametrize('mode', ['RGB', 'RGBA', 'P', 'CMYK'])
def test_colour_becomes_luma(mode):
    image = Image.fromarray(COLOUR).convert(mode)
    kind = 'TIFF' if mode == 'CMYK' else 'PNG'
    found = decode_infrared(encoded(kind, image))
    red, green, blue = np.moveaxis(
        np.array(image.convert('RGB'), dtype=np.float64), -1, 0)
    luma = (299 * red + 587 * green + 114 * blue) / 1000
    assert found.dtype == np.uint8
    assert np.abs(found - luma).max() <= 0.51
    same(found, np.array(image.convert('RGB').convert('L')))


@pytest.mark.parametrize('kind, options', [
    ('BMP', {}), ('GIF', {}), ('WEBP', dict(lossless=True)), ('JPEG', {})])
def test_other_formats_without_loss(kind, options):
    pixels = np.full((8, 8), 90, np.uint8) if kind == 'JPEG' else BYTES
    same(decode_infrared(encoded(kind, pixels, **options)), pixels)


NPY = npy(COUNTS)
DEEP_PNG = {kind: png((2, 1, 16, kind, 0, 0, 0), bytes(1 + 4 * channels))
            for kind, channels in ((2, 3), (4, 2), (6, 4))}
PICTURE = 'not a readable PNG, TIFF, JPEG, BMP, GIF, WEBP or NPY file'
RAW = dict(shape=(5, 7))
REFUSED = [
    # Pages
    (tiff(BYTES, BYTES, BYTES), {},
     r'the file holds 3 pages: state page, from 0 to 2$'),
    *((data, dict(page=2), f'no page 2: the file holds {count}, counted')
      for data, count in ((tiff(COUNTS, COUNTS), 2),
                          (encoded('PNG', COUNTS), 1), (NPY, 1))),
    *((encoded('PNG', COUNTS), dict(page=page),
       'page: expected an integer of 0 or more, got')
      for page in (-1, 1.0, True, '0')),
    (bytes(70), dict(page=0, raw=RAW), 'page: raw files have frames'),
    # 16 bits in several channels, which Pillow would cut to 8
    *((data, {}, 'PNG of 16 bits in several channels: expected one')
      for data in DEEP_PNG.values()),
    *((tiff(np.stack([COUNTS] * 3, -1), order=order), {},
       'TIFF of 16 bits in several channels') for order in '<>'),
    (tiff(COUNTS, photometric=0), {}, 'TIFF of 16 bits with white as'),
    # Not readable
    (b'', {}, rf'{PICTURE}: empty \(0 bytes\)$'),
    *((data, {}, rf'{PICTURE} \(unknown format\)$')
      for data in (b'404: not found', encoded('PPM', BYTES))),
    *((data, {}, PICTURE) for data in (
        b'GIF89a', encoded('PNG', COUNTS)[:-30], encoded('TIFF', COUNTS)[:-30],
        png((60000, 60000, 16, 0, 0, 0, 0), b''))),
    # NPY, and of objects nothing is unpickled
    *((npy(np.zeros(shape)), {}, r'expected an NPY file of shape \(H, W\) or '
       rf'\(H, W, 1\), got {re.escape(str(shape))}$')
      for shape in ((4, ), (2, 3, 3), (2, 0), (1, 2, 3, 1))),
    *((npy(np.zeros((2, 3), dtype)), {},
       'expected an NPY file of integers or floats, got ')
      for dtype in ('c8', 'bool', 'O', 'U3', 'M8[s]')),
    *((data, {}, f'expected an NPY file of {len(NPY)} bytes for 5 x 7 pixels '
       f'of uint16, got {len(data)} bytes') for data in (
           NPY[:-1], NPY + b'\0')),
    *((data, {}, 'not a readable NPY file') for data in (
        NPY.replace(b'shape', b'shade'), NPY[:20],
        b'\x93NUMPY\x03\0' + NPY[8:])),
    (npy(np.full((5, 7), 1e200)), {}, '35 of 35 pixels are NaN'),
    # Raw frames
    *((bytes(70), dict(raw=raw), 'raw: expected a dict of shape')
      for raw in ({}, dict(dtype='uint8'), (5, 7), dict(RAW, order='F'))),
    *((bytes(70), dict(raw=dict(RAW, **change)), f'raw: {message}')
      for change, message in (
          (dict(shape=(5, )), r'shape: expected height .* got \(5,\)'),
          (dict(shape=(5, 0)), 'shape: expected height'),
          (dict(shape=(5., 7)), 'shape: expected height'),
          (dict(shape=7), 'shape: expected height'),
          (dict(dtype='uint12'), "dtype: expected one of uint8, .*'uint12'"),
          (dict(byteorder='>'), 'byteorder: expected one of little, big'),
          (dict(offset=-1), 'offset: expected an integer of 0 or more'),
          (dict(trailer=-1), 'trailer: expected an integer of 0 or more'),
          (dict(frame=1.5), 'frame: expected an integer of 0 or more'))),
    (bytes(140), dict(raw=dict(RAW, frame=2)),
     'no frame 2: the raw file holds 2, counted from 0$'),
    *((bytes(length), dict(raw=dict(RAW, offset=10)),
       r'expected a raw file of 80 bytes \(70 bytes for 5 x 7 pixels of '
       rf'uint16, after 10 bytes\), got {length} bytes{end}$')
      for length, end in ((0, ''), (10, ''), (79, ''), (221, ''),
                          (150, '; state frame, as these are 2 frames'))),
    *((bytes(length), dict(raw=dict(RAW, offset=10, frame=0)),
       r'expected a raw file of whole frames \(70 bytes for 5 x 7 .* after '
       rf'10 bytes\), got {length} bytes$') for length in (0, 9, 10, 79, 151)),
]


@pytest.mark.parametrize('data, options, message', REFUSED)
def test_refused_files(data, options, message):
    with pytest.raises(InputError, match=f'^(a: )?{message}') as error:
        decode_infrared(data, 'a', **options)
    assert 'BytesIO' not in str(error.value)


# NPY


@pytest.mark.parametrize('array', [
    BYTES, COUNTS, FLOATS, COUNTS.astype('>u2'), FLOATS.astype('>f4'),
    COUNTS.astype(np.int32) - 9000, np.asfortranarray(COUNTS),
    COUNTS[..., None]])
def test_npy(array):
    expected = array.reshape(5, 7)
    same(decode_infrared(npy(array)),
         expected.astype(expected.dtype.newbyteorder('=')))


@pytest.mark.parametrize('dtype', [np.float16, np.float64])
def test_other_floats_become_float32(dtype):
    array = FLOATS.astype(dtype)
    same(decode_infrared(npy(array)), array.astype(np.float32))


# Raw frames


@pytest.mark.parametrize('order', ['little', 'big'])
@pytest.mark.parametrize('dtype', ['uint8', 'int8', 'uint16', 'int16',
                                   'uint32', 'int32', 'float32', 'float64'])
def test_raw_types_and_byte_orders(dtype, order):
    pixels = (COUNTS.astype(np.int32) - 100).astype(dtype)
    stored = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    found = decode_infrared(stored, raw=dict(
        shape=(5, 7), dtype=dtype, byteorder=order))
    same(found, pixels.astype('f4') if dtype == 'float64' else pixels)


def test_raw_frames_after_a_header():
    frames = RNG.integers(0, 2**14, (3, 5, 7), np.uint16)
    data = bytes(11) + frames.astype('>u2').tobytes()
    for number, frame in enumerate(frames):
        raw = dict(shape=(5, 7), byteorder='big', offset=11, frame=number)
        same(decode_infrared(data, raw=raw), frame)


def test_raw_frame_between_header_and_trailer():
    data = bytes(11) + COUNTS.tobytes() + bytes(5)
    raw = dict(shape=(5, 7), offset=11)
    with pytest.warns(UserWarning, match='state trailer=5 in raw'):
        same(decode_infrared(data, raw=raw), COUNTS)
    same(decode_infrared(data, raw=dict(raw, trailer=5)), COUNTS)
    same(decode_infrared(data[11:], raw=dict(shape=(5, 7), trailer=5)), COUNTS)
    with pytest.raises(InputError, match=(
            'expected a raw file of 85 bytes .* after 11 bytes and before 4')):
        decode_infrared(data, raw=dict(raw, trailer=4))
    with pytest.raises(InputError, match='state trailer=5 if'):
        decode_infrared(data[11:], raw=dict(shape=(5, 7)))


def test_public_raw_frame_between_header_and_trailer(cases):
    with pytest.warns(UserWarning, match='260 bytes behind'):
        found = read_infrared(str(cases / 'raw/frame.fff'),
                              raw=dict(shape=(64, 80), offset=544))
    same(found, np.load(cases / 'raw/frame_expected.npy'))


# Values


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('kind', ['tiff', 'npy', 'raw', 'npy64'])
def test_values_that_are_not_finite_are_counted(kind, bad):
    pixels = FLOATS.copy()
    pixels[1, 2] = pixels[3, 3] = bad
    data, raw = tiff(pixels), None
    if kind.startswith('npy'):
        data = npy(pixels.astype(np.float64) if '64' in kind else pixels)
    elif kind == 'raw':
        data = pixels.tobytes()
        raw = dict(shape=(5, 7), dtype='float32')
    with pytest.raises(InputError, match=(
            '^hot.x: 2 of 35 pixels are NaN, infinite or too large')):
        decode_infrared(data, 'hot.x', raw=raw)


def test_arrays_of_colour_are_in_opencvs_order():
    expected = np.array(Image.fromarray(COLOUR[..., ::-1].copy()).convert('L'))
    same(check_pixels(COLOUR), expected)


@pytest.mark.parametrize('array, message', [
    (np.zeros((2, 3, 3), np.uint16), r'got uint16 of shape \(2, 3, 3\)'),
    (np.zeros((2, 3, 4), np.uint8), r'got uint8 of shape \(2, 3, 4\)'),
    (np.zeros(5), r'got float64 of shape \(5,\)'),
    (np.zeros((0, 4)), r'got float64 of shape \(0, 4\)'),
    (np.zeros((2, 3), complex), 'expected integers or floats, got complex')])
def test_arrays_that_are_no_infrared_image(array, message):
    with pytest.raises(InputError, match=message):
        check_pixels(array)


# Files and backends


def test_reading_by_path_names_the_file(tmp_path):
    path = tmp_path / 'frame.tif'
    path.write_bytes(tiff(COUNTS, WIDE))
    same(read_infrared(str(path), page=1), WIDE)
    with pytest.raises(InputError, match=f'^{path}: the file holds 2 pages'):
        read_infrared(str(path))
    with pytest.raises(FileNotFoundError):
        read_infrared(str(tmp_path / 'other.tif'))


# Whatever bytes


def readable_or_input_error(data: bytes, **kwargs) -> None:
    try:
        pixels = decode_infrared(data, 'file', **kwargs)
    except InputError as error:
        assert str(error).startswith('file: ')
    else:
        assert pixels.ndim == 2 and pixels.dtype.kind in 'iuf'
        assert np.isfinite(pixels).all()


WHOLE = [tiff(COUNTS), tiff(FLOATS, COUNTS, order='>'),
         tiff(COUNTS, deflate=True), npy(COUNTS), npy(FLOATS),
         encoded('PNG', COUNTS), encoded('BMP', BYTES), encoded('JPEG', BYTES),
         encoded('TIFF', COLOUR)]


@pytest.mark.filterwarnings('ignore')  # Pillow tells of odd tags
@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(WHOLE), st.sampled_from([None, 0, 1]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    st.integers(0, 400))
def test_files_with_wrong_bytes(tmp_path_factory, data, page, changes, cut):
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(data)] = value
    data = bytes(changed[:len(data) - cut if cut % 3 == 0 else None])
    readable_or_input_error(data, page=page)
    path = tmp_path_factory.getbasetemp() / 'fuzzed.tif'
    path.write_bytes(data)
    size, problem = inspect_image(path)
    assert (size is None) != (problem is None)


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=64),
    st.fixed_dictionaries(
        dict(shape=st.tuples(st.integers(1, 4), st.integers(1, 4))),
        optional=dict(
            dtype=st.sampled_from(['uint8', 'int16', 'float32', 'float64']),
            byteorder=st.sampled_from(['little', 'big']),
            offset=st.integers(0, 5), frame=st.integers(0, 3))))
def test_raw_frames_of_random_bytes(data, raw):
    readable_or_input_error(data, raw=raw)
