import json
import math

import numpy as np
import pytest
from helpers.golden_scenes import golden_scenes
from helpers.slow_reference import flood_fill

from projects.dstransnet.evaluation.functional.roc_3d import (
    roc_3d_counts,
    roc_3d_metrics,
)
from projects.dstransnet.imaging.components import connected_components

COMPOSITES = {
    'AUC_FPR_TPR': 'auc_fpr_tpr', 'AUC_tau_TPR': 'auc_tau_tpr',
    'AUC_tau_FPR': 'auc_tau_fpr', 'AUC_TD': 'td', 'AUC_BS': 'bs',
    'AUC_TDBS': 'tdbs', 'AUC_OD': 'od', 'AUC_ODP': 'odp', 'AUC_SNPR': 'snpr'
}


def counted(scores, mask, *thresholds):
    return roc_3d_counts(scores, connected_components(mask), *thresholds)


def test_scenes_equal_the_reference(golden, classical):
    published = json.loads(
        (classical / 'golden.json').read_text())['measures']['roc3d']
    scenes = golden_scenes(golden)
    counts = [counted(scores, mask) for mask, scores in
              (scenes[seed] for seed in published['seeds'])]
    found = roc_3d_metrics(counts)
    for suffix, level in (('', 'pixel'), ('_target', 'target')):
        for name, key in COMPOSITES.items():
            if name + suffix in found:
                assert found[name + suffix] == pytest.approx(
                    published['values'][level][key], abs=1e-9), name
    for rates, values, totals in (
            ('tpr_at', sum(one.hits for one in counts),
             sum(one.actual for one in counts)),
            ('fpr_at', sum(one.alarms for one in counts),
             sum(one.others for one in counts)),
            ('hit_at', sum(one.found for one in counts),
             sum(one.targets for one in counts))):
        for tau, rate in published[rates].items():
            assert values[round(100 * float(tau))] / totals == pytest.approx(
                rate, abs=1e-9)


def test_counts_equal_a_slow_reference():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 11, (12, 15)) / 10
    mask = rng.uniform(size=(12, 15)) > 0.9
    thresholds = [0, 0.1, 0.35, 0.7, 1]
    found = counted(scores, mask, thresholds)
    for number, tau in enumerate(thresholds):
        assert found.hits[number] == (scores[mask] >= tau).sum()
        assert found.alarms[number] == (scores[~mask] >= tau).sum()
        assert found.found[number] == sum(
            any(scores[pixel] >= tau for pixel in pixels)
            for pixels in flood_fill(mask))
    assert (found.actual, found.others) == (mask.sum(), (~mask).sum())


def test_a_score_on_a_threshold_counts():
    """In double precision, whatever the type of the scores."""
    mask = np.array([[1, 0]])
    for dtype, expected in ((np.float64, 1), (np.float32, 0)):
        scores = np.array([[0.7, 0.1]], dtype)  # in float32 below 0.7
        assert counted(scores, mask, [0.7]).hits.tolist() == [expected]


def test_no_false_positive_at_any_threshold():
    mask = np.eye(4)
    found = roc_3d_metrics([counted(mask, mask, [0.2, 1])], [0.2, 1])
    assert found['AUC_SNPR'] == math.inf
