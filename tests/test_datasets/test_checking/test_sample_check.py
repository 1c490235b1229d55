import numpy as np
import pytest
from helpers.small_benchmark import write_sample
from PIL import Image

from projects.dstransnet.datasets.checking.sample_check import (
    Sample,
    check_sample,
)


@pytest.fixture
def sample(tmp_path) -> Sample:
    write_sample(tmp_path, 'a.png', 'a_mask.png', 3)
    return Sample('a', str(tmp_path / 'a.png'), str(tmp_path / 'a_mask.png'))


def test_good_sample(sample, tmp_path):
    found = check_sample(sample, str(tmp_path))
    assert found.size == (30, 23)
    assert found.targets == 2
    assert found.formats == ('PNG L, 8 bit', 'PNG L, 8 bit', '0 and 255')
    assert found.problems == found.notes == ()


@pytest.mark.parametrize('place', ['pixels', 'checksum'])
def test_damage_between_intact_header_and_end(sample, tmp_path, place):
    data = bytearray((tmp_path / 'a.png').read_bytes())
    start = data.index(b'IDAT') + 4
    length = int.from_bytes(data[start - 8:start - 4], 'big')
    data[start + (length // 2 if place == 'pixels' else length)] ^= 255
    (tmp_path / 'a.png').write_bytes(data)
    [(kind, text)] = check_sample(sample, str(tmp_path)).problems
    assert kind == 'images'
    assert text.startswith('a.png: damaged (')


def test_content_is_that_of_the_pixels(sample, tmp_path):
    before = check_sample(sample).content
    with Image.open(sample.image) as image:
        image.convert('RGB').save(sample.image)
    assert check_sample(sample).content == before


def test_grey_values_in_a_mask(sample, tmp_path):
    mask = np.zeros((23, 30), np.uint8)
    mask[3, 4:8] = 64, 150, 255, 255
    Image.fromarray(mask).save(sample.mask)
    assert check_sample(sample, str(tmp_path)).problems == ((
        'mask values', 'a_mask.png: expected only the values 0 and 255, or 0 '
        'and 1, got 0, 64, 150, 255'), )
    found = check_sample(sample, str(tmp_path), mask_threshold=254)
    assert found.problems == ()
    assert found.targets == 1
    assert found.notes == (('grey', 'a_mask.png: 0 and 64 and 150 and 255'), )
