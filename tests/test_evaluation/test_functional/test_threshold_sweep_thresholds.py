import numpy as np
import pytest

from projects.dstransnet.evaluation import THRESHOLDS, sweep_detections
from projects.dstransnet.evaluation.functional.threshold_sweep import (
    check_thresholds,
    score_levels,
)

# What is above a threshold


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('threshold', [0.1, 0.3, 0.7, 1 / 3])
def test_a_threshold_is_not_above_itself(threshold, dtype):
    """In the scores' precision: float32(0.3) is more than 0.3 by itself."""
    value = dtype(threshold)
    scores = np.array([[np.nextafter(value, dtype(0)), value,
                        np.nextafter(value, dtype(1))]])
    assert score_levels(scores, np.array([threshold])).tolist() == [[0, 0, 1]]
    assert sweep_detections(scores, 0 * scores,
                            [threshold]).predicted.tolist() == [1]


def test_half_precision_is_compared_as_single():
    scores = np.array([[0.25, 0.3, 0.5, 0.75]], np.float16)
    for threshold in (0.2, 0.25, 0.3, 0.5, 0.75):
        counts = sweep_detections(scores, 0 * scores, [threshold])
        assert counts.predicted.tolist() == [
            np.count_nonzero(scores.astype(np.float32) > threshold)
        ]


@pytest.mark.parametrize('dtype', [np.uint8, np.int16, bool])
def test_whole_numbers_and_booleans_are_scores(dtype):
    scores = np.array([[0, 1, 1, 0]]).astype(dtype)
    found = sweep_detections(scores, scores, [-0.5, 0, 0.99, 1])
    assert found.predicted.tolist() == [4, 2, 2, 0]
    grey = np.array([[0, 127, 128, 255]], np.uint8)
    assert sweep_detections(grey, grey, [127, 127.5, 254.9]
                            ).predicted.tolist() == [2, 2, 1]


def test_infinite_scores_are_above_or_below_everything():
    scores = np.array([[np.inf, -np.inf, 0.5]])
    found = sweep_detections(scores, [[1, 1, 0]], [-1e300, 0, 1e300])
    assert found.predicted.tolist() == [2, 2, 1]
    assert found.true_positives.tolist() == [1, 1, 1]


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64])
def test_nan_is_an_error(dtype):
    scores = np.array([[0.5, np.nan, np.nan]], dtype)
    with pytest.raises(ValueError, match='scores must be numbers, got 2 NaN'):
        sweep_detections(scores, np.zeros((1, 3)))


# Arguments


@pytest.mark.parametrize('thresholds', [[], [0.5, 0.5], [0.5, 0.4],
                                        [0.1, np.nan], [0.1, np.inf], 0.5,
                                        [[0.1, 0.2]]])
def test_thresholds_have_to_increase(thresholds):
    message = 'thresholds must be finite and strictly increasing, got '
    for function in (check_thresholds, lambda values: sweep_detections(
            np.zeros((3, 3)), np.zeros((3, 3)), values)):
        with pytest.raises(ValueError) as error:
            function(thresholds)
        assert str(error.value) == f'{message}{thresholds!r}'


@pytest.mark.parametrize('scores, truth', [((4, 4), (4, 5)),
                                           ((1, 4, 4), (4, 4)),
                                           ((5, 4), (4, 5))])
def test_scores_of_another_shape(scores, truth):
    with pytest.raises(ValueError) as error:
        sweep_detections(np.zeros(scores), np.zeros(truth))
    assert str(error.value) == (
        f'scores and target must have one shape, got {scores} and {truth}')


def test_maps_of_another_rank_are_an_error():
    with pytest.raises(ValueError, match=r'\(H, W\)'):
        sweep_detections(np.zeros((2, 4, 4)), np.zeros((2, 4, 4)))


def test_published_thresholds():
    assert len(THRESHOLDS) == 101
    assert THRESHOLDS[0] == 0 and THRESHOLDS[-1] == 1
    assert THRESHOLDS[30] == 0.3 and THRESHOLDS[57] == 0.57
