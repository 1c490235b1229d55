import math

import numpy as np
import pytest
from helpers.slow_reference import above, painted, slow_counts

from projects.dstransnet.evaluation import (
    THRESHOLDS,
    DetectionCounts,
    EvaluationProtocol,
    area_under_roc,
    bootstrap_intervals,
    pooled_metrics,
)

SCORES = painted("""
    99..........
    98....7.....
    ............
    ..........4.
    """)
TRUTH = painted("""
    99..........
    99..........
    ............
    ..........9.
    """) > 0


def evaluated(count: int = 2, **kwargs):
    protocol = EvaluationProtocol(**kwargs)
    images = [protocol.measure(SCORES, TRUTH),
              protocol.measure(SCORES, TRUTH[::-1])][:count]
    names = [f'image {k}' for k in range(count)]
    return protocol.evaluate(names, images)


# Thresholds


@pytest.mark.parametrize('threshold, thresholds, levels', [
    (0.5, None, [0.5]),
    (0.5, [0.1, 0.5, 0.9], [0.1, 0.5, 0.9]),
    (1, (0.1, ), [0.1, 1]),
])
def test_levels_are_all_thresholds(threshold, thresholds, levels):
    protocol = EvaluationProtocol(threshold, thresholds)
    assert protocol.levels.tolist() == levels
    counts = protocol.measure(SCORES, TRUTH).counts
    assert len(counts.predicted) == len(levels)
    assert protocol.at_threshold(counts) == slow_counts(
        above(SCORES, threshold), TRUTH)


def test_published_protocol_by_default():
    protocol = EvaluationProtocol()
    assert protocol.levels.tolist() == list(THRESHOLDS)
    assert protocol.settings() == dict(
        threshold=0.5, distance=3.0, match='centroid', connectivity=8,
        nIoU_empty='zero', bootstrap=0, detection_rule='centroid',
        min_iou=0.5)


@pytest.mark.parametrize('options', [
    dict(distance=1), dict(match='overlap'), dict(connectivity=4),
])
def test_options_reach_the_counts(options):
    """Each changes the counts of this map."""
    scores = painted("""
        9.......
        .9......
        ........
        .....9..
        """)
    truth = scores[::-1, ::-1]
    protocol = EvaluationProtocol(**options)
    found = protocol.at_threshold(
        protocol.measure(scores, truth).counts)
    assert found == slow_counts(scores > 0, truth, **options)
    assert found != slow_counts(scores > 0, truth)


# Results


def test_metrics_are_those_at_the_threshold():
    for threshold in (0.3, 0.5, 0.75):
        found = evaluated(threshold=threshold)
        one, other = (slow_counts(above(SCORES, threshold), truth)
                      for truth in (TRUTH, TRUTH[::-1]))
        expected = pooled_metrics(one + other)
        expected['nIoU'] = expected['nIoU_target'] = 50 * sum(
            counts.true_positives / counts.union for counts in (one, other))
        del expected['FPR']
        areas = [found.metrics.pop(name) for name in ('AUC', 'AUC_exact')]
        assert found.metrics == pytest.approx(expected, rel=1e-14)
        assert areas == list(evaluated().metrics.values())[-2:]


def test_order_of_the_metrics():
    names = ['IoU', 'nIoU', 'nIoU_target', 'Pd', 'Fa', 'Fa_component',
             'Fa_pixel', 'Precision', 'Recall', 'F1']
    assert list(evaluated().metrics) == [*names, 'AUC', 'AUC_exact']
    assert list(evaluated(thresholds=None).metrics) == names
    for thresholds in (THRESHOLDS, None):
        protocol = EvaluationProtocol(thresholds=thresholds)
        assert protocol.metric_names() == list(
            evaluated(thresholds=thresholds).metrics)


def test_curves_are_at_the_thresholds_and_no_other():
    """The decision threshold is between them, and adds no point."""
    thresholds = [0.1, 0.35, 0.6, 0.85, 0.95]
    found = evaluated(threshold=0.5, thresholds=thresholds)
    assert found.curves['threshold'].tolist() == thresholds
    for k, threshold in enumerate(thresholds):
        expected = pooled_metrics(sum(
            (slow_counts(above(SCORES, threshold), truth)
             for truth in (TRUTH, TRUTH[::-1])), DetectionCounts()))
        if k == 4:
            assert math.isnan(expected['Precision'])
            expected['Precision'] = 0
        assert found.curves.keys() == {'threshold', *expected}
        for name, value in expected.items():
            assert found.curves[name][k] == pytest.approx(value, rel=1e-14)
    assert found.metrics['AUC'] == area_under_roc(
        found.curves['FPR'] / 100, found.curves['Recall'] / 100)


