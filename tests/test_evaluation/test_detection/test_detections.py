import numpy as np
import pytest
from helpers.slow_reference import flood_fill
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.evaluation.detection.detections import (
    Detections,
    component_peaks,
)
from projects.dstransnet.evaluation.scene import Scene
from projects.dstransnet.imaging.components import connected_components

MAPS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.sampled_from([0, 0, .125, .5, .625, 1]))


def component_detections(scores, threshold=0.5, connectivity=8) -> Detections:
    scores = np.asarray(scores)
    rules = EvaluationProtocol(threshold, connectivity=connectivity)
    return Scene(rules, scores, connected_components(np.eye(2))).detections


@given(MAPS, st.sampled_from([0, .5, .75, 1]), st.sampled_from([4, 8]))
def test_component_detections_agree_with_loops(scores, threshold,
                                               connectivity):
    found = component_detections(scores, threshold, connectivity)
    expected = flood_fill(scores > threshold, connectivity)
    assert len(found) == len(expected)
    for number, pixels in enumerate(map(sorted, expected)):
        ys, xs = zip(*pixels)
        np.testing.assert_allclose(
            found.points[number], np.mean(pixels, axis=0), rtol=1e-12)
        assert found.boxes[number].tolist() == [
            min(ys), min(xs), max(ys) + 1, max(xs) + 1]
        assert found.scores[number] == max(scores[pixel] for pixel in pixels)


def test_threshold_is_exclusive_in_the_precision_of_the_map():
    scores = np.array([[0.3, 0, 0.30001]], np.float32)
    assert float(scores[0, 0]) > 0.3
    assert len(component_detections(scores, 0.3)) == 1
    assert len(component_detections(scores, np.float64(0.3))) == 1
    assert len(component_detections(scores.astype(np.float64), 0.3)) == 2
    # Half precision is read as float32, in which the nearest to 0.3 is above.
    assert len(component_detections(scores.astype(np.float16), 0.3)) == 2


def test_box_centres():
    # Columns 10 .. 12, rows 20 .. 21.
    found = Detections.from_boxes([[20, 10, 22, 13]], [2])
    assert found.points.tolist() == [[20.5, 11]]
    assert found.boxes.tolist() == [[20, 10, 22, 13]]


def test_no_detections():
    for found in (Detections([], None, []), Detections.from_boxes([], [])):
        assert len(found) == 0 and found.points.shape == (0, 2)
    assert found.boxes.shape == (0, 4)


@pytest.mark.parametrize('arguments, message', [
    (([[1, 2, 3]], None, [1]), r'points must have shape \(K, 2\), got \(1, 3'),
    (([[1, 2]], [[1, 2]], [1]), r'boxes must have shape \(K, 4\), got \(1, 2'),
    (([[1, 2]], None, [1, 2]), 'points must be as many as scores, got 1 and'),
    (([[1, np.nan]], None, [1]), 'points must be finite'),
    (([[1, 2]], None, [np.nan]), r'scores must be finite, got \[nan\]'),
    (([[1, 2]], [[2, 0, 1, 1]], [1]), 'boxes must have top <= bottom'),
])
def test_detections_that_are_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        Detections(*arguments)


def test_peaks_are_the_first_largest_pixels():
    scores = np.array([[.9, .9, 0, .1], [0, 0, 0, .3], [.2, 0, 0, .3]])
    found = component_peaks(connected_components(scores), scores)
    assert found.tolist() == [[0, 0], [1, 3], [2, 0]]
    empty = component_peaks(connected_components(0 * scores), scores)
    assert empty.shape == (0, 2)
