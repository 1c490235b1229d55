import dataclasses

import numpy as np
import pytest
from helpers.slow_reference import close_call, drawn, masks, slow_counts
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from projects.dstransnet.evaluation import DetectionCounts, count_detections
from projects.dstransnet.evaluation.functional.counts import false_alarm_counts


def test_perfect_prediction():
    mask = drawn("""
        ##......
        ##....#.
        ........
        ...###..
        """)
    assert count_detections(mask, mask) == DetectionCounts(
        pixels=32, true_positives=8, predicted=8, actual=8, targets=3,
        detected=3)


def test_two_targets_that_share_one_component():
    """The first is detected, the second is not; its pixels are false."""
    target = drawn("""
        ........
        .##.##..
        ........
        """)
    prediction = drawn("""
        ........
        .#####..
        ........
        """)
    counts = count_detections(prediction, target)
    assert (counts.targets, counts.detected) == (2, 1)
    assert counts.false_area == counts.false_component == 0
    assert counts.false_alarms == 0
    assert counts.false_pixel == 3
    assert (counts.true_positives, counts.union) == (4, 5)
    both = count_detections(prediction, target, match='overlap')
    assert both == dataclasses.replace(counts, detected=2, false_pixel=1)


@settings(max_examples=200, deadline=None)
@given(
    masks(count=2), st.sampled_from(['centroid', 'overlap']),
    st.sampled_from([4, 8]), st.sampled_from([0.4, 1.2, 3, 5]))
def test_counts_equal_the_slow_reference(pair, match, connectivity,
                                         distance):
    assume(not close_call(*pair, distance, connectivity))
    options = distance, match, connectivity
    assert count_detections(*pair, *options) == slow_counts(*pair, *options)


# Sums


def test_counts_add_up_field_by_field():
    fields = [field.name for field in dataclasses.fields(DetectionCounts)]
    first = DetectionCounts(*range(len(fields)))
    second = DetectionCounts(*range(100, 100 + len(fields)))
    total = first + second
    for number, name in enumerate(fields):
        assert getattr(total, name) == 100 + 2 * number
    assert sum([first, second], DetectionCounts()) == total


def test_counts_at_one_threshold_are_ints():
    sweep = DetectionCounts(9, np.array([2, 1]), np.array([4, 2]), 3)
    for index, expected in enumerate([(2, 4), (1, 2)]):
        counts = sweep.at(index)
        assert (counts.true_positives, counts.predicted) == expected
        assert (counts.pixels, counts.actual) == (9, 3)
        assert {type(value) for value in vars(counts).values()} == {int}


# False alarms


@pytest.mark.parametrize('areas, hits, expected', [
    ([], [], (0, 0, 0)),
    ([5, 3], [True, True], (0, 0, 0)),
    ([5, 3], [False, False], (8, 8, 2)),
    ([5, 3, 5], [True, False, False], (3, 8, 2)),
    # Two hits of one area take that area's false alarms along just once.
    ([5, 5, 5, 2], [True, True, False, False], (2, 7, 2)),
    ([1, 2, 1, 2, 3], [False, True, True, False, False], (3, 6, 3)),
])
def test_false_alarms_by_each_definition(areas, hits, expected):
    found = false_alarm_counts(np.array(areas, np.int64),
                               np.array(hits, bool))
    assert found == dict(zip(
        ('false_area', 'false_component', 'false_alarms'), expected))
    assert {type(value) for value in found.values()} == {int}
