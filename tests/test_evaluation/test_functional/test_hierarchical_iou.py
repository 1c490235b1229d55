import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from helpers.golden_scenes import golden_scenes
from helpers.slow_reference import (
    drawn,
    flood_fill,
    masks,
    squared_distances,
)
from hypothesis import assume, given, settings

from projects.dstransnet.evaluation.functional.hierarchical_iou import (
    HierarchicalCounts,
    hierarchical_counts,
    hierarchical_metrics,
    match_overlap_first,
)
from projects.dstransnet.imaging.components import connected_components

# Name here, and in the published code.
GOLDEN = dict(
    hIoU='hIoU', seg_IoU='seg_iou', loc_IoU='loc_iou', seg_merge='seg_mrg',
    seg_interference='seg_itf', seg_perception='seg_pcp',
    loc_interference='loc_itf', loc_perception='loc_pcp',
    loc_many_to_one='loc_m2s', loc_one_to_many='loc_s2m', Pd_OPDC='Pd_opdc',
    Fa_OPDC='Fa_opdc')


def counted(prediction: np.ndarray, target: np.ndarray,
            **kwargs) -> HierarchicalCounts:
    return hierarchical_counts(connected_components(target),
                               connected_components(prediction), **kwargs)


def painted(boxes: list, size: int) -> np.ndarray:
    mask = np.zeros((size, size), bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


@pytest.fixture(scope='module')
def published(golden):
    return json.loads((golden / 'metrics_hierarchy.json').read_text())


def test_scenes_equal_the_published_code(golden, published):
    for row in published['by_threshold']:
        metrics = hierarchical_metrics([
            counted(scores > np.float32(row['threshold']), mask)
            for mask, scores in golden_scenes(golden)
        ])
        assert metrics.keys() == GOLDEN.keys()
        for name, value in metrics.items():
            scale = 1e6 if name == 'Fa_OPDC' else 100
            assert value == pytest.approx(scale * row[GOLDEN[name]],
                                          rel=1e-12), name


def test_rectangles_equal_the_published_code(published):
    found = published['rectangles']
    for case in found['cases']:
        counts = counted(painted(case['predicted'], found['size']),
                         painted(case['truth'], found['size']))
        shares = (counts.pairs / counts.pairs.sum(1)[:, None]).sum(0)
        for name, value in dict(
                tp=len(counts.pairs), fp=counts.false_predictions,
                fn=counts.missed_targets, iou_sum=shares[0],
                seg_mrg_sum=shares[1], seg_itf_sum=shares[2],
                seg_pcp_sum=shares[3], loc_itf=counts.lone_predictions,
                loc_pcp=counts.lone_targets,
                loc_m2s=counts.false_predictions - counts.lone_predictions,
                loc_s2m=counts.missed_targets - counts.lone_targets,
        ).items():
            assert value == pytest.approx(case[name]), (case['case'], name)


def slow_matching(targets, found, distance=3) -> dict[int, int]:
    """Try all assignments, and do that again with what is left."""
    if not targets or not found:
        return {}
    squares = squared_distances(targets, found)
    sets = [[set(pixels) for pixels in some] for some in (targets, found)]

    def best(rows: list[int], columns: list[int]) -> list[tuple[int, int]]:
        number = min(len(rows), len(columns))
        return min(
            (list(zip(some, others))
             for some in itertools.combinations(rows, number)
             for others in itertools.permutations(columns, number)),
            key=lambda pairs: math.fsum(
                math.sqrt(squares[t][k]) for t, k in pairs))

    matched: dict[int, int] = {}
    for near in (False, True):
        rows = [t for t in range(len(targets)) if t not in matched]
        columns = [k for k in range(len(found))
                   if k not in matched.values()]
        for t, k in best(rows, columns):
            overlap = Fraction(len(sets[0][t] & sets[1][k]),
                               len(sets[0][t] | sets[1][k]))
            if (squares[t][k] < distance**2 if near
                    else overlap >= Fraction(1, 2)):
                matched[t] = k
    return matched


@settings(max_examples=30, deadline=None)
@given(masks(count=2))
def test_counts_equal_the_slow_reference(pair):
    prediction, target = pair
    targets, found = flood_fill(target), flood_fill(prediction)
    assume(len(targets) <= 4 and len(found) <= 4)
    squares = squared_distances(targets, found)
    # Ties and rounding may decide otherwise.
    values = [value for row in squares for value in row]
    assume(len(set(values)) == len(values)
           and all(abs(value - 9) > 1e-9 for value in values))
    expected = slow_matching(targets, found)
    counts = counted(prediction, target)
    assert {t: k for t, k in enumerate(counts.taken) if k >= 0} == expected
    truth = {pixel for pixels in targets for pixel in pixels}
    for row, (t, k) in zip(counts.pairs.tolist(), sorted(expected.items())):
        one, other = set(targets[t]), set(found[k])
        assert row == [len(one & other), len(other & truth - one),
                       len(other - truth), len(one - other)]
    assert counts.false_predictions == len(found) - len(expected)
    assert counts.missed_targets == len(targets) - len(expected)
    assert counts.false_area == sum(
        len(pixels) for k, pixels in enumerate(found)
        if k not in expected.values())


def test_shares_add_up():
    rng = np.random.default_rng(0)
    images = []
    for _ in range(20):
        target, prediction = rng.uniform(size=(2, 24, 24)) > 0.93
        images.append(counted(prediction, target))
    found = hierarchical_metrics(images)
    assert sum(value for name, value in found.items()
               if name.startswith('seg_')) == pytest.approx(100)
    assert sum(value for name, value in found.items()
               if name.startswith('loc_')) == pytest.approx(100)
    assert found['hIoU'] == pytest.approx(
        found['seg_IoU'] * found['loc_IoU'] / 100)
    assert hierarchical_metrics(images[::-1]) == found


def test_nothing_matches():
    target, prediction = drawn('#......'), drawn('......#')
    found = hierarchical_metrics([counted(prediction, target)])
    assert found['hIoU'] == found['loc_IoU'] == found['Pd_OPDC'] == 0
    assert found['loc_perception'] == found['loc_interference'] == 50
    assert math.isnan(found['seg_IoU']) and math.isnan(found['seg_merge'])


@pytest.mark.parametrize('target, prediction, false, missed', [
    ('....', '....', 1, 1),
    ('#...', '....', 1, 1),
    ('....', '#..#', 2, 1),
    ('#...', '#...', 0, 0),
])
def test_phantoms_of_the_published_code(target, prediction, false, missed):
    counts = counted(drawn(prediction), drawn(target), padded=True)
    assert (counts.false_predictions, counts.missed_targets) == (false, missed)
    assert (counts.lone_predictions, counts.lone_targets) == (false, missed)
    plain = counted(drawn(prediction), drawn(target))
    assert plain.false_area == counts.false_area


def test_overlap_counts_only_in_the_assignment_of_least_distance():
    """Target 0 overlaps component 0, but the assignment gives it to 1."""
    distances = np.array([[2.0, 1.0], [1.0, 9.0]])
    assert match_overlap_first(
        distances, np.array([[0.9, 0], [0, 0]])).tolist() == [1, 0]
