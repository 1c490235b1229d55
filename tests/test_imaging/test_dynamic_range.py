import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from projects.dstransnet.imaging.dynamic_range import map_range, to_display
from projects.dstransnet.utils.errors import InputError

RNG = np.random.default_rng(0)
IMAGES = [RNG.integers(0, 256, (40, 60), np.uint8),
          RNG.integers(3000, 2**14, (40, 60), np.uint16),
          RNG.integers(-900, 900, (40, 60)).astype(np.int16),
          RNG.normal(300, 0.01, (40, 60)).astype(np.float32)]


@pytest.mark.parametrize('image', IMAGES, ids=lambda image: image.dtype)
def test_minmax(image):
    wide = image.astype(np.float64)
    expected = (wide - wide.min()) / (wide.max() - wide.min()) * 255
    found = map_range(image, 'minmax')
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.min() == 0 and found.max() == 255


@pytest.mark.parametrize('image', IMAGES, ids=lambda image: image.dtype)
@pytest.mark.parametrize('percentiles', [(0.1, 99.9), (5, 90), [0, 100]])
def test_percentile(image, percentiles):
    wide = np.sort(image.astype(np.float64), axis=None)
    places = [share / 100 * (wide.size - 1) for share in percentiles]
    low, high = np.interp(places, np.arange(wide.size), wide)
    expected = (image.astype(np.float64) - low) / (high - low) * 255
    found = map_range(image, 'percentile', percentiles)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, np.minimum(np.maximum(expected, 0), 255), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize('image', IMAGES, ids=lambda image: image.dtype)
@pytest.mark.parametrize('low, high', [(-100, 200), (299.9, 300.1),
                                       (0, 16383)])
def test_fixed_range(image, low, high):
    expected = np.clip((image.astype(np.float64) - low) / (high - low), 0, 1)
    found = map_range(image, dict(low=low, high=high))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected * 255, rtol=1e-6)


@pytest.mark.parametrize('image', IMAGES, ids=lambda image: image.dtype)
def test_none_keeps_values(image):
    found = map_range(image, 'none')
    assert found.dtype == np.float32
    assert np.array_equal(found, image)
    assert not np.shares_memory(found, image)


@pytest.mark.parametrize('mapping', ['minmax', 'percentile'])
@pytest.mark.parametrize('value', [0, 12000, np.float32(3e38)])
def test_images_of_one_value_become_zero(mapping, value):
    with np.errstate(all='raise'):
        found = map_range(np.full((4, 5), value), mapping)
    assert found.dtype == np.float32
    assert np.array_equal(found, np.zeros((4, 5)))


def test_differences_below_float32s_resolution():
    """Of the values themselves; counted from the lowest there is room."""
    image = np.array([[2**30, 2**30 + 1, 2**30 + 2]], np.int32)
    assert map_range(image, 'minmax').tolist() == [[0, 127.5, 255]]


@settings(deadline=None, max_examples=100)
@given(
    arrays(st.sampled_from(['uint8', 'uint16', 'int32', 'float32']),
           array_shapes(min_dims=2, max_dims=2, max_side=6),
           fill=st.nothing()).filter(lambda image: np.isfinite(image).all()),
    st.sampled_from(
        ['minmax', 'percentile', 'none', dict(low=-1.5, high=1e4)]))
def test_any_image(image, mapping):
    found = map_range(image, mapping)
    assert found.dtype == np.float32 and found.shape == image.shape
    assert np.isfinite(found).all()
    if mapping != 'none':
        assert found.min() >= 0 and found.max() <= 255
    order = np.argsort(image, axis=None)
    assert (np.diff(found.ravel()[order]) >= 0).all()
    shown = to_display(image)
    assert shown.dtype == np.uint8 and shown.shape == image.shape


@pytest.mark.parametrize('mapping, percentiles, message', [
    *((mapping, (0, 100), 'mapping: expected one of minmax, percentile, none,')
      for mapping in ('max', '', None, 5, ['minmax'])),
    *((mapping, (0, 100), r'mapping: expected dict\(low=..., high=...\) of')
      for mapping in ({}, dict(low=1), dict(low=1, high=2, gamma=3),
                      dict(low=2, high=2), dict(low=3, high=2),
                      dict(low='a', high='b'), dict(low=0, high=np.nan),
                      dict(low=-np.inf, high=0), dict(low=0, high=np.inf))),
    *(('minmax', percentiles, 'percentiles: expected two values')
      for percentiles in ((1, ), (99, 1), (-1, 50), (0, 101), 5, None,
                          (0, np.nan), ('1', '9')))])
def test_wrong_arguments(mapping, percentiles, message):
    with pytest.raises(InputError, match=message):
        map_range(IMAGES[0], mapping, percentiles)


# to_display


@pytest.mark.parametrize('image', IMAGES[1:], ids=lambda image: image.dtype)
def test_display_is_stretched_between_percentiles(image):
    low, high = np.percentile(image, (0.1, 99.9))
    expected = np.clip((image.astype(np.float64) - low) / (high - low), 0, 1)
    found = to_display(image)
    assert found.dtype == np.uint8
    assert np.abs(found - 255 * expected).max() < 0.501


def test_display_of_8_bits_and_of_one_value():
    assert np.array_equal(to_display(IMAGES[0] // 4), IMAGES[0] // 4)
    assert not to_display(np.full((3, 4), 12000)).any()
