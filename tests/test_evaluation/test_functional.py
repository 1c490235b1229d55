import dataclasses
import importlib.util
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from projects.dstransnet.evaluation import (
    DetectionCounts,
    connected_components,
    count_detections,
    match_components,
    mean_image_iou,
)
from projects.dstransnet.evaluation.functional import ratio

# An independent reference: flood fill, loops and fractions.


def flood_fill(mask: np.ndarray,
               connectivity: int = 8) -> list[list[tuple[int, int]]]:
    """Return the pixels of each component, components in raster order."""
    height, width = mask.shape
    steps = [(-1, 0), (0, -1), (0, 1), (1, 0)]
    if connectivity == 8:
        steps += [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    seen, components = set(), []
    for row in range(height):
        for col in range(width):
            if not mask[row, col] or (row, col) in seen:
                continue
            seen.add((row, col))
            pixels, todo = [], [(row, col)]
            while todo:
                y, x = todo.pop()
                pixels.append((y, x))
                for dy, dx in steps:
                    near = y + dy, x + dx
                    if (0 <= near[0] < height and 0 <= near[1] < width
                            and mask[near] and near not in seen):
                        seen.add(near)
                        todo.append(near)
            components.append(sorted(pixels))
    return components


def centre(pixels: list[tuple[int, int]]) -> tuple[Fraction, Fraction]:
    rows, cols = zip(*pixels)
    return Fraction(sum(rows), len(rows)), Fraction(sum(cols), len(cols))


def squared_distance(first: list, second: list) -> Fraction:
    (y, x), (v, u) = centre(first), centre(second)
    return (y - v)**2 + (x - u)**2


def slow_match(targets: list, found: list, distance: int = 3) -> list[int]:
    free, matched = list(range(len(found))), []
    for target in targets:
        for number in free:
            if squared_distance(target, found[number]) < distance**2:
                matched.append(number)
                free.remove(number)
                break
        else:
            matched.append(-1)
    return matched


def slow_counts(prediction: np.ndarray,
                target: np.ndarray,
                distance: int = 3,
                connectivity: int = 8) -> DetectionCounts:
    targets = flood_fill(target, connectivity)
    found = flood_fill(prediction, connectivity)
    matched = slow_match(targets, found, distance)
    predicted = {pixel for pixels in found for pixel in pixels}
    actual = {pixel for pixels in targets for pixel in pixels}
    hit = {
        pixel
        for pixels, number in zip(targets, matched) if number >= 0
        for pixel in pixels
    }
    taken_areas = [len(found[number]) for number in matched if number >= 0]
    left = [
        len(pixels) for number, pixels in enumerate(found)
        if number not in matched
    ]
    return DetectionCounts(
        pixels=target.shape[0] * target.shape[1],
        true_positives=len(predicted & actual),
        predicted=len(predicted),
        actual=len(actual),
        targets=len(targets),
        detected=len(taken_areas),
        false_area=sum(area for area in left if area not in taken_areas),
        false_component=sum(left),
        false_pixel=len(predicted - hit))


def on_the_edge(first: np.ndarray, second: np.ndarray,
                connectivity: int) -> bool:
    """Whether a distance is 3 and rounding of centroids may decide."""
    for pixels in flood_fill(first, connectivity):
        for others in flood_fill(second, connectivity):
            if squared_distance(pixels, others) == 9 and any(
                    value.denominator not in (1, 2, 4, 8)
                    for value in (*centre(pixels), *centre(others))):
                return True
    return False


@st.composite
def masks(draw, count: int = 1) -> list[np.ndarray]:
    """Small masks of one shape, sparse or dense, each row a bit pattern."""
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    rows = st.lists(
        st.integers(0, 2**width - 1), min_size=height, max_size=height)
    result = []
    for _ in range(count):
        bits = np.array(draw(rows))
        for _ in range(draw(st.integers(0, 2))):
            bits &= np.array(draw(rows))
        result.append(bits[:, None] >> np.arange(width) & 1)
    return result


def drawn(picture: str) -> np.ndarray:
    """Return the mask whose pixels are the # of a picture."""
    return np.array([[letter == '#' for letter in line]
                     for line in picture.split()])


# Components

BLOCKS = drawn("""
    ....##..
    #.......
    ........
    """)
"""OpenCV labels 2 x 2 blocks and numbers the lower component first."""


def assert_components_equal(mask: np.ndarray, connectivity: int) -> None:
    expected = flood_fill(mask, connectivity)
    found = connected_components(mask, connectivity)
    assert len(found) == len(expected)
    labels = np.zeros(mask.shape, int)
    for number, pixels in enumerate(expected, 1):
        for pixel in pixels:
            labels[pixel] = number
    assert np.array_equal(found.labels, labels)
    assert found.areas.tolist() == [len(pixels) for pixels in expected]
    assert found.centroids.shape == (len(expected), 2)
    for centroid, pixels in zip(found.centroids, expected):
        assert centroid.tolist() == pytest.approx(
            [float(value) for value in centre(pixels)], abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(masks(), st.sampled_from([4, 8]))
@example([BLOCKS], 8)
def test_components_equal_a_flood_fill(mask, connectivity):
    """Order included: that of the first pixels, row by row."""
    assert_components_equal(mask[0], connectivity)


@pytest.mark.parametrize('connectivity', [4, 8])
@pytest.mark.parametrize('density', [0.02, 0.3, 0.6])
def test_components_of_larger_maps(density, connectivity):
    mask = np.random.default_rng(0).random((90, 121)) < density
    assert_components_equal(mask, connectivity)


def test_order_is_raster_order_where_opencvs_is_not():
    labels = connected_components(BLOCKS).labels
    assert (labels[0, 4], labels[1, 0]) == (1, 2)


def test_diagonal_neighbours_are_joined_over_8_but_not_over_4():
    mask = drawn("""
        #..#
        .##.
        ....
        """)
    assert connected_components(mask).areas.tolist() == [4]
    assert connected_components(mask, 4).areas.tolist() == [1, 1, 2]


def test_components_of_nothing():
    found = connected_components(np.zeros((4, 5)))
    assert len(found) == 0
    assert found.centroids.shape == (0, 2)
    assert not found.labels.any()


@pytest.mark.parametrize('value', [True, 1, -1, 255, 0.25, np.nan])
def test_any_value_but_0_counts(value):
    mask = np.zeros((3, 3), np.asarray(value).dtype)
    mask[1, 1] = value
    assert connected_components(mask).areas.tolist() == [1]


@pytest.mark.parametrize('connectivity', [0, 6, '8'])
def test_other_connectivity_is_an_error(connectivity):
    with pytest.raises(
            ValueError,
            match=f'connectivity must be 4 or 8, got {connectivity}'):
        connected_components(np.zeros((3, 3)), connectivity)


def test_mask_of_another_rank_is_an_error():
    with pytest.raises(
            ValueError,
            match=r'mask must have shape \(H, W\), got \(1, 3, 4\)'):
        connected_components(np.zeros((1, 3, 4)))


# Matching


def matched(targets: str, predictions: str, **kwargs) -> list[int]:
    return match_components(
        connected_components(drawn(targets)),
        connected_components(drawn(predictions)), **kwargs).tolist()


def test_nothing_to_match():
    assert matched('....', '....') == []
    assert matched('#..#', '....') == [-1, -1]
    assert matched('....', '#..#') == []


@pytest.mark.parametrize('offset, detected', [
    ((0, 0), True),
    ((0, 2), True),
    ((2, 2), True),
    ((0, 3), False),
    ((3, 0), False),
    ((0, -3), False),
    ((-3, 0), False),
    ((1, 3), False),
])
def test_distance_of_3_is_not_near(offset, detected):
    target, prediction = np.zeros((2, 16, 16), bool)
    target[8, 8] = prediction[8 + offset[0], 8 + offset[1]] = True
    assert count_detections(prediction, target).detected == detected


def test_distance_is_between_centroids():
    """Touching or overlapping does not matter."""
    assert matched('#........', '###......') == [0]
    assert matched('#........', '######...') == [0]
    assert matched('#........', '#######..') == [-1]
    assert matched('#####....', '.....#...') == [-1]
    assert matched('####.....', '....#....') == [0]


def test_distance_is_a_parameter():
    assert matched('#......', '.....#.', distance=5) == [-1]
    assert matched('#......', '.....#.', distance=5.1) == [0]
    assert matched('##.....', '.##....', distance=1) == [-1]


def test_the_first_component_is_taken_not_the_nearest():
    picture = """
        ..#....
        .......
        ..##...
        .......
        """
    target = """
        .......
        .......
        ..##...
        .......
        """
    assert matched(target, picture) == [0]


def test_a_component_is_taken_once():
    assert matched('#...#', '..#..') == [0, -1]
    assert matched('#...#', '.#.#.') == [0, 1]


def test_matching_is_greedy():
    """The first target takes what only the second could have had too."""
    assert matched('..#..#...', '#...#....') == [0, 1]
    assert matched('....#.#..', '....#.#..') == [0, 1]
    assert matched('..#.#....', '...#.....') == [0, -1]
    assert matched('.....#...#', '.......#..') == [0, -1]


def test_raster_order_decides_where_opencvs_order_would_differ():
    target = drawn("""
        ........
        ..#.....
        ........
        """)
    counts = count_detections(BLOCKS, target)
    assert counts.detected == 1
    assert counts.false_area == 1  # the two upper pixels are the match


# Counts of one image


def test_empty_masks():
    counts = count_detections(np.zeros((5, 7)), np.zeros((5, 7)))
    assert counts == DetectionCounts(pixels=35)
    assert counts.union == 0


def test_perfect_prediction():
    mask = drawn("""
        ##......
        ##....#.
        ........
        ...###..
        """)
    assert count_detections(mask, mask) == DetectionCounts(
        pixels=32, true_positives=8, predicted=8, actual=8, targets=3,
        detected=3)


def test_missed_and_false():
    target = drawn("""
        ##..........
        ............
        """)
    prediction = drawn("""
        ............
        .........###
        """)
    assert count_detections(prediction, target) == DetectionCounts(
        pixels=24, predicted=3, actual=2, targets=1, false_area=3,
        false_component=3, false_pixel=3)


def test_two_targets_that_share_one_component():
    """The first is detected, the second is not; its pixels are false."""
    target = drawn("""
        ........
        .##.##..
        ........
        """)
    prediction = drawn("""
        ........
        .#####..
        ........
        """)
    counts = count_detections(prediction, target)
    assert (counts.targets, counts.detected) == (2, 1)
    assert counts.false_area == counts.false_component == 0
    assert counts.false_pixel == 3
    assert (counts.true_positives, counts.union) == (4, 5)


def test_false_alarm_of_a_matched_area_is_left_out_of_fa_only():
    target = drawn("""
        ##.............
        ...............
        ...............
        """)
    prediction = drawn("""
        .##....##......
        ............###
        .....##........
        """)
    counts = count_detections(prediction, target)
    assert counts.detected == 1
    assert counts.false_area == 3
    assert counts.false_component == 7
    assert counts.false_pixel == 8


def test_area_of_a_target_or_of_another_false_alarm_leaves_nothing_out():
    target = drawn("""
        ###............
        ...............
        """)
    prediction = drawn("""
        .##......###...
        ....###........
        """)
    assert count_detections(prediction, target).false_area == 6


def test_pixels_around_a_detected_target_are_false_pixels_only():
    target = drawn("""
        .....
        ..#..
        .....
        """)
    prediction = drawn("""
        .###.
        .###.
        .###.
        """)
    counts = count_detections(prediction, target)
    assert counts.detected == 1
    assert counts.false_component == 0
    assert counts.false_pixel == 8


def test_connectivity_changes_targets_and_matches():
    mask = drawn("""
        #.....
        .#....
        ......
        """)
    assert count_detections(mask, mask).targets == 1
    counts = count_detections(mask, mask, connectivity=4)
    assert (counts.targets, counts.detected) == (2, 2)


def test_masks_of_different_shapes():
    with pytest.raises(ValueError,
                       match=r'one shape, got \(4, 4\) and \(4, 5\)'):
        count_detections(np.zeros((4, 4)), np.zeros((4, 5)))


@settings(max_examples=200, deadline=None)
@given(masks(count=2), st.sampled_from([4, 8]))
def test_counts_equal_the_slow_reference(pair, connectivity):
    prediction, target = pair
    assume(not on_the_edge(prediction, target, connectivity))
    found = count_detections(prediction, target, connectivity=connectivity)
    assert found == slow_counts(
        prediction, target, connectivity=connectivity)


# Sums, ratios and means


def test_counts_add_up_field_by_field():
    fields = [field.name for field in dataclasses.fields(DetectionCounts)]
    first = DetectionCounts(*range(len(fields)))
    second = DetectionCounts(*range(100, 100 + len(fields)))
    total = first + second
    for number, name in enumerate(fields):
        assert getattr(total, name) == 100 + 2 * number
    assert sum([first, second], DetectionCounts()) == total


def test_ratio_without_denominator_is_nan():
    assert ratio(3, 4) == 0.75
    assert math.isnan(ratio(0, 0))


def test_mean_of_the_ious_of_images():
    half = DetectionCounts(
        pixels=9, true_positives=2, predicted=3, actual=3)
    none = DetectionCounts(pixels=9, predicted=4)
    whole = DetectionCounts(
        pixels=9, true_positives=5, predicted=5, actual=5)
    assert mean_image_iou([half, none, whole]) == pytest.approx(1.5 / 3)
    assert mean_image_iou(iter([half])) == 0.5


@pytest.mark.parametrize('empty, expected', [('zero', 0.25), ('one', 0.75),
                                             ('skip', 0.5)])
def test_mean_with_images_of_nothing(empty, expected):
    nothing = DetectionCounts(pixels=9)
    half = DetectionCounts(
        pixels=9, true_positives=1, predicted=1, actual=2)
    assert mean_image_iou([nothing, half], empty) == expected


def test_mean_without_any_image_is_nan():
    assert math.isnan(mean_image_iou([]))
    assert math.isnan(mean_image_iou([DetectionCounts(pixels=9)], 'skip'))


def test_unknown_rule_for_images_of_nothing():
    with pytest.raises(
            ValueError,
            match="nIoU_empty must be 'zero', 'one' or 'skip', got 'nan'"):
        mean_image_iou([], 'nan')


# The numbers of the published metric codes


@pytest.fixture(scope='module')
def scenes(golden):
    spec = importlib.util.spec_from_file_location(
        'golden_scene', golden / 'golden_scene.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [module.golden_scene(seed) for seed in range(24)]


@pytest.fixture(scope='module')
def published(golden):
    return json.loads((golden / 'metrics_public.json').read_text())


def test_published_metrics_at_one_half(scenes, published):
    images = [count_detections(score > 0.5, mask) for mask, score in scenes]
    total = sum(images, DetectionCounts())
    assert total.targets == published['targets']
    assert total.detected == published['detected']
    assert total.pixels == 24 * published['size']**2
    figures = dict(
        IoU=ratio(total.true_positives, total.union),
        nIoU=mean_image_iou(images),
        pixAcc=ratio(total.true_positives, total.actual),
        Pd=ratio(total.detected, total.targets),
        Fa_area=ratio(total.false_area, total.pixels),
        Fa_component=ratio(total.false_component, total.pixels),
        Fa_pixel=ratio(total.false_pixel, total.pixels))
    for name, value in figures.items():
        assert value == pytest.approx(published[name], abs=1e-9), name


def test_published_counts_of_each_image(scenes, published):
    assert len(published['images']) == 24
    for expected, (mask, score) in zip(published['images'], scenes):
        counts = count_detections(score > 0.5, mask)
        assert dict(
            seed=expected['seed'],
            targets=counts.targets,
            detected=counts.detected,
            pred_pixels=counts.predicted,
            target_pixels=counts.actual) == expected


def test_published_detection_metrics_at_other_thresholds(scenes, published):
    compared = list(
        zip(published['thresholds'], published['Pd_by_threshold'],
            published['Fa_area_by_threshold']))[::5]
    assert len(compared) == 21
    for threshold, pd, fa in compared:
        total = sum((count_detections(score > threshold, mask)
                     for mask, score in scenes), DetectionCounts())
        assert ratio(total.detected, total.targets) == pytest.approx(
            pd, abs=1e-9), threshold
        assert ratio(total.false_area, total.pixels) == pytest.approx(
            fa, abs=1e-9), threshold


def test_scenes_equal_the_slow_reference(scenes):
    for mask, score in scenes[::6]:
        assert count_detections(score > 0.5, mask) == slow_counts(
            score > 0.5, mask)
