import math

import numpy as np
import pytest

from projects.dstransnet.evaluation import TargetLevelRecord
from projects.dstransnet.evaluation.detection.froc import RATES, froc_metrics


def slow_sensitivity(images, rate: float) -> float:
    """Best Pd of any threshold with few enough false alarms."""
    targets = sum(image.targets for image in images)
    best = 0.0
    for threshold in np.unique(np.concatenate([i.scores for i in images])):
        hits = sum(image.hits[image.scores >= threshold].sum()
                   for image in images)
        alarms = sum((~image.hits)[image.scores >= threshold].sum()
                     for image in images)
        if alarms / len(images) <= rate:
            best = max(best, 100 * hits / targets)
    return best


def test_equals_a_slow_reference():
    rng = np.random.default_rng(0)
    images = [
        TargetLevelRecord(9, rng.integers(0, 40, 12) / 40, np.isin(
            np.arange(12), rng.choice(12, 4, replace=False)))
        for _ in range(6)]
    found = froc_metrics(images)
    values = [slow_sensitivity(images, rate) for rate in RATES]
    assert list(found.values()) == pytest.approx([np.mean(values), *values])
    assert list(found)[:3] == ['FROC', 'Sensitivity_0.125', 'Sensitivity_0.25']


def test_a_false_alarm_with_the_best_score():
    image = TargetLevelRecord(1, [0.9, 0.8], [False, True])
    found = froc_metrics([image], [0.5, 1])
    assert found == {'FROC': 50, 'Sensitivity_0.5': 0, 'Sensitivity_1': 100}


@pytest.mark.parametrize('images', [[], [TargetLevelRecord(0, [1], [False])]])
def test_undefined_without_targets(images):
    assert all(math.isnan(value) for value in froc_metrics(images).values())
