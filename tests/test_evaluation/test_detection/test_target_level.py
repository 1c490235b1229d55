import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.dstransnet.evaluation.detection.target_level import (
    FROC_RATES,
    TargetLevelRecord,
    curve_corners,
    froc_metrics,
    target_level_curve,
    target_level_metrics,
)


@st.composite
def records(draw):
    """Return the record of an image, with scores in common with others."""
    found = draw(
        st.lists(
            st.tuples(st.sampled_from([-1., .25, .5, .75, 1.]),
                      st.booleans()),
            max_size=6))
    hits = [hit for _, hit in found]
    targets = sum(hits) + draw(st.integers(0, 2))
    return TargetLevelRecord(targets, [score for score, _ in found], hits)


def slow_point(images, counts):
    """Return detections, hits and targets where ``counts`` says so."""
    detections = hits = 0
    for image in images:
        for score, hit in zip(image.scores.tolist(), image.hits.tolist()):
            if counts(score):
                detections, hits = detections + 1, hits + hit
    return detections, hits, sum(image.targets for image in images)


def slow_average_precision(images):
    """Return the mean over targets of the best precision that finds them."""
    targets = sum(image.targets for image in images)
    scores = {score for image in images for score in image.scores.tolist()}
    points = [slow_point(images, lambda value, s=score: value >= s)
              for score in scores]
    best = [max((Fraction(hits, detections)
                 for detections, hits, _ in points if hits >= wanted),
                default=Fraction(0)) for wanted in range(1, targets + 1)]
    return float(100 * sum(best) / targets) if targets else math.nan


def percent(part, whole):
    return 100 * part / whole if whole else math.nan


@given(st.lists(records(), max_size=5), st.sampled_from([-2, .25, .5, 1]))
def test_metrics_agree_with_loops(images, threshold):
    detections, hits, targets = slow_point(images, lambda s: s > threshold)
    expected = dict(
        Pd=percent(hits, targets),
        FalseAlarmsPerImage=percent(detections - hits, len(images)) / 100,
        TargetPrecision=percent(hits, detections),
        TargetRecall=percent(hits, targets),
        TargetF1=percent(2 * hits, detections + targets),
        AP=slow_average_precision(images))
    metrics = target_level_metrics(iter(images), threshold)
    assert metrics == pytest.approx(expected, nan_ok=True, rel=1e-12)
    assert all(type(value) is float for value in metrics.values())


@given(st.lists(records(), max_size=5))
def test_curve_is_the_metrics_at_every_score(images):
    curve = target_level_curve(iter(images))
    scores = {score for image in images for score in image.scores.tolist()}
    assert curve['threshold'].tolist() == sorted(scores, reverse=True)
    for number, score in enumerate(curve['threshold']):
        metrics = target_level_metrics(images, np.nextafter(score, -np.inf))
        for name in ('Pd', 'FalseAlarmsPerImage', 'TargetPrecision'):
            assert curve[name][number] == pytest.approx(
                metrics[name], nan_ok=True, rel=1e-12)


@given(st.lists(records(), max_size=4))
def test_corners_are_the_same_line(images):
    """Every point left out is on the line between those that stay."""
    curve = target_level_curve(images)
    corners = curve_corners(curve)
    assert corners.keys() == curve.keys()
    kept = np.isin(curve['threshold'], corners['threshold'])
    for name, values in curve.items():
        np.testing.assert_array_equal(corners[name], values[kept])
    assert kept[[0, -1]].all() if kept.size else True
    for place in np.flatnonzero(~kept):
        before = np.flatnonzero(kept[:place])[-1]
        after = place + np.flatnonzero(kept[place:])[0]
        around = [before, place, after]
        assert any(
            len(set(curve[name][around].tolist())) == 1 or np.isnan(
                curve[name][around]).all()
            for name in ('Pd', 'FalseAlarmsPerImage'))
    hits = sum(image.hits.sum() for image in images)
    assert len(corners['threshold']) <= 2 * hits + 2
    again = curve_corners(corners)
    np.testing.assert_array_equal(again['threshold'], corners['threshold'])


def test_corners_of_nothing():
    assert curve_corners({}) == {}
    nothing = curve_corners(target_level_curve([]))
    assert {len(values) for values in nothing.values()} == {0}


@pytest.mark.parametrize('arguments, message', [
    ((1, [1], []), r'one shape \(K, \), got \(1,\) and \(0,\)'),
    ((1, [[1]], [[True]]), r'one shape \(K, \), got \(1, 1\)'),
    ((1, [math.nan], [True]), 'scores must be finite'),
    ((1, [1, 1], [True, True]), 'hits must be 1 at most, .*, got 2'),
])
def test_records_that_are_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        TargetLevelRecord(*arguments)


# At fixed false alarms an image


def slow_sensitivity(images, rate: float) -> float:
    """Best Pd of any threshold with few enough false alarms."""
    targets = sum(image.targets for image in images)
    best = 0.0
    for threshold in np.unique(np.concatenate([i.scores for i in images])):
        hits = sum(image.hits[image.scores >= threshold].sum()
                   for image in images)
        alarms = sum((~image.hits)[image.scores >= threshold].sum()
                     for image in images)
        if alarms / len(images) <= rate:
            best = max(best, 100 * hits / targets)
    return best


def test_froc_equals_a_slow_reference():
    rng = np.random.default_rng(0)
    images = [
        TargetLevelRecord(9, rng.integers(0, 40, 12) / 40, np.isin(
            np.arange(12), rng.choice(12, 4, replace=False)))
        for _ in range(6)]
    found = froc_metrics(images)
    values = [slow_sensitivity(images, rate) for rate in FROC_RATES]
    assert list(found.values()) == pytest.approx([np.mean(values), *values])
    assert list(found)[:3] == ['FROC', 'Sensitivity_0.125', 'Sensitivity_0.25']


def test_a_false_alarm_with_the_best_score():
    image = TargetLevelRecord(1, [0.9, 0.8], [False, True])
    found = froc_metrics([image], [0.5, 1])
    assert found == {'FROC': 50, 'Sensitivity_0.5': 0, 'Sensitivity_1': 100}


@pytest.mark.parametrize('images', [[], [TargetLevelRecord(0, [1], [False])]])
def test_froc_is_undefined_without_targets(images):
    assert all(math.isnan(value) for value in froc_metrics(images).values())
