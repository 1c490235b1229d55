import numpy as np
import pytest
from helpers.results import result

from projects.dstransnet.evaluation import EvaluationProtocol, EvaluationResult
from projects.dstransnet.evaluation.report.comparability import (
    differences,
    pd_orders,
    protocol_note,
)
from projects.dstransnet.evaluation.report.comparison_table import (
    comparison_latex,
    comparison_markdown,
)


@pytest.mark.parametrize(('change', 'line'), [
    (dict(threshold=0.25), 'threshold: 0.5 (a, c), 0.25 (b)'),
    (dict(match='overlap'), 'match: centroid (a, c), overlap (b)'),
    (dict(num_images=3), 'number of images: 2 (a, c), 3 (b)'),
])
def test_differences_are_named(change, line):
    runs = dict(a=result(dict(IoU=1.0)), b=result(dict(IoU=1.0), **change),
                c=result(dict(IoU=1.0), distance=3.0, bootstrap=9))
    assert differences(runs) == [line]
    assert comparison_markdown(runs).endswith(
        f'\n\nNote: the runs were not evaluated alike: {line}.\n')


def test_alike_runs_have_no_note():
    runs = dict(a=result(dict(IoU=1.0)), b=result(dict(IoU=2.0)))
    assert differences(runs) == []
    assert 'Note' not in comparison_markdown(runs)
    del runs['b'].settings['match']
    assert differences(runs) == ['match: centroid (a), not given (b)']


def boxes(rule='centroid', min_iou=0.5, **metrics):
    return result(dict(metrics, AP=1.0), detection_rule=rule,
                  min_iou=min_iou)


def test_rules_for_detections_are_compared_where_both_have_one():
    runs = dict(a=boxes(), b=boxes('iou', 0.25), c=boxes('iou', 0.5))
    lines = ['detection_rule: centroid (a), iou (b, c)',
             'min_iou: 0.25 (b), 0.5 (c)']
    assert differences(runs) == lines
    assert differences(runs, ['AP']) == lines
    assert f'alike: {"; ".join(lines)}.\n' in comparison_markdown(runs)
    # Nothing but the rule iou needs a minimum.
    assert differences(dict(a=boxes(), b=boxes(min_iou=0.25))) == []
    # A run without a rule is none of them.
    runs = dict(a=boxes(), b=result(dict(IoU=1.0)))
    assert differences(runs) == []


def test_rules_for_detections_matter_to_their_metrics_only():
    runs = dict(a=boxes(IoU=1.0, Pd=2.0), b=boxes('inside', IoU=1.0, Pd=2.0))
    line = 'detection_rule: centroid (a), inside (b)'
    assert differences(runs) == [line]
    assert differences(runs, ['IoU', 'Pd']) == []
    assert 'Note' not in comparison_markdown(runs, ['IoU', 'Pd'])
    # The Pd of boxes is by the rule, that of masks is not.
    runs = {name: boxes(rule, Pd=2.0, TargetPrecision=3.0)
            for name, rule in (('a', 'centroid'), ('b', 'inside'))}
    assert differences(runs, ['Pd']) == [line]


def swept(thresholds):
    found = result(dict(AUC=0.5))
    found.curves['threshold'] = np.asarray(thresholds, float)
    return found


@pytest.mark.parametrize(('thresholds', 'line'), [
    (np.arange(51) / 50, '101 within 0 .. 1 (a), 51 within 0 .. 1 (b)'),
    ([0.2, 0.3], '101 within 0 .. 1 (a), 2 within 0.2 .. 0.3 (b)'),
    (np.linspace(0, 1, 101)**2, '101 within 0 .. 1, series 1 (a), '
     '101 within 0 .. 1, series 2 (b)'),
])
def test_swept_thresholds_are_compared(thresholds, line):
    runs = dict(a=swept(np.arange(101) / 100), b=swept(thresholds),
                none=result(dict(AUC=0.5)))
    assert differences(runs) == [f'swept thresholds: {line}']
    assert f'swept thresholds: {line}.\n' in comparison_markdown(runs)


@pytest.mark.parametrize(('field', 'values', 'line'), [
    ('num_pixels', (512, 1024), 'number of pixels: 512 (a), 1024 (b)'),
    ('num_targets', (0, 3), 'number of targets: 0 (a), 3 (b)'),
    ('images_hash', ('0a', '0b'),
     'names of images (their hash): 0a (a), 0b (b)'),
])
def test_images_are_compared_where_known(field, values, line):
    runs = dict(a=result({}), b=result({}), old=result({}))
    for name, value in zip('ab', values):
        setattr(runs[name], field, value)
    assert differences(runs) == [line]
    assert differences(dict(b=runs['b'], old=runs['old'])) == []


def test_orders_of_matching_have_a_note():
    runs = dict(a=result(dict(IoU=1.0, Pd=2.0, TargetPrecision=3.0)),
                b=result(dict(Pd=2.0, TargetPrecision=3.0)))
    note = ('Note: Pd is by two orders of matching: targets take components '
            'in raster order (masks: a), detections take targets by score '
            '(boxes or points: b).\n')
    assert comparison_markdown(runs).endswith(f'\n\n{note}')
    assert comparison_latex(runs).endswith(f'\\par {note}')
    assert 'Note' not in comparison_markdown(runs, ['TargetPrecision'])
    for name in runs:
        assert pd_orders({name: runs[name], 'c': runs[name]}) == ''
    del runs['a'].metrics['Pd']
    assert pd_orders(runs) == ''


# Protocol


def stated(**facts):
    settings = EvaluationProtocol(threshold=0.3).settings()
    return EvaluationResult({}, settings={**settings, **facts}, num_images=86)


def test_shared_values_stand_alone_and_others_have_names():
    note = protocol_note(dict(
        a=stated(input_size='64 x 64', seeds=3, split='test'),
        b=stated(input_size='32 x 32', seeds=3, split='test')))
    assert 'split: test; images: 86; input: 64 x 64 (a), 32 x 32 (b); ' \
        in note
    assert 'seeds: 3; threshold: fixed, score > 0.3; matching: centroid ' \
        'nearer than 3 pixels, 8-connected; Fa: ' in note


def test_a_matching_rule_without_distance():
    assert 'matching: overlap, 4-connected' in protocol_note(
        dict(a=stated(match='overlap', connectivity=4)))


def test_what_is_unknown_is_not_stated():
    note = protocol_note(dict(a=EvaluationResult({})))
    assert note.count('not stated') == 6
