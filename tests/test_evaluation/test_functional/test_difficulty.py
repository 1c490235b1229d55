import math

import numpy as np
import pytest
from helpers.slow_reference import drawn

from projects.dstransnet.evaluation.functional.difficulty import (
    EDGES,
    DifficultyRecord,
    split_by_difficulty,
    target_properties,
)
from projects.dstransnet.imaging.components import connected_components


def records(areas, found, ious=np.nan, scr=3) -> DifficultyRecord:
    number = len(areas)
    return DifficultyRecord(
        dict(area=np.array(areas, float),
             SCR=np.full(number, scr, float), border=np.zeros(number),
             targets=np.full(number, float(number))),
        dict(Pd=np.array(found, bool)), np.full(number, ious, float))


def test_properties_by_hand():
    found = target_properties(connected_components(drawn("""
        ##..........
        ##..........
        ............
        .....###....
        ............
        ............
        """)))
    assert found['area'].tolist() == [4, 3]
    assert found['border'].tolist() == [0, 2]
    assert found['targets'].tolist() == [2, 2]
    assert np.isnan(found['SCR']).all()


def test_contrast_needs_the_image():
    image = np.tile([0.0, 2.0], (64, 32))
    image[30, 30] = 5
    found = target_properties(connected_components(image == 5), image)
    assert found['SCR'] == pytest.approx([4], abs=0.05)


def test_bins_of_two_images_by_hand():
    bins = split_by_difficulty([
        records([1, 4, 5, 200], [0, 1, 1, 1], [np.nan, 0.5, 0.25, 1.0]),
        records([9], [0])])
    areas = [each for each in bins if each.by == 'area']
    assert [each.label for each in areas] == [
        '1 to 4', '5 to 9', '10 to 25', '26 to 80', '81 or more']
    assert [(each.targets, each.detected['Pd']) for each in areas] == [
        (2, 1), (2, 1), (0, 0), (0, 0), (1, 1)]
    assert [each.seg_IoU for each in areas[:2]] == [50, 25]
    assert math.isnan(areas[2].seg_IoU) and math.isnan(areas[2].rate('Pd'))
    crowds = [(each.label, each.targets) for each in bins
              if each.by == 'targets']
    assert crowds == [('1', 1), ('2', 0), ('3 to 4', 4), ('5 or more', 0)]


def test_each_target_is_in_one_bin_of_each_property():
    rng = np.random.default_rng(0)
    images = [records(rng.integers(1, 100, 7), rng.integers(0, 2, 7),
                      scr=rng.normal(4, 9, 7)) for _ in range(9)]
    bins = split_by_difficulty(images)
    for by in EDGES:
        some = [each for each in bins if each.by == by]
        assert sum(each.targets for each in some) == 63
        assert sum(each.detected['Pd'] for each in some) == sum(
            image.detected['Pd'].sum() for image in images)


def test_unknown_contrast_is_a_bin_of_its_own():
    bins = split_by_difficulty([records([3, 3], [1, 0],
                                        scr=[np.nan, -2.0])])
    scr = {each.label: each for each in bins if each.by == 'SCR'}
    assert list(scr) == ['below 2', '2 to 5', '5 to 10', '10 to 20',
                         '20 or more', 'unknown']
    assert scr['unknown'].detected == {'Pd': 1}
    assert scr['below 2'].targets == 1
