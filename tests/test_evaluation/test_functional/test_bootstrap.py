import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

from projects.dstransnet.evaluation import (
    DetectionCounts,
    bootstrap_intervals,
    paired_p_values,
    pooled_metrics,
)
from projects.dstransnet.evaluation.functional import bootstrap

NAMES = {
    'IoU', 'nIoU', 'nIoU_target', 'Pd', 'Fa', 'Fa_component', 'Fa_pixel',
    'Precision', 'Recall', 'F1', 'FPR'
}
NOTHING = DetectionCounts(pixels=100)
FOUND = DetectionCounts(100, 3, 4, 4, 1, 1, 0, 0, 1, 0)


def random_images(count: int, seed: int = 0) -> list[DetectionCounts]:
    rng = np.random.default_rng(seed)
    images = []
    for _ in range(count):
        hits, extra, missed = (int(n) for n in rng.integers(0, 9, 3))
        targets = int(rng.integers(1, 4))
        images.append(DetectionCounts(
            1000, hits, hits + extra, hits + missed, targets,
            int(rng.integers(0, targets + 1)), extra // 2, extra, extra, 1))
    return images


def quantile(values: list[float], share: float) -> float:
    """Between neighbours in order, linearly."""
    values = sorted(values)
    place = share * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def test_intervals_equal_a_slow_reference():
    """Draw for draw: the images of all sets come from one stream."""
    images = random_images(7) + [NOTHING]
    found = bootstrap_intervals(images, 150, 0.9, seed=3)
    chosen = np.random.default_rng(3).integers(0, 8, (150, 8))
    drawn = dict(IoU=[], nIoU=[], Pd=[], Fa=[])
    for numbers in chosen.tolist():
        some = [images[number] for number in numbers]
        union = [one.predicted + one.actual - one.true_positives
                 for one in some]
        hits = [one.true_positives for one in some]
        drawn['IoU'].append(100 * Fraction(sum(hits), sum(union)))
        drawn['nIoU'].append(100 * sum(
            Fraction(a, b) if b else 0 for a, b in zip(hits, union)) / 8)
        drawn['Pd'].append(100 * Fraction(
            sum(one.detected for one in some),
            sum(one.targets for one in some)))
        drawn['Fa'].append(10**6 * Fraction(
            sum(one.false_area for one in some),
            sum(one.pixels for one in some)))
    for name, values in drawn.items():
        assert found[name] == pytest.approx(
            [float(quantile(values, 0.05)), float(quantile(values, 0.95))],
            rel=1e-9), name


# Draws


def test_intervals_do_not_depend_on_how_many_are_drawn_at_once(monkeypatch):
    images = random_images(8)
    expected = bootstrap_intervals(images, 205)
    monkeypatch.setattr(bootstrap, '_DRAWS_AT_ONCE', 7)
    found = bootstrap_intervals(images, 205)
    assert found.keys() == expected.keys()
    for name, limits in expected.items():
        assert found[name] == pytest.approx(limits, rel=1e-13, nan_ok=True)


def test_many_images_need_little_memory():
    """The counts of all draws at once would take 800 MB."""
    images = random_images(100) * 200
    tracemalloc.start()
    try:
        found = bootstrap_intervals(images, 500)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100e6
    low, high = found['Pd']
    total = sum(images, DetectionCounts())
    assert low < pooled_metrics(total)['Pd'] < high


# Undefined


def test_draws_without_any_target_are_left_out():
    """One image in two has a target, and it is always found."""
    found = bootstrap_intervals([FOUND, NOTHING], 200)
    assert found['Pd'] == (100, 100)
    assert found['Recall'] == (75, 75)
    assert found['Fa_pixel'] == (0, 10000)
    assert found['nIoU'] == (0, 60)


def test_undefined_in_every_draw():
    found = bootstrap_intervals([NOTHING] * 3, 20, nIoU_empty='skip')
    for name in ('IoU', 'nIoU', 'Pd', 'Precision', 'Recall', 'F1'):
        assert np.isnan(found[name]).all(), name
    assert found['Fa'] == found['FPR'] == (0, 0)


# Paired comparisons


def test_p_values_equal_a_slow_reference():
    """Draw for draw: both methods are evaluated on the same images."""
    ours, theirs = random_images(9, seed=1), random_images(9, seed=2)
    found = paired_p_values(ours, theirs, 199, seed=3)
    counted = dict(IoU=[0, 0], Pd=[0, 0])
    for numbers in np.random.default_rng(3).integers(0, 9, (199, 9)).tolist():
        totals = [
            pooled_metrics(sum((one[n] for n in numbers), DetectionCounts()))
            for one in (ours, theirs)]
        for name, sides in counted.items():
            difference = totals[0][name] - totals[1][name]
            sides[0] += difference >= 0
            sides[1] += difference <= 0
    for name, sides in counted.items():
        assert found[name] == pytest.approx(
            min(1, 2 * (min(sides) + 1) / 200), rel=1e-12), name
    assert found.keys() == NAMES


def test_p_values_need_as_many_images():
    with pytest.raises(ValueError, match='same length, got 2 and 1'):
        paired_p_values([FOUND] * 2, [FOUND])


# Arguments


@pytest.mark.parametrize('images, change, message', [
    ([], {}, 'images must not be empty'),
    ([FOUND], dict(samples=0), 'samples must be positive, got 0'),
    ([FOUND], dict(level=1), 'level must be between 0 and 1, got 1'),
    ([FOUND], dict(nIoU_empty='nan'),
     "nIoU_empty must be 'zero', 'one' or 'skip', got 'nan'"),
])
def test_arguments_outside_their_values(images, change, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_intervals(images, **change)


def test_intervals_of_infinite_values():
    """An end is infinite where its draws are, never NaN."""
    def largest(drawn):
        return dict(some=max(drawn), all=math.inf)

    found = bootstrap.resampled_intervals([1., 2., math.inf], largest, 200)
    assert found == {'some': (1., math.inf), 'all': (math.inf, math.inf)}
