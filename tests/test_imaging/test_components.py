import numpy as np
import pytest
from helpers.slow_reference import centre, drawn, flood_fill, masks
from hypothesis import example, given, settings
from hypothesis import strategies as st

from projects.dstransnet.imaging.components import connected_components

BLOCKS = drawn("""
    ....##..
    #.......
    ........
    """)
"""OpenCV labels 2 x 2 blocks and numbers the lower component first."""


def assert_components_equal(mask: np.ndarray, connectivity: int) -> None:
    expected = flood_fill(mask, connectivity)
    found = connected_components(mask, connectivity)
    assert len(found) == len(expected)
    labels = np.zeros(mask.shape, int)
    for number, pixels in enumerate(expected, 1):
        for pixel in pixels:
            labels[pixel] = number
    assert np.array_equal(found.labels, labels)
    assert found.areas.tolist() == [len(pixels) for pixels in expected]
    assert found.centroids.shape == (len(expected), 2)
    for centroid, pixels in zip(found.centroids, expected):
        assert centroid.tolist() == pytest.approx(
            [float(value) for value in centre(pixels)], abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(masks(), st.sampled_from([4, 8]))
@example([BLOCKS], 8)
def test_components_equal_a_flood_fill(mask, connectivity):
    """Order included: that of the first pixels, row by row."""
    assert_components_equal(mask[0], connectivity)


@pytest.mark.parametrize('mask', [
    BLOCKS.T, BLOCKS[:, ::-1], np.repeat(BLOCKS, 3, 1)[:, 1::3],
    BLOCKS.tolist()], ids=['transposed', 'mirrored', 'strided', 'list'])
def test_masks_of_any_memory_layout(mask):
    assert_components_equal(np.ascontiguousarray(mask), 8)
    found = connected_components(mask)
    assert np.array_equal(found.labels > 0, np.asarray(mask))
    assert len(found) == 2


@pytest.mark.parametrize('connectivity', [0, 6, '8'])
def test_other_connectivity_is_an_error(connectivity):
    with pytest.raises(
        ValueError, match=f'connectivity must be 4 or 8, got {connectivity}'):
        connected_components(np.zeros((3, 3)), connectivity)


@pytest.mark.parametrize('shape', [(1, 3, 4), (5, ), (0, 0), (0, 5), (5, 0)])
def test_mask_of_another_rank_or_without_pixels_is_an_error(shape):
    """OpenCV would crash where there is no pixel."""
    with pytest.raises(ValueError) as error:
        connected_components(np.zeros(shape))
    assert str(error.value).endswith(f'got {shape}')
    assert 'mask must have shape (H, W)' in str(error.value)
