"""Masks and detections of score maps."""
import numpy as np
import pytest

from projects.dstransnet.inference import Prediction
from projects.dstransnet.utils.errors import InputError


def test_detections_and_areas_go_together():
    scores = np.zeros((8, 9), np.float32)
    scores[1, 1] = 0.5  # exactly the threshold: no target
    scores[2:4, 6:9] = 0.7
    scores[5, 0], scores[6, 1] = 0.8, 0.9  # touching at a corner
    found = Prediction('a.png', scores, 0.5)
    assert found.mask.sum() == 8
    assert found.components.areas.tolist() == [6, 2]
    assert found.detections.points.tolist() == [[2.5, 7], [5.5, 0.5]]
    assert found.detections.scores == pytest.approx([0.7, 0.9])
    apart = Prediction('a.png', scores, 0.5, connectivity=4)
    assert apart.components.areas.tolist() == [6, 1, 1]
    assert len(apart.detections) == 3


def test_not_a_number_is_named():
    scores = np.full((2, 2), np.nan, np.float32)
    with pytest.raises(InputError, match='a.png: the model predicts NaN'):
        Prediction('a.png', scores, 0.5)
