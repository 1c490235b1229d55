import json
import math

import numpy as np
import pytest
from helpers.golden_scenes import golden_scenes

from projects.dstransnet.evaluation.detection.detections import component_peaks
from projects.dstransnet.evaluation.detection.nocoap import (
    contrast_hits,
    nocoap,
    normalised_contrast,
)
from projects.dstransnet.imaging.components import connected_components


@pytest.fixture(scope='module')
def published(classical):
    return json.loads(
        (classical / 'golden.json').read_text())['measures']['nocoap']


def test_scenes_equal_the_published_code(golden, published):
    images = []
    for seed, total in zip(published['seeds'], published['map_sums']):
        mask, scores = golden_scenes(golden)[seed]
        scores = scores.astype(np.float64)
        image, truth = np.rint(40 + 200 * scores), connected_components(mask)
        found = connected_components(scores > np.float32(0.3))
        points = component_peaks(found, scores)
        assert normalised_contrast(image, truth).sum() == pytest.approx(total)
        images.append(contrast_hits(image, truth, points,
                                    scores[tuple(points.T)], slack=1))
    assert nocoap(images) / 100 == pytest.approx(
        published['values']['ap'], abs=1e-6)


def test_contrast_by_hand(published):
    image = np.full((24, 32), 50)
    image[10:13, 14:18] = 120
    image[11, 15] = 200
    found = normalised_contrast(image, connected_components(image > 50))
    expected = published['map_hand']
    assert found.sum() == pytest.approx(expected['map_sum'])
    for place, value in expected['at'].items():
        row, column = map(int, place.split(','))
        assert found[row, column] == pytest.approx(value)


def slow_contrast(image: np.ndarray, box: tuple[int, ...]) -> np.ndarray:
    """The map of one target, pixel by pixel."""
    top, left, bottom, right = box
    height, width = bottom - top, right - left
    region = [(row, column)
              for row in range(top - height, bottom + height)
              for column in range(left - width, right + width)
              if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]]
    low = min(image[pixel] for pixel in region)
    high = max(image[pixel] for pixel in region
               if top <= pixel[0] < bottom and left <= pixel[1] < right)
    found = {}
    for row, column in region:
        y = -1.5 + 3 * (row - top + height) / (3 * height - 1)
        x = -1.5 + 3 * (column - left + width) / (3 * width - 1)
        found[row, column] = math.exp(-(y * y + x * x) / 2) * (
            image[row, column] - low) / (high - low + 0.01)
    least, most = min(found.values()), max(found.values())
    result = np.zeros(image.shape)
    for pixel, value in found.items():
        result[pixel] = (value - least) / (most - least + 0.001)
    return result


def test_contrast_equals_a_slow_reference():
    """One target is cut by the border, two regions overlap."""
    image = np.random.default_rng(0).uniform(0, 255, (20, 24))
    boxes = [(0, 1, 2, 5), (9, 8, 12, 10), (9, 12, 11, 15)]
    mask = np.zeros(image.shape, bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    expected = np.max([slow_contrast(image, box) for box in boxes], axis=0)
    np.testing.assert_allclose(
        normalised_contrast(image, connected_components(mask)), expected)


def hits(points, scores, slack=0) -> list[bool]:
    image = np.full((12, 12), 10.0)
    image[4:6, 4:6] = 200
    truth = connected_components(image > 100)
    return contrast_hits(image, truth, np.array(points), np.array(scores),
                         [0.1], slack)[0].hits.tolist()


def test_a_target_is_hit_once_by_the_best_score():
    assert hits([[4, 4], [5, 5]], [0.8, 0.9]) == [False, True]
    assert hits([[4, 4], [5, 5]], [0.9, 0.9]) == [True, False]


def test_points_outside_of_the_box_are_false():
    for slack in (0, 1):
        assert hits([[4, 3], [4.4, 4.6]], [0.9, 0.8], slack) == [False, True]


def test_slack_is_right_and_below():
    image = np.full((12, 12), 10.0)
    image[4:6, 4:6] = 200
    image[6, 5] = 150  # contrast, but no target
    truth = connected_components(image > 160)
    found = [contrast_hits(image, truth, np.array([[6, 5]]), np.array([1.0]),
                           [0.1], slack)[0].hits[0] for slack in (0, 1)]
    assert found == [False, True]


def test_no_point_and_no_target():
    image = np.ones((4, 4))
    nothing = contrast_hits(image, connected_components(image > 2),
                            np.zeros((0, 2)), np.zeros(0))
    assert [record.hits.shape for record in nothing] == [(0, )] * 9
    assert np.isnan(nocoap([nothing])).all()
    missed = contrast_hits(image, connected_components(image),
                           np.zeros((0, 2)), np.zeros(0))
    assert (nocoap([missed]) == 0).all()
