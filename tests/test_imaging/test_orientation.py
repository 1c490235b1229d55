import io
import struct

import numpy as np
import pytest
from mmengine.dataset import Compose
from PIL import Image

from projects.dstransnet.imaging.display import read_for_display
from projects.dstransnet.imaging.file_inspection import inspect_image
from projects.dstransnet.imaging.full_depth_reading import read_infrared
from projects.dstransnet.imaging.masks import read_mask
from projects.dstransnet.imaging.orientation import as_stored

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9), np.uint8)
TAG = 274


def tiff(tag: int, order: str, big: bool) -> bytes:
    """A TIFF of two pages, written byte by byte."""
    pointer, count, size = ('Q', 'Q', 8) if big else ('I', 'H', 4)
    start = struct.pack(order + ('HHHQ' if big else 'HI'),
                        *((43, 8, 0, 0) if big else (42, 0)))
    data = (b'II' if order == '<' else b'MM') + start
    link = len(data) - size
    for _ in range(2):
        place = len(data)
        data += PIXELS.tobytes()
        entries = [(256, 9), (257, 6), (258, 8), (259, 1), (262, 1),
                   (273, place), (TAG, tag), (277, 1), (278, 6), (279, 54)]
        data = (data[:link] + struct.pack(order + pointer, len(data))
                + data[link + size:])
        data += struct.pack(order + count, len(entries))
        for key, value in entries:
            code = 3 if value < 2**16 and key not in (273, 279) else 4
            data += struct.pack(f'{order}HH{pointer}', key, code, 1)
            data += struct.pack(
                order + {3: 'H', 4: 'I'}[code], value).ljust(size, b'\0')
        link = len(data)
        data += bytes(size)
    return data


@pytest.mark.parametrize('big', [False, True])
@pytest.mark.parametrize('order', ['<', '>'])
@pytest.mark.parametrize('tag', range(2, 9))
def test_every_page_of_a_tiff(tag, order, big):
    data = tiff(tag, order, big)
    assert as_stored(data) == tiff(1, order, big)
    # Pillow knows no BigTIFF of this byte order.
    for page in range(0 if big and order == '>' else 2):
        with Image.open(io.BytesIO(as_stored(data))) as image:
            image.seek(page)
            assert np.array_equal(np.array(image), PIXELS)


def test_damaged_and_circular_files_are_left_alone():
    data = tiff(6, '<', False)
    for length in range(0, len(data), 7):
        as_stored(data[:length])
    circular = data[:-4] + data[4:8]
    assert as_stored(circular)[-4:] == data[4:8]


@pytest.mark.parametrize('kind', ['png', 'jpg', 'webp', 'tif'])
@pytest.mark.parametrize('tag', [3, 6, 8])
def test_readers_agree(kind, tag, tmp_path):
    """The image lies as the mask beside it, which has no tag."""
    pixels = np.kron(PIXELS // 128 * 255, np.ones((8, 8), np.uint8))
    path = str(tmp_path / f'a.{kind}')
    exif = Image.Exif()
    exif[TAG] = tag
    options = dict(webp=dict(lossless=True), jpg=dict(quality=100))
    Image.fromarray(pixels).save(path, exif=exif, **options.get(kind, {}))
    found = [
        read_infrared(path), read_for_display(path)[..., 0],
        *(Compose([dict(type='LoadImageFromFile', color_type=colour,
                        imdecode_backend=backend)])(dict(img_path=path))['img']
          for colour in ('grayscale', 'unchanged')
          for backend in ('cv2', 'pillow')),
        Compose([dict(type='LoadImageFromFile')])(
            dict(img_path=path))['img'][..., 0],
        Compose([dict(type='LoadInfraredImage', mapping='none')])(
            dict(img_path=path))['img']]
    if kind != 'webp':  # of three channels
        found.append(read_mask(path))
    for image in found:
        if image.ndim == 3:
            image = image[..., 0]
        assert image.shape == pixels.shape
        assert np.abs(image.astype(int) - pixels).max() <= 4
    assert inspect_image(path).size == pixels.shape[::-1]


def test_public_files(cases):
    """Targets are brighter than what surrounds them."""
    for path in sorted((cases / 'orientation/images').iterdir()):
        image = Compose([dict(type='LoadImageFromFile')])(
            dict(img_path=str(path)))['img'][..., 0]
        mask = read_mask(str(cases / f'orientation/masks/{path.stem}.png'))
        assert image.shape == mask.shape == (96, 128)
        assert np.array_equal(image, read_infrared(str(path)))
        assert inspect_image(path).size == (128, 96)
