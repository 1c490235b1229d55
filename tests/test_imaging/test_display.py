import mmcv
import numpy as np
import pytest

from projects.dstransnet.imaging.display import read_for_display
from projects.dstransnet.utils.errors import InputError


def test_8_bit_files_are_shown_as_they_are(tmp_path):
    rng = np.random.default_rng(0)
    for shape in ((9, 7), (9, 7, 3)):
        image = rng.integers(0, 256, shape, dtype=np.uint8)
        path = str(tmp_path / 'a.png')
        mmcv.imwrite(image, path)
        expected = image[..., ::-1] if image.ndim == 3 else np.stack(
            [image] * 3, axis=-1)
        assert np.array_equal(read_for_display(path), expected)


@pytest.mark.parametrize('suffix', ['png', 'tif', 'npy'])
def test_16_bit_files_are_stretched(tmp_path, suffix):
    """8 bits of 12000 and 12040 would be one grey level."""
    image = np.full((20, 30), 12000, np.uint16)
    image[:, 15:] = 12040
    path = tmp_path / f'a.{suffix}'
    if suffix == 'npy':
        np.save(path, image)
    else:
        mmcv.imwrite(image, str(path))
    shown = read_for_display(str(path))
    assert shown.shape == (20, 30, 3) and shown.dtype == np.uint8
    assert (shown[:, :15] == 0).all() and (shown[:, 15:] == 255).all()


def test_raw_frames(tmp_path):
    frame = np.arange(12, dtype='>u2').reshape(3, 4)
    path = tmp_path / 'a.raw'
    path.write_bytes(frame.tobytes())
    shown = read_for_display(
        str(path), raw=dict(shape=(3, 4), dtype='uint16', byteorder='big'))
    assert shown[0, 0, 0] == 0 and shown[-1, -1, 0] == 255


def test_other_files_are_an_error_that_names_them(tmp_path):
    (tmp_path / 'a.png').write_text('hello')
    with pytest.raises(InputError, match='a.png'):
        read_for_display(str(tmp_path / 'a.png'))
