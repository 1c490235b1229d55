import pytest

from projects.dstransnet.evaluation.functional.challenge_scores import (
    limitirstd_accuracy,
    limitirstd_lightweight,
)


@pytest.mark.parametrize('score, iou, pd', [
    (60.3803, 42.5640, 78.1966),  # rank 2
    (53.6450, 34.5628, 72.7272),  # rank 7
])
def test_published_ranking_of_track_1(score, iou, pd):
    assert limitirstd_accuracy(iou, pd) == pytest.approx(score, abs=1e-4)


@pytest.mark.parametrize('score, iou, pd, params, macs', [
    (77.0699, 38.2523, 75.3753, 0.0469, 0.4065),  # rank 2
    (74.9502, 33.1144, 69.7635, 0.0075, 0.3438),  # rank 6
])
def test_published_ranking_of_track_2(score, iou, pd, params, macs):
    found = limitirstd_lightweight(iou, pd, params, macs)
    assert found == pytest.approx(score, abs=2e-3)


def test_too_many_false_alarms():
    assert limitirstd_accuracy(40, 80, fa=51, most_fa=50) == 0
    assert limitirstd_accuracy(40, 80, fa=50, most_fa=50) == 60
    assert limitirstd_lightweight(40, 80, 0, 0, fa=51, most_fa=50) == 50
