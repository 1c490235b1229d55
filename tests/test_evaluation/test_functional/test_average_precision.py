import math

import numpy as np
import pytest

from projects.dstransnet.evaluation.functional.average_precision import (
    average_precision,
    cumulated_hits,
)


def slow_average_precision(scores, hits, targets: int) -> float:
    """At each recall the best precision of any threshold that reaches it."""
    points = []
    for threshold in set(scores):
        kept = [hit for score, hit in zip(scores, hits) if score >= threshold]
        points.append((sum(kept), sum(kept) / len(kept)))
    return sum(max((precision for found, precision in points
                    if found >= number), default=0)
               for number in range(1, targets + 1)) / targets


@pytest.mark.parametrize('seed', range(5))
def test_equals_a_slow_reference(seed):
    rng = np.random.default_rng(seed)
    scores, hits = rng.integers(0, 6, 12) / 5, rng.integers(0, 2, 12) > 0
    targets = int(hits.sum()) + seed
    expected = pytest.approx(slow_average_precision(scores, hits, targets))
    assert average_precision(scores, hits, targets) == expected
    order = rng.permutation(12)
    assert average_precision(scores[order], hits[order], targets) == expected


def test_nothing():
    nothing = np.zeros(0), np.zeros(0, bool)
    assert average_precision(*nothing, 3) == 0
    assert math.isnan(average_precision(*nothing, 0))
    assert [len(values) for values in cumulated_hits(*nothing)] == [0, 0, 0]
