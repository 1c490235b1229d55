import math

import numpy as np
import pytest
from helpers.slow_reference import centre, flood_fill

from projects.dstransnet.evaluation import (
    EvaluationProtocol,
    target_level_metrics,
)
from projects.dstransnet.evaluation.detection.centroid_distances import (
    DISTANCES,
    hits_at_distances,
    metrics_at_distances,
)
from projects.dstransnet.evaluation.scene import Scene
from projects.dstransnet.imaging.components import connected_components


@pytest.fixture(scope='module')
def pairs():
    rng = np.random.default_rng(0)
    return [(rng.uniform(0, 1, (24, 24))**6, rng.uniform(size=(24, 24)) > 0.98)
            for _ in range(4)]


def hits(scores, mask, **kwargs):
    return hits_at_distances(connected_components(mask),
                             connected_components(scores > 0.5), scores,
                             **kwargs)


def slow_hits(scores, mask, distance, overlap) -> list[bool]:
    """Each component takes the nearest free target, best score first."""
    targets, found = flood_fill(mask), flood_fill(scores > 0.5)
    free = set(range(len(targets)))
    result = [False] * len(found)
    for k in sorted(range(len(found)),
                    key=lambda k: -max(scores[pixel] for pixel in found[k])):
        y, x = centre(found[k])
        near = {t: math.hypot(y - centre(targets[t])[0],
                              x - centre(targets[t])[1]) for t in free
                if not overlap or set(targets[t]) & set(found[k])}
        near = {t: value for t, value in near.items() if value < distance}
        if near:
            free.remove(min(near, key=near.get))
            result[k] = True
    return result


@pytest.mark.parametrize('overlap', [False, True])
def test_hits_equal_a_slow_reference(pairs, overlap):
    for scores, mask in pairs:
        found = hits(scores, mask, overlap=overlap)
        for record, distance in zip(found, DISTANCES):
            assert record.hits.tolist() == slow_hits(
                scores, mask, distance, overlap)


def test_three_pixels_are_the_metrics_by_centroid(pairs):
    found = metrics_at_distances([hits(*pair) for pair in pairs])
    expected = target_level_metrics([
        Scene(EvaluationProtocol(), scores,
              connected_components(mask)).target_level
        for scores, mask in pairs])
    for name in ('TargetPrecision', 'TargetRecall', 'TargetF1', 'AP'):
        assert found[f'{name}_3'] == expected[name]
    assert found['mAP_centroid'] == pytest.approx(np.mean(
        [found[f'AP_{distance}'] for distance in DISTANCES]))


def test_no_detection_and_no_image():
    empty = hits(np.zeros((4, 4)), np.eye(4))
    assert [record.hits.shape for record in empty] == [(0, )] * 10
    assert metrics_at_distances([empty])['AP_3'] == 0
    assert all(math.isnan(value)
               for value in metrics_at_distances([]).values())
