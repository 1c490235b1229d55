import math

import numpy as np
import pytest

from projects.dstransnet.datasets.synthetic.scene import (
    synthesize_scene,
)
from projects.dstransnet.datasets.synthetic.scene_config import (
    SceneConfig,
)
from projects.dstransnet.evaluation.contrast.pd_over_scr import (
    SCR_EDGES,
    pd_over_scr,
    wilson_interval,
)
from projects.dstransnet.imaging.components import connected_components
from projects.dstransnet.imaging.contrast import target_contrasts


def test_contrast_by_hand():
    """Mean 40 over surroundings of mean 10 and deviation 5."""
    image = np.tile([5., 15.], (64, 32))
    mask = np.zeros((64, 64), bool)
    mask[30:32, 30:32] = True
    image[mask] = 40
    found = target_contrasts(image, connected_components(mask))
    assert found == pytest.approx([6.0])


def test_contrast_at_the_corner_and_for_every_target():
    rng = np.random.default_rng(0)
    image = rng.normal(100, 2, (50, 70))
    mask = np.zeros((50, 70), bool)
    mask[0, 0], mask[49, 69], mask[25, 30] = True, True, True
    image[0, 0], image[49, 69], image[25, 30] = 110, 120, 130
    found = target_contrasts(image, connected_components(mask))
    assert found.shape == (3, )
    assert found == pytest.approx([5, 15, 10], rel=0.25)


def test_contrast_of_generated_targets_is_what_was_asked_for():
    config = SceneConfig(size=128, scr=(3, 5), visibility=0)
    known, found = [], []
    for index in range(12):
        scene = synthesize_scene(config, 0, index)
        order = connected_components(scene.mask)
        if len(order) != len(scene.targets):
            continue  # two that touch
        known += sorted(target.scr for target in scene.targets)
        found += sorted(target_contrasts(scene.image, order))
    assert len(known) > 10
    assert found == pytest.approx(known, rel=0.05)


def test_a_ratio_to_no_clutter_is_none():
    image = np.full((40, 40), 7)
    mask = image > 7
    mask[20, 20] = True
    components = connected_components(mask)
    assert np.isnan(target_contrasts(image, components)).all()
    image[20, 20] = 9
    assert np.isnan(target_contrasts(image, components)).all()
    image[0, 30] = 8  # too far away to count
    assert np.isnan(target_contrasts(image, components)).all()
    image[12, 20] = 8
    assert target_contrasts(image, components)[0] > 10


def test_bins_by_hand():
    scr = np.array([-1, 0, 0.5, 1, 1.5, 7, np.inf, np.nan])
    hits = np.array([0, 0, 1, 1, 1, 0, 1, 1])
    bins = pd_over_scr(scr, hits, [0, 1, 5])
    assert [(each.targets, each.detected) for each in bins] == [
        (1, 0), (2, 1), (2, 2), (2, 1)]
    assert [each.Pd for each in bins] == [0, 50, 100, 50]
    assert bins[0].low == -math.inf and bins[-1].high == math.inf
    for each in bins:
        assert each.Pd_low <= each.Pd <= each.Pd_high


def test_no_target_in_a_bin():
    empty = pd_over_scr(np.zeros(0), np.zeros(0))
    assert len(empty) == len(SCR_EDGES) + 1
    assert all(math.isnan(each.Pd) and math.isnan(each.Pd_low)
               for each in empty)


@pytest.mark.parametrize('edges', [[], [1, 1], [2, 1], [math.nan]])
def test_edges_have_to_increase(edges):
    if edges and math.isnan(edges[0]):
        edges = [1, math.nan]
    with pytest.raises(ValueError, match='edges must increase'):
        pd_over_scr(np.zeros(0), np.zeros(0), edges)


def test_shapes_have_to_agree():
    with pytest.raises(ValueError, match=r'one shape, got \(2,\) and \(3,\)'):
        pd_over_scr(np.zeros(2), np.zeros(3))


@pytest.mark.parametrize(('hits', 'number'), [(0, 5), (5, 5), (7, 20)])
def test_wilson_interval_solves_its_equation(hits, number):
    """At both ends the score test is at its limit of 1.96 deviations."""
    for end in wilson_interval(hits, number):
        if 0 < end < 1:
            deviation = math.sqrt(end * (1 - end) / number)
            assert abs(hits / number - end) / deviation == pytest.approx(1.96)
