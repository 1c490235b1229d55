import math

import numpy as np
import pytest

from projects.dstransnet.evaluation import (
    UNITS,
    DetectionCounts,
    area_under_roc,
    mean_image_iou,
    pooled_metrics,
    ratio,
)
from projects.dstransnet.evaluation.functional.formulas import (
    format_metric,
    image_ious,
    limitirstd_accuracy,
    wilson_interval,
)

HALF = DetectionCounts(pixels=9, true_positives=2, predicted=3, actual=3)
NONE = DetectionCounts(pixels=9, predicted=4)
WHOLE = DetectionCounts(pixels=9, true_positives=5, predicted=5, actual=5)
NOTHING = DetectionCounts(pixels=9)


# Ratios


def test_ratio_without_denominator_is_nan():
    assert ratio(3, 4) == 0.75
    assert ratio(0, 4) == 0
    assert math.isnan(ratio(0, 0))
    assert math.isnan(ratio(3, 0))
    assert type(ratio(np.int64(3), np.int64(4))) is float
    assert math.isnan(ratio(np.float64(1), np.float64(0)))


@pytest.mark.parametrize('part, whole, expected', [
    ([1, 0, 3], [2, 0, 4], [0.5, math.nan, 0.75]),
    ([1, 2], 4, [0.25, 0.5]),
    ([1, 2], 0, [math.nan, math.nan]),
    (3, [4, 0], [0.75, math.nan]),
    ([], [], []),
])
@pytest.mark.filterwarnings('error')
def test_ratios_of_arrays(part, whole, expected):
    """Element by element, whichever is one, and without a warning."""
    found = ratio(*(np.array(value, int) if isinstance(value, list) else value
                    for value in (part, whole)))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)


# Pooled metrics


def test_pooled_metrics_by_hand():
    found = pooled_metrics(DetectionCounts(
        pixels=1000, true_positives=30, predicted=40, actual=50, targets=8,
        detected=6, false_area=3, false_component=7, false_pixel=9,
        false_alarms=2))
    expected = dict(
        IoU=100 * 30 / 60, Pd=75, Fa=3000, Fa_component=7000, Fa_pixel=9000,
        Precision=75, Recall=60, F1=100 * 60 / 90, FPR=100 * 10 / 950)
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, rel=1e-14)
    assert set(UNITS) >= {*expected, 'nIoU', 'AUC'}


@pytest.mark.parametrize('counts, undefined', [
    (DetectionCounts(), None),
    (DetectionCounts(9), ['IoU', 'Pd', 'Precision', 'Recall', 'F1']),
    (DetectionCounts(9, predicted=2), ['Pd', 'Recall']),
    (DetectionCounts(9, actual=2, targets=1), ['Precision']),
    (DetectionCounts(4, 4, 4, 4, 1, 1), ['FPR']),
])
def test_metrics_without_denominator_are_nan(counts, undefined):
    found = pooled_metrics(counts)
    assert undefined is None or found.keys() > set(undefined)
    assert [name for name, value in found.items()
            if math.isnan(value)] == (undefined or list(found))


def test_a_sweep_has_the_metrics_of_each_threshold():
    """To the last bit, NaN included."""
    rng = np.random.default_rng(0)
    predicted = np.array([50, 9, 4, 0])
    sweep = DetectionCounts(
        100, predicted // 2, predicted, 30, 4, rng.integers(0, 5, 4),
        *rng.integers(0, 40, (4, 4)))
    for targets in (4, 0):
        sweep = DetectionCounts(**{**vars(sweep), 'targets': targets})
        found = pooled_metrics(sweep)
        for k in range(4):
            for name, value in pooled_metrics(sweep.at(k)).items():
                np.testing.assert_array_equal(found[name][k], value, name)
    assert math.isnan(found['Precision'][3])
    assert np.isnan(found['Pd']).all()


# nIoU


@pytest.mark.parametrize('empty, value', [('zero', 0), ('one', 1),
                                          ('skip', math.nan)])
def test_ious_of_images(empty, value):
    """An image of false alarms alone has 0 by every rule."""
    np.testing.assert_array_equal(
        image_ious([WHOLE, NOTHING, NONE, HALF], empty), [1, value, 0, 0.5])


def test_unknown_rule_for_images_of_nothing():
    with pytest.raises(
            ValueError,
            match="nIoU_empty must be 'zero', 'one' or 'skip', got 'nan'"):
        mean_image_iou([], 'nan')


# AUC


@pytest.mark.parametrize('fpr, tpr, area', [
    ([1, 0], [1, 0], 0.5),
    ([1, 0, 0], [1, 1, 0], 1),
    ([1, 1, 0], [1, 0, 0], 0),
    ([1, 0.5, 0.25, 0], [1, 0.8, 0.4, 0], 0.45 + 0.15 + 0.05),
    # Not extended to (0, 0) and (1, 1).
    ([0.5, 0.25], [1, 0.6], 0.2),
    ([0.5], [1], 0),
])
def test_area_by_hand(fpr, tpr, area):
    assert area_under_roc(
        np.array(fpr, float), np.array(tpr, float)) == pytest.approx(
            area, abs=1e-15)


# As text


@pytest.mark.parametrize('name, value, interval, text', [
    ('Pd', 98.165, None, '98.17'),
    ('Fa', 15.2, (0.004, 30), '15.20 [0.00, 30.00]'),
    ('AUC', 0.91236, None, '0.9124'),
    ('something else', 0.5, None, '0.5000'),
    ('IoU', math.nan, None, 'nan'),
    ('IoU', math.nan, (math.nan, math.nan), 'nan'),
    ('IoU', 0.0, (0.0, 0.0), '0.00 [0.00, 0.00]'),
])
def test_metrics_as_text(name, value, interval, text):
    assert format_metric(name, value, interval) == text


# Intervals and challenges


@pytest.mark.parametrize(('hits', 'number'), [(0, 5), (5, 5), (7, 20)])
def test_wilson_interval_solves_its_equation(hits, number):
    """At both ends the score test is at its limit of 1.96 deviations."""
    for end in wilson_interval(hits, number):
        if 0 < end < 1:
            deviation = math.sqrt(end * (1 - end) / number)
            assert abs(hits / number - end) / deviation == pytest.approx(1.96)


@pytest.mark.parametrize('score, iou, pd', [
    (60.3803, 42.5640, 78.1966),  # rank 2
    (53.6450, 34.5628, 72.7272),  # rank 7
])
def test_published_ranking_of_limitirstd(score, iou, pd):
    assert limitirstd_accuracy(iou, pd) == pytest.approx(score, abs=1e-4)
