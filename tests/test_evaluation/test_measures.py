"""Measures chosen by name."""
import math
import pickle

import numpy as np
import pytest
from helpers.slow_reference import painted

from projects.dstransnet.evaluation import UNITS, EvaluationProtocol
from projects.dstransnet.evaluation.measures import MEASURE_NAMES, MEASURES
from projects.dstransnet.evaluation.scene import Scene
from projects.dstransnet.imaging.components import connected_components

SCORES = painted("""
    99..........
    98....7.....
    ............
    ..........4.
    """)
TRUTH = painted("""
    99..........
    99..........
    ............
    ..........9.
    """) > 0
IMAGE = np.random.default_rng(0).uniform(0.1, 0.9, SCORES.shape)
IMAGES = [(SCORES, TRUTH), (SCORES, TRUTH[::-1]), (0 * SCORES, 0 * TRUTH),
          (SCORES, 0 * TRUTH)]


def evaluated(pairs=IMAGES, image=IMAGE, measures=MEASURE_NAMES, **kwargs):
    protocol = EvaluationProtocol(measures=measures, **kwargs)
    return protocol.evaluate(
        [f'image {number}' for number in range(len(pairs))],
        [protocol.measure(*pair, image) for pair in pairs])


def test_published_metrics_by_default():
    plain = EvaluationProtocol()
    assert plain.measures == ('published', )
    assert not plain.uses_images and plain.chosen == []
    assert plain.measure(SCORES, TRUTH).measured == {}
    default = plain.evaluate(['a'], [plain.measure(SCORES, TRUTH)])
    assert default.difficulty == []
    both = evaluated([(SCORES, TRUTH)], measures=['published', 'hierarchy'])
    for name, value in default.metrics.items():
        assert both.metrics[name] == value


def test_metrics_are_in_the_order_of_the_measures():
    names = ['shooting', 'published', 'hierarchy']
    found = evaluated(measures=names)
    expected = [*MEASURES['shooting'].units,
                *EvaluationProtocol().metric_names(),
                *MEASURES['hierarchy'].units]
    assert list(found.metrics) == expected
    assert EvaluationProtocol(measures=names).metric_names() == expected


@pytest.mark.parametrize('name', MEASURES)
def test_metrics_have_units_and_names_of_their_own(name):
    measure = MEASURES[name]
    assert measure.name == name
    found = evaluated(measures=[name])
    assert list(found.metrics) == list(measure.units)
    assert all(UNITS[key] == unit for key, unit in measure.units.items())
    assert measure.lower_is_better | measure.unranked <= set(measure.units)
    others = [key for other in MEASURES.values() if other is not measure
              for key in other.units]
    assert not set(measure.units) & {
        *others, *EvaluationProtocol().metric_names()}


def test_order_and_distribution_of_images_make_no_difference():
    """Records travel between processes, and sums are exact."""
    rng = np.random.default_rng(1)
    pairs = [(rng.uniform(0, 1, (20, 24)).astype(np.float32)**4,
              rng.uniform(0, 1, (20, 24)) > 0.97) for _ in range(8)]
    image = rng.uniform(0, 1, (20, 24))
    protocol = EvaluationProtocol(measures=MEASURE_NAMES)
    images = [protocol.measure(*pair, image) for pair in pairs]
    expected = protocol.evaluate(list('abcdefgh'), images)
    order = rng.permutation(8)
    found = protocol.evaluate(
        ['abcdefgh'[k] for k in order],
        [pickle.loads(pickle.dumps(images[k])) for k in order])
    np.testing.assert_equal(found.metrics, expected.metrics)
    np.testing.assert_equal([vars(each) for each in found.difficulty],
                            [vars(each) for each in expected.difficulty])


def test_no_image_at_all():
    found = evaluated([])
    assert all(math.isnan(value) or value == 0
               for value in found.metrics.values())
    assert found.difficulty == []


def test_intervals_surround_the_metrics():
    found = evaluated(IMAGES * 4, bootstrap=30)
    assert {*found.intervals} >= {
        key for name, measure in MEASURES.items()
        for key in measure.units if key not in measure.unranked}
    low, high = found.intervals['hIoU']
    assert low <= found.metrics['hIoU'] <= high
    assert low < high


def test_rules_of_the_protocol_reach_the_measures():
    near = evaluated(measures=['hierarchy'], distance=20)
    assert near.metrics['Pd_OPDC'] > evaluated(
        measures=['hierarchy']).metrics['Pd_OPDC']
    strict = evaluated(measures=['shooting'], threshold=0.95)
    assert strict.metrics['Pd_shooting'] == 0


def test_difficulty_is_beside_the_metrics():
    found = evaluated(measures=['difficulty'])
    assert found.metrics == {}
    area = {each.label: each for each in found.difficulty
            if each.by == 'area'}
    assert (area['1 to 4'].targets, area['1 to 4'].detected['Pd']) == (4, 2)


def test_images_have_the_size_of_the_masks():
    with pytest.raises(ValueError, match='image and target must have one '
                                         r'shape, got \(3, 3\) and \(4, 12\)'):
        evaluated(image=np.zeros((3, 3)))


@pytest.mark.parametrize('name', [name for name, measure in MEASURES.items()
                                  if measure.uses_image])
def test_measures_that_use_images_do_without_or_say_so(name):
    scene = Scene(EvaluationProtocol(), SCORES, connected_components(TRUTH))
    if name == 'difficulty':
        assert np.isnan(MEASURES[name].measure(scene).properties['SCR']).all()
        return
    with pytest.raises(ValueError, match=f"'{name}' needs the images"):
        MEASURES[name].measure(scene)


@pytest.mark.parametrize('names', [
    [], ['IoU'], ['published', 'published'], 'published'])
def test_unknown_measures(names):
    with pytest.raises(ValueError, match='measures must be different names in '
                                         'a list, among published, '):
        EvaluationProtocol(measures=names)
