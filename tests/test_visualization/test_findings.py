import numpy as np

from projects.dstransnet.visualization.findings import (
    Finding,
    Kind,
    counted,
    find,
)


def test_targets_come_first_then_false_alarms():
    target, prediction = np.zeros((2, 32, 32), np.uint8)
    target[5:7, 5:8] = target[20, 20] = 1
    prediction[0, 0] = prediction[5:8, 5:8] = prediction[31, 30:] = 1
    assert find(prediction, target, 'centroid', 3., 8) == [
        Finding(Kind.HIT, 1, 6, (5, 5, 7, 8)),
        Finding(Kind.MISSED, 2, 1, (20, 20, 21, 21)),
        Finding(Kind.FALSE_ALARM, 3, 1, (0, 0, 1, 1)),
        Finding(Kind.FALSE_ALARM, 4, 2, (31, 30, 32, 32)),
    ]


def test_without_truth_there_are_detections():
    prediction = np.eye(4, dtype=bool)
    assert find(prediction, None, 'overlap', 3., 8) == [
        Finding(Kind.DETECTION, 1, 4, (0, 0, 4, 4))
    ]
    assert len(find(prediction, None, 'overlap', 3., 4)) == 4


def test_words_of_findings():
    findings = [Finding(kind, 2, 9, (0, 0, 3, 3)) for kind in Kind]
    assert [item.caption for item in findings] == [
        'target 2: hit, 9 px', 'target 2: missed, 9 px',
        'false alarm 2, 9 px', 'detection 2, 9 px', 'target 2, 9 px'
    ]
    assert counted(findings, list(Kind)) == (
        '1 hit, 1 missed, 1 false alarm, 1 detection, 1 target')
    assert counted([], [Kind.HIT, Kind.MISSED]) == '0 hits, 0 missed'
