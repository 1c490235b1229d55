import numpy as np
import pytest
from helpers.slow_reference import (
    above,
    assert_same_sweep,
    close_call,
    painted,
    score_maps,
    slow_counts,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from projects.dstransnet.evaluation import (
    THRESHOLDS,
    count_detections,
    sweep_detections,
)
from projects.dstransnet.evaluation.functional import (
    threshold_sweep as sweep_module,
)
from projects.dstransnet.evaluation.functional.threshold_sweep import (
    check_thresholds,
    score_levels,
)
from projects.dstransnet.imaging.components import connected_components

RULES = pytest.mark.parametrize('match', ['centroid', 'overlap'])
NEIGHBOURS = pytest.mark.parametrize('connectivity', [4, 8])


def blobs(shape: tuple[int, int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and truth: smooth blobs, flat squares and noise."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:shape[0], :shape[1]]
    truth = np.zeros(shape, bool)
    scores = rng.uniform(0, 0.1, shape)
    for number in range(25):
        row, col = rng.uniform(0, shape)
        squared = (rows - row)**2 + (cols - col)**2
        if number < 8:
            truth |= squared < rng.uniform(1, 6)
        scores += rng.uniform(0.1, 0.9) * np.exp(
            -squared / rng.uniform(1, 20))
        if number % 5 == 0:
            scores[squared < 5] = 0.8
    scores += (rng.random(shape) < 0.03) * rng.uniform(0, 0.5, shape)
    return np.clip(scores, 0, 1).astype(np.float32), truth


@pytest.fixture
def packings(monkeypatch) -> list[float]:
    """Share of the image that is left after each packing of a sweep."""
    shares, packed = [], sweep_module._Canvas.packed

    def watched(canvas, found):
        result = packed(canvas, found)
        if result is not canvas:
            shares.append(result.levels.size / canvas.levels.size)
        return result

    monkeypatch.setattr(sweep_module._Canvas, 'packed', watched)
    return shares


# Against other ways of counting


@settings(max_examples=250, deadline=None)
@given(
    score_maps(), st.sampled_from(['centroid', 'overlap']),
    st.sampled_from([4, 8]), st.sampled_from([0.4, 1.2, 3, 5]))
def test_sweeps_equal_the_slow_reference(drawn_map, match, connectivity,
                                         distance):
    scores, truth, thresholds = drawn_map
    predictions = [above(scores, threshold) for threshold in thresholds]
    assume(match == 'overlap' or not any(
        close_call(prediction, truth, distance, connectivity)
        for prediction in predictions))
    options = distance, match, connectivity
    assert_same_sweep(
        sweep_detections(scores, truth, thresholds, *options),
        [slow_counts(mask, truth, *options) for mask in predictions])


@RULES
@NEIGHBOURS
@pytest.mark.parametrize('shape, seed', [((64, 80), 0), ((37, 150), 2),
                                         ((300, 1), 4)])
def test_sweeps_equal_one_threshold_at_a_time(shape, seed, match,
                                              connectivity, packings):
    """With 101 thresholds, and on canvases that shrink again and again."""
    scores, truth = blobs(shape, seed)
    options = 3, match, connectivity
    counts = sweep_detections(scores, truth, THRESHOLDS, *options)
    if shape == (64, 80):
        assert len(packings) > 2
    expected = [
        count_detections(scores > np.float32(threshold), truth, *options)
        for threshold in THRESHOLDS
    ]
    assert_same_sweep(counts, expected)
    for k in (5, 10, 15, 25, 40, 60, 80):
        assert expected[k] == slow_counts(
            above(scores, THRESHOLDS[k]), truth, *options)


HARD = dict(
    spiral="""
        5556666...........
        5.................
        5.999997..........
        5.8....7..........
        5.8.66.7..........
        5.8..6.7..........
        5.8666.7..........
        5......7..........
        55555557..........
        ..................
        ..................
        """,
    diagonals="""
        3...............4..
        .3.............4...
        ..3.....9.....5....
        ...4...8.9...5.....
        ....4.7...9.6......
        .....5.....6.......
        ....5.6...7.6......
        ...6...6.8...6.....
        ..6.....8.....7....
        """,
    splitting="""
        ....................
        .929392949.848284...
        .222222222.222222...
        .929392949.858286...
        ....................
        ....................
        ....................
        """)


@RULES
@NEIGHBOURS
@pytest.mark.parametrize('name', HARD)
def test_hard_shapes(name, match, connectivity, packings):
    """Each pixel in turn is a target too; margins make room for packing."""
    scores = np.pad(painted(HARD[name]), 12)
    thresholds = np.arange(0.05, 1, 0.1)
    rng = np.random.default_rng(0)
    options = 3, match, connectivity
    for number in range(3):
        truth = np.zeros(scores.shape, bool)
        places = rng.permutation(np.argwhere(scores > 0))[:4]
        for row, col in places + rng.integers(-1, 2, places.shape):
            truth[max(row, 0):row + 1 + number, max(col, 0):col + 2] = True
        assert_same_sweep(
            sweep_detections(scores, truth, thresholds, *options), [
                slow_counts(above(scores, threshold), truth, *options)
                for threshold in thresholds
            ])
    assert packings and max(packings) <= 0.5


@pytest.mark.parametrize('connectivity, kept', [(8, 4), (4, 5)])
def test_components_stay_apart_on_a_packed_canvas(connectivity, kept,
                                                  packings):
    """Neighbours on the canvas are none in the image."""
    scores = np.zeros((40, 40))
    scores[[0, 0, 39, 39], [0, 39, 0, 39]] = 0.4, 0.6, 0.8, 1
    scores[20, 20], scores[21, 21], scores[30, 5] = 0.9, 0.9, 0.2
    counts = sweep_detections(scores, 0 * scores, [0.1, 0.3, 0.5, 0.7],
                              connectivity=connectivity)
    assert counts.false_alarms.tolist() == [
        kept + 2, kept + 1, kept, kept - 1
    ]
    assert min(packings) < 0.05


def test_order_of_a_packed_canvas_is_that_of_the_image(packings):
    """The target takes the upper component, which OpenCV numbers second."""
    scores = painted("""
        ....88..
        8.......
        ........
        """)
    scores = np.pad(scores, ((0, 20), (0, 20)))
    scores[15, 15], scores[20, 20] = 0.3, 0.5
    truth = np.zeros(scores.shape)
    truth[1, 2] = 1
    counts = sweep_detections(scores, truth, [0.1, 0.4, 0.6])
    assert packings
    assert counts.detected.tolist() == [1, 1, 1]
    assert counts.false_component.tolist() == [3, 2, 1]


def test_order_within_packed_components_is_that_of_the_image(packings):
    """The left part comes later, though it is higher up in its own box."""
    scores = np.zeros((40, 40))
    scores[10:16, 12], scores[15, 12] = 0.3, 0.9
    scores[16:20, 10], scores[16, 9:11], scores[14:17, 9] = 0.3, 0.9, 0.3
    scores[16, 9] = 0.9
    scores[30, 30] = 0.2
    truth = np.zeros(scores.shape)
    truth[16, 11] = 1
    counts = sweep_detections(scores, truth, [0.1, 0.25, 0.5])
    assert packings
    assert counts.detected[2] == 1
    assert counts.false_component[2] == 2  # what is left is the lower one
    assert counts.at(2) == slow_counts(scores > 0.5, truth)


def test_a_dense_map_is_not_packed(packings):
    scores = np.random.default_rng(0).uniform(0.5, 1, (30, 30))
    sweep_detections(scores, scores > 0.9, [0.1, 0.2, 0.51, 0.52])
    assert packings == []


@pytest.mark.parametrize('number', [255, 256])
def test_many_thresholds(number):
    """Levels may not fit in a byte."""
    scores, truth = blobs((40, 50), 5)
    thresholds = np.linspace(0, 0.9, number)
    counts = sweep_detections(scores, truth, thresholds)
    assert counts.predicted[-1] > 0
    assert counts.predicted.tolist() == [
        np.count_nonzero(scores > value) for value in np.float32(thresholds)
    ]
    for k in (0, number // 3, number // 2, number - 2, number - 1):
        assert counts.at(k) == count_detections(
            scores > np.float32(thresholds[k]), truth)


def test_centroids_do_not_depend_on_the_canvas(packings):
    """To the last bit, so that a distance of just 3 is decided alike."""
    scores, truth = blobs((64, 80), 7)
    levels = score_levels(scores, np.array(THRESHOLDS))
    canvas = sweep_module._Canvas.of(
        levels, connected_components(truth).labels)
    for k in range(8, 90):
        found = canvas.components_above(k, 8)
        expected = connected_components(levels > k)
        assert sorted(map(tuple, found.centroids.tolist())) == sorted(
            map(tuple, expected.centroids.tolist()))
        canvas = canvas.packed(found)
    assert len(packings) > 2


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
                                           ((1, 4, 4), (4, 4))])
def test_scores_of_another_shape(scores, truth):
    with pytest.raises(ValueError) as error:
        sweep_detections(np.zeros(scores), np.zeros(truth))
    assert str(error.value) == (
        f'scores and target must have one shape, got {scores} and {truth}')


def test_published_thresholds():
    assert len(THRESHOLDS) == 101
    assert THRESHOLDS[0] == 0 and THRESHOLDS[-1] == 1
    assert THRESHOLDS[30] == 0.3 and THRESHOLDS[57] == 0.57
