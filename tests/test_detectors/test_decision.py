import numpy as np
import pytest

from projects.dstransnet.detectors import (
    relative_to_deviation,
    relative_to_maximum,
)


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(0).gamma(0.3, 10, (40, 50)) - 1


def test_half_is_half_of_the_maximum(scores):
    np.testing.assert_array_equal(
        relative_to_maximum(scores) > 0.5, scores / scores.max() > 0.5)
    assert relative_to_maximum(scores).max() == 1


def test_no_score_above_0_is_no_detection():
    assert not relative_to_maximum(np.array([-1., 0.])).any()


@pytest.mark.parametrize('k', [2, 5])
@pytest.mark.parametrize('threshold', [0.5, 0.25])
def test_thresholds_are_numbers_of_deviations(scores, k, threshold):
    deviations = k * threshold / (1 - threshold)
    expected = scores > scores.mean() + deviations * scores.std()
    assert 0 < expected.sum() < expected.size / 2
    np.testing.assert_array_equal(
        relative_to_deviation(scores, k) > threshold, expected)


def test_equal_scores_are_no_detection():
    assert not relative_to_deviation(np.full((3, 3), 7.), 5).any()
