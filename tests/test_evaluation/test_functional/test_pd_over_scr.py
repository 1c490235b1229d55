import math

import numpy as np
import pytest

from projects.dstransnet.evaluation.functional.pd_over_scr import (
    SCR_EDGES,
    pd_over_scr,
)


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
