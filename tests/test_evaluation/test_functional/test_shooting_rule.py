import json
import math

import numpy as np
import pytest
from helpers.golden_scenes import golden_scenes
from helpers.slow_reference import chebyshev_distance, flood_fill, masks
from hypothesis import given, settings

from projects.dstransnet.evaluation.functional.shooting_rule import (
    ShootingCounts,
    shooting_counts,
    shooting_hits,
    shooting_metrics,
)
from projects.dstransnet.imaging.components import connected_components


def counted(prediction: np.ndarray, target: np.ndarray) -> ShootingCounts:
    return shooting_counts(connected_components(target),
                           connected_components(prediction))


def test_scenes_equal_the_published_code(golden):
    published = json.loads((golden / 'metrics_hierarchy.json').read_text())
    for row in published['by_threshold']:
        found = shooting_metrics([
            counted(scores > np.float32(row['threshold']), mask)
            for mask, scores in golden_scenes(golden)])
        assert found['Pd_shooting'] == pytest.approx(100 * row['shooting_Pd'])
        assert found['Fa_shooting'] == pytest.approx(1e6 * row['shooting_Fa'])


@settings(max_examples=30, deadline=None)
@given(masks(count=2))
def test_counts_equal_the_slow_reference(pair):
    prediction, target = pair
    hits = []
    for pixels in flood_fill(target):
        alone = np.zeros(target.shape, bool)
        alone[tuple(zip(*pixels))] = True
        hits.append(bool((chebyshev_distance(alone)[prediction > 0]
                          <= 1).any()))
    false = int((prediction > 0).sum())
    if target.any():
        false = int((chebyshev_distance(target > 0)[prediction > 0] > 4).sum())
    truth, found = map(connected_components, (target, prediction))
    assert shooting_hits(truth, found).tolist() == hits
    assert shooting_counts(truth, found) == ShootingCounts(
        len(hits), sum(hits), false, target.size)


def test_no_target_and_no_image():
    found = shooting_metrics([counted(np.eye(4), np.zeros((4, 4)))])
    assert math.isnan(found['Pd_shooting'])
    assert found['Fa_shooting'] == 1e6 * 4 / 16
    assert all(math.isnan(value) for value in shooting_metrics([]).values())
