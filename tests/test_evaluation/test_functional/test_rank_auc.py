import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from projects.dstransnet.evaluation import ClassScores, rank_auc


def slow_auc(targets: np.ndarray, background: np.ndarray) -> float:
    ranks = rankdata(np.concatenate((targets, background)))
    number = len(targets)
    return (ranks[:number].sum() - number * (number + 1) / 2) / (
        number * len(background))


def split(scores: np.ndarray, targets: np.ndarray, images: int):
    parts = np.random.default_rng(1).integers(0, images, len(scores))
    return [ClassScores.of(scores[parts == k], targets[parts == k])
            for k in range(images)]


@pytest.mark.parametrize('dtype', [np.float32, np.float64])
@pytest.mark.parametrize('steps', [2, 255, 10**9])
def test_same_as_ranks(dtype, steps):
    """Masks, 8-bit scores and scores without ties."""
    rng = np.random.default_rng(steps)
    scores = (np.rint(rng.random(20_000)**4 * steps) / steps).astype(dtype)
    targets = rng.random(20_000) < 0.01 + 0.1 * scores
    expected = slow_auc(scores[targets], scores[~targets])
    assert rank_auc(split(scores, targets, 3)) == pytest.approx(
        expected, rel=1e-12)


values = st.floats(allow_nan=False, width=32) | st.sampled_from(
    [0., -0., 1., 0.5, np.nextafter(np.float32(0.5), np.float32(1)), 1e-45])


@given(st.lists(values, min_size=1, max_size=6),
       st.lists(values, min_size=1, max_size=6),
       st.sampled_from([np.float32, np.float64]))
def test_any_numbers(targets, background, dtype):
    """Pair by pair, as whole numbers."""
    targets, background = (np.array(scores).astype(dtype)
                           for scores in (targets, background))
    doubled = sum(2 * (one > other) + (one == other)
                  for one in targets.tolist() for other in background.tolist())
    assert rank_auc([ClassScores(targets, background)]) == doubled / (
        2 * len(targets) * len(background))


def test_undefined_without_one_of_both():
    nothing, some = np.zeros(0, np.float32), np.ones(3, np.float32)
    assert math.isnan(rank_auc([]))
    assert math.isnan(rank_auc([ClassScores(nothing, some)]))
    assert math.isnan(rank_auc([ClassScores(some, nothing)]))
