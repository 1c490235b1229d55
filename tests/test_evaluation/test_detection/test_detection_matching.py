import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from projects.dstransnet.evaluation.detection.detection_matching import (
    match_detections,
)
from projects.dstransnet.evaluation.detection.detections import Detections
from projects.dstransnet.imaging.components import connected_components

SIZE = 12
MASKS = hnp.arrays(bool, (SIZE, SIZE), elements=st.sampled_from([0, 0, 0, 1]))
EIGHTHS = st.integers(-8, 8 * SIZE).map(lambda value: value / 8)
SCORES = st.sampled_from([-1., 0., .5, 2.])


@st.composite
def boxes(draw):
    """Return detections as boxes, in eighths of a pixel or whole pixels."""
    values = draw(st.sampled_from([EIGHTHS, st.integers(0, SIZE)]))
    found = draw(
        st.lists(st.tuples(values, values, values, values, SCORES),
                 max_size=8))
    edges = [(min(t, b), min(le, r), max(t, b), max(le, r))
             for t, le, b, r, _ in found]
    return Detections.from_boxes(edges, [entry[-1] for entry in found])


@st.composite
def points(draw):
    """Return detections as points, in eighths of a pixel."""
    found = draw(st.lists(st.tuples(EIGHTHS, EIGHTHS, SCORES), max_size=8))
    return Detections([entry[:2] for entry in found], None,
                      [entry[2] for entry in found])


# An independent reference: sets of pixels, loops and fractions.


def pixels_of(components):
    found = [[] for _ in range(len(components))]
    for (row, col), number in np.ndenumerate(components.labels):
        if number:
            found[number - 1].append((row, col))
    return found


def squared_distance(point, pixels):
    return sum((Fraction(value) - Fraction(sum(axis), len(axis)))**2
               for value, axis in zip(point, zip(*pixels)))


def contains(box, pixel):
    return all(2 * low <= 2 * value + 1 < 2 * high
               for low, value, high in zip(box[:2], pixel, box[2:]))


def nearest_pixel(point):
    # Of two, the lower one.
    return tuple(math.ceil(value - 0.5) for value in point)


def box_iou(box, pixels):
    rows, cols = zip(*pixels)
    other = (min(rows), min(cols), max(rows) + 1, max(cols) + 1)
    box = [Fraction(edge) for edge in box]
    height = max(min(box[2], other[2]) - max(box[0], other[0]), 0)
    width = max(min(box[3], other[3]) - max(box[1], other[1]), 0)
    areas = ((b - t) * (r - le) for t, le, b, r in (box, other))
    return Fraction(height * width) / (sum(areas) - height * width)


def slow_match(targets, detections, rule, distance, min_iou):
    points = detections.points.tolist()
    boxes = None if detections.boxes is None else detections.boxes.tolist()
    order = sorted(range(len(points)), key=lambda k: -detections.scores[k])
    matched, taken = [-1] * len(points), set()
    for k in order:
        best = None
        for number, pixels in enumerate(targets):
            apart = squared_distance(points[k], pixels)
            if rule == 'centroid':
                allowed, cost = apart < Fraction(distance)**2, apart
            elif rule == 'iou':
                cost = -box_iou(boxes[k], pixels)
                allowed = -cost >= min_iou
            elif boxes is None:
                allowed, cost = nearest_pixel(points[k]) in pixels, apart
            else:
                allowed = any(contains(boxes[k], pixel) for pixel in pixels)
                cost = apart
            if (allowed and number not in taken
                    and (best is None or cost < best[0])):
                best = cost, number
        if best is not None:
            matched[k] = best[1]
            taken.add(best[1])
    return matched


def clear(targets, detections, distance):
    """Return whether rounding cannot decide who is nearest, or near."""
    for point in detections.points.tolist():
        apart = sorted(
            float(squared_distance(point, pixels))**.5 for pixels in targets)
        apart = sorted([*apart, distance])
        if any(b - a < 1e-9 for a, b in zip(apart, apart[1:])):
            return False
    return True


@given(MASKS, st.one_of(points(), boxes()),
       st.sampled_from(['centroid', 'inside']), st.sampled_from([1.5, 3, 6]))
def test_distance_rules_agree_with_loops(mask, detections, rule, distance):
    truth = connected_components(mask)
    targets = pixels_of(truth)
    assume(clear(targets, detections, distance))
    matched = match_detections(truth, detections, rule, distance)
    assert matched.dtype == np.int64
    assert matched.tolist() == slow_match(targets, detections, rule, distance,
                                          None)


@given(MASKS, boxes(), st.sampled_from([.125, .25, .5, 1]))
def test_iou_rule_agrees_with_loops(mask, detections, min_iou):
    truth = connected_components(mask)
    matched = match_detections(truth, detections, 'iou', min_iou=min_iou)
    assert matched.tolist() == slow_match(
        pixels_of(truth), detections, 'iou', None, min_iou)


def row(*cols, width=20):
    """Return single-pixel targets in one row."""
    mask = np.zeros((1, width))
    mask[0, list(cols)] = 1
    return connected_components(mask)


def at(*cols, scores=None):
    """Return point detections in that row."""
    return Detections([[0, col] for col in cols], None,
                      scores or [1] * len(cols))


def test_ties_go_to_the_first():
    assert match_detections(row(4, 6), at(5, 5, 5)).tolist() == [0, 1, -1]


def test_nothing_on_either_side():
    none = Detections.from_boxes([], [])
    for rule in ('centroid', 'inside', 'iou'):
        assert match_detections(row(1), none, rule).shape == (0, )
        found = Detections.from_boxes([[0, 0, 1, 1]], [1])
        assert match_detections(row(), found, rule).tolist() == [-1]


@pytest.mark.parametrize('options, message', [
    (dict(rule='overlap'), "must be 'centroid', 'inside' or 'iou', got 'over"),
    (dict(distance=0), 'distance must be positive, got 0'),
    (dict(distance=np.nan), 'distance must be positive, got nan'),
    (dict(min_iou=0), r'min_iou must be within \(0, 1\], got 0'),
    (dict(min_iou=1.5), 'min_iou must be within .*, got 1.5'),
    (dict(rule='iou'), "rule 'iou' needs detections with boxes, got points"),
])
def test_options_outside_their_values(options, message):
    with pytest.raises(ValueError, match=message):
        match_detections(row(1), at(1), **options)
