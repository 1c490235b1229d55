import json
import math

import numpy as np
import pytest
from helpers.golden_scenes import golden_scenes
from helpers.slow_reference import flood_fill

from projects.dstransnet.evaluation.functional.background import (
    Gains,
    gain_metrics,
    local_gains,
)
from projects.dstransnet.imaging.components import connected_components


@pytest.fixture(scope='module')
def published(classical):
    return json.loads((classical / 'golden.json').read_text())['measures']


@pytest.fixture(scope='module')
def maps(classical):
    return dict(np.load(classical / 'golden.npz'))


def test_gains_of_classical_maps(published, maps):
    for name, crops in published['local_gains']['values'].items():
        for image, mask, scores, expected in zip(
                maps['input'], maps['mask'], maps[name], crops):
            found = local_gains(image / 255, scores / scores.max(),
                                connected_components(mask))
            for values, key in zip(found, ('scrg', 'bsf', 'cg')):
                assert values == pytest.approx(
                    [one[key] for one in expected], rel=1e-5), name


def test_infinite_gains_and_lost_targets(published):
    rows, columns = np.mgrid[:64, :64]
    image = (7 * rows + 13 * columns) % 32
    mask = np.zeros((64, 64), bool)
    mask[30:33, 30:33] = mask[2:4, 60:64] = True
    image[mask] = 200
    maps = dict(perfect=1.0 * mask, empty=0.0 * mask,
                chequer=np.where(mask, 1, 0.1 * ((rows + columns) % 2)))
    for name, case in published['local_gains']['hand']['cases'].items():
        found = local_gains(image, maps[name], connected_components(mask))
        for values, key in zip(found, ('scrg', 'bsf', 'cg')):
            assert values == pytest.approx(
                [float(one[key]) for one in case['values']]), name


def test_all_of_the_image_as_neighbourhood(published, golden):
    for seed, expected in published['global_rule']['values'].items():
        mask, scores = golden_scenes(golden)[int(seed)]
        scores = scores.astype(np.float64)
        found = local_gains(np.rint(40 + 200 * scores), scores**2,
                            connected_components(mask), margin=None)
        assert found.SCRG == pytest.approx(expected['scrg'], rel=1e-6)
        assert found.BSF == pytest.approx(expected['bsf'], rel=1e-6)


def test_gains_equal_a_slow_reference():
    rng = np.random.default_rng(0)
    image, scores = rng.uniform(0, 1, (2, 16, 20))
    mask = rng.uniform(size=(16, 20)) > 0.93
    found = local_gains(image, scores, connected_components(mask), margin=3)
    for number, pixels in enumerate(flood_fill(mask)):
        rows, columns = zip(*pixels)
        around = [(row, column) for row in range(16) for column in range(20)
                  if not mask[row, column]
                  and min(rows) - 3 <= row <= max(rows) + 3
                  and min(columns) - 3 <= column <= max(columns) + 3]
        contrast, spread = [], []
        for values in (image, scores):
            inside = [values[pixel] for pixel in pixels]
            outside = [values[pixel] for pixel in around]
            mean = sum(outside) / len(outside)
            contrast.append(abs(sum(inside) / len(inside) - mean))
            spread.append(math.sqrt(sum((value - mean)**2 for value in outside)
                                    / len(outside)))
        assert found.SCRG[number] == pytest.approx(
            contrast[1] / spread[1] / (contrast[0] / spread[0]))
        assert found.BSF[number] == pytest.approx(spread[0] / spread[1])
        assert found.CG[number] == pytest.approx(contrast[1] / contrast[0])


@pytest.mark.parametrize('flat', [True, False])
def test_an_image_without_spread_or_contrast_is_undefined(flat):
    mask = np.zeros((9, 9), bool)
    mask[4, 4] = True
    image = np.where(mask, 0.7, 0.2) if flat else np.tile(
        [0.0, 2.0, 1.0], (9, 3))
    if not flat:
        image[4, 4] = image[~mask].mean()
    scores = np.random.default_rng(0).uniform(size=(9, 9))
    found = local_gains(image, scores, connected_components(mask))
    assert np.isnan(found.SCRG[0])
    assert np.isnan(found.BSF[0]) == flat
    assert np.isnan(found.CG[0]) != flat


def test_no_neighbourhood_is_undefined():
    mask = np.ones((3, 3))
    found = local_gains(mask, mask, connected_components(mask))
    assert np.isnan(np.stack(found)).all()


def test_infinite_values_are_counted_and_left_out():
    found = gain_metrics([
        Gains(np.array([2.0, np.inf]), np.array([np.inf] * 2),
              np.array([1.0, 3.0])),
        Gains(*np.full((3, 1), np.nan))])
    assert found['SCRG'] == 2 and found['CG'] == 2
    assert math.isnan(found['BSF'])
    assert (found['SCRG_infinite'], found['BSF_infinite'],
            found['gains_undefined']) == (1, 2, 1)