@pytest.mark.parametrize('scores', [TRUTH, TRUTH[::-1], 0 * TRUTH])
def test_a_single_point_has_no_area(scores):
    """Of masks every threshold below 1 is the same point."""
    for thresholds in (THRESHOLDS, [0, 0.5], [-1, 0.2, 0.9, 1]):
        protocol = EvaluationProtocol(thresholds=thresholds)
        counts = protocol.measure(scores.astype(float), TRUTH)
        found = protocol.evaluate(['a'], [counts])
        assert math.isnan(found.metrics['AUC'])
        assert len(found.curves['FPR']) == len(thresholds)


def test_one_score_between_0_and_1_is_enough_for_an_area():
    protocol = EvaluationProtocol()
    scores = TRUTH.astype(float)
    scores[3, 0] = 0.3  # a false alarm up to there
    found = protocol.evaluate(['a'], [protocol.measure(scores, TRUTH)])
    assert found.metrics['AUC'] == pytest.approx(1 / 43)
    # Among masks of other images, too.
    mask = protocol.measure(TRUTH.astype(float), TRUTH)
    found = protocol.evaluate(['a', 'b'],
                              [protocol.measure(scores, TRUTH), mask])
    assert found.metrics['AUC'] == pytest.approx(1 / 86)


def test_nothing_is_undefined_but_nan_without_targets():
    protocol = EvaluationProtocol(thresholds=[0.1, 0.95])
    found = protocol.evaluate(['a'], [protocol.measure(SCORES, 0 * TRUTH)])
    for name in ('Pd', 'Recall', 'AUC', 'AUC_exact', 'nIoU_target'):
        assert math.isnan(found.metrics[name]), name
    assert np.isnan(found.curves['Pd']).all()
    assert found.curves['Precision'].tolist() == [0, 0]


@pytest.mark.parametrize('rule, expected', [('zero', 50), ('one', 100),
                                            ('skip', 100)])
def test_rule_for_images_of_nothing(rule, expected):
    protocol = EvaluationProtocol(nIoU_empty=rule, bootstrap=200)
    images = [protocol.measure(0 * SCORES, 0 * TRUTH),
              protocol.measure(TRUTH.astype(float), TRUTH)]
    found = protocol.evaluate(['a', 'b'], images)
    assert found.metrics['nIoU'] == expected
    assert found.metrics['nIoU_target'] == 100
    assert found.intervals['nIoU_target'] == (100, 100)
    assert len(found.warnings) == (rule == 'zero')
    assert found.intervals['nIoU'] == {
        'zero': (0, 100), 'one': (100, 100), 'skip': (100, 100)}[rule]


def test_intervals_where_asked_for():
    assert evaluated().intervals == {}
    found = evaluated(bootstrap=40)
    decided = [slow_counts(above(SCORES, 0.5), truth)
               for truth in (TRUTH, TRUTH[::-1])]
    expected = bootstrap_intervals(decided, 40)
    del expected['FPR']
    assert found.intervals == expected
    assert list(found.intervals) == list(found.metrics)[:-2]
    assert found.settings['bootstrap'] == 40


@pytest.mark.parametrize('bootstrap', [0, 10])
def test_no_image_at_all(bootstrap):
    found = EvaluationProtocol(bootstrap=bootstrap).evaluate([], [])
    assert all(math.isnan(value) for value in found.metrics.values())
    assert found.curves == found.intervals == {}
    assert found.images == []


# Arguments


@pytest.mark.parametrize('kwargs, message', [
    (dict(threshold=1.5), r'threshold must be within \[0, 1\], got 1.5'),
    (dict(thresholds=[]), r'strictly increasing, got \[\]'),
    (dict(distance=0), 'distance must be positive, got 0'),
    *[(dict(bootstrap=value), f'bootstrap must be an integer .*{value!r}')
      for value in (-1, 1e3, '1000')],
    (dict(distance='3'), "distance must be a number, got '3'"),
    (dict(min_iou='0.5'), "min_iou must be a number, got '0.5'"),
    (dict(detection_rule='box'), "rule must be 'centroid', 'inside' or"),
    (dict(min_iou=0), r'min_iou must be within \(0, 1\], got 0'),
])
def test_invalid_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        EvaluationProtocol(**kwargs)


def test_settings_of_a_metric():
    """A rule of its own wins over the same rule of the group."""
    protocol = EvaluationProtocol.of_settings(dict(
        type='IRSTDMetric', threshold=0.3, output_dir='masks',
        protocol=dict(threshold=0.4, distance=2)))
    assert protocol == EvaluationProtocol(threshold=0.3, distance=2)
