import numpy as np
import pytest
from helpers.slow_reference import (
    close_call,
    drawn,
    flood_fill,
    masks,
    slow_match,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from projects.dstransnet.evaluation import count_detections, match_components
from projects.dstransnet.imaging.components import connected_components

RULES = ['centroid', 'overlap']


def matched(targets: str, predictions: str, **kwargs) -> tuple[list, list]:
    """Return the numbers of the detected targets, and of the hits."""
    found = match_components(
        connected_components(drawn(targets)),
        connected_components(drawn(predictions)), **kwargs)
    assert found.detected.dtype == found.matched.dtype == bool
    return (np.flatnonzero(found.detected).tolist(),
            np.flatnonzero(found.matched).tolist())


@pytest.mark.parametrize('offset, detected', [
    ((0, 0), True),
    ((0, 2), True),
    ((0, 3), False),
    ((-3, 0), False),
])
def test_distance_of_3_is_not_near(offset, detected):
    target, prediction = np.zeros((2, 16, 16), bool)
    target[8, 8] = prediction[8 + offset[0], 8 + offset[1]] = True
    assert count_detections(prediction, target).detected == detected


def test_distance_is_between_centroids():
    """Touching or overlapping does not matter."""
    assert matched('#........', '###......') == ([0], [0])
    assert matched('#........', '######...') == ([0], [0])
    assert matched('#........', '#######..') == ([], [])
    assert matched('#####....', '.....#...') == ([], [])
    assert matched('####.....', '....#....') == ([0], [0])


def test_the_first_component_is_taken_not_the_nearest():
    picture = """
        ..#....
        .......
        ..##...
        .......
        """
    target = """
        .......
        .......
        ..##...
        .......
        """
    assert matched(target, picture) == ([0], [0])
    assert matched(target, picture, match='overlap') == ([0], [1])


def test_raster_order_decides_where_opencvs_order_would_differ():
    """Of two components near, the upper, which has two pixels."""
    target = drawn("""
        ........
        ..#.....
        ........
        """)
    prediction = drawn("""
        ....##..
        #.......
        ........
        """)
    counts = count_detections(prediction, target)
    assert counts.detected == 1
    assert counts.false_area == 1


# Overlap


@settings(max_examples=150, deadline=None)
@given(
    masks(count=2), st.sampled_from(RULES), st.sampled_from([4, 8]),
    st.sampled_from([0.5, 1, 2.3, 3, 4.7, 100]))
def test_matches_equal_the_slow_reference(pair, match, connectivity,
                                          distance):
    assume(not close_call(*pair, distance, connectivity))
    found = match_components(
        *(connected_components(mask, connectivity) for mask in pair),
        distance, match)
    expected = slow_match(*(flood_fill(mask, connectivity) for mask in pair),
                          distance, match)
    assert (found.detected.tolist(), found.matched.tolist()) == expected


# Options


@pytest.mark.parametrize('change, message', [
    (dict(match='nearest'),
     "match must be 'centroid' or 'overlap', got 'nearest'"),
    (dict(distance=0), 'distance must be positive, got 0'),
    (dict(distance=float('nan')), 'distance must be positive, got nan'),
    (dict(connectivity=5), 'connectivity must be 4 or 8, got 5'),
])
def test_options_outside_their_values(change, message):
    mask = np.ones((4, 4))
    with pytest.raises(ValueError) as error:
        count_detections(mask, mask, **change)
    assert str(error.value) == message
    if 'connectivity' not in change:
        with pytest.raises(ValueError) as error:
            matched('#...', '#...', **change)
        assert str(error.value) == message
