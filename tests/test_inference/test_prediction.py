"""Masks and targets of score maps."""
import numpy as np
import pytest

from projects.dstransnet.inference import Prediction
from projects.dstransnet.inference.prediction import fitted
from projects.dstransnet.utils.errors import InputError


def test_components_of_the_mask_are_targets():
    scores = np.zeros((8, 9), np.float32)
    scores[1, 1] = 0.5  # exactly the threshold: no target
    scores[2:4, 6:9] = 0.7
    scores[5, 0], scores[6, 1] = 0.8, 0.9  # touching at a corner
    found = Prediction('a.png', scores, 0.5)
    assert found.mask.sum() == 8
    assert [(each.row, each.column, each.area) for each in found.targets] == [
        (2.5, 7, 6), (5.5, 0.5, 2)]
    assert [each.score for each in found.targets] == pytest.approx([0.7, 0.9])
    assert list(found.to_dict()) == [
        'image', 'height', 'width', 'threshold', 'targets']
    apart = Prediction('a.png', scores, 0.5, connectivity=4)
    assert apart.components.areas.tolist() == [6, 1, 1]


def test_pictures_of_8_bits_stay_so():
    pixels = np.full((6, 8), 100, np.uint8)
    assert fitted(pixels, (3, 4)).tolist() == [[100] * 4] * 3
    assert fitted(pixels, (3, 4)).dtype == np.uint8
    assert fitted(pixels.astype(np.int32), (3, 4)).dtype == np.float32


def test_not_a_number_is_named():
    scores = np.full((2, 2), np.nan, np.float32)
    with pytest.raises(InputError, match='a.png: the model predicts NaN'):
        Prediction('a.png', scores, 0.5)
