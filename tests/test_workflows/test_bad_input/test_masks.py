"""Rows of the table of bad input: masks."""
import numpy as np
import pytest
from helpers.tables import (
    ALL,
    assert_trains,
    damage,
    error_lines,
    grey,
    load,
    mask,
    metric,
    run_test,
)
from PIL import Image


def _of(values):
    return lambda path: Image.fromarray(
        np.asarray(values, np.uint8)).save(path)


ROWS = {
    'other values': (_of([[0, 80], [160, 255]]),
                     'expected only the values 0 and 255, or 0 and 1, got 0, '
                     '80, 160, 255; set the threshold'),
    'different channels': (_of(np.arange(12).reshape(2, 2, 3)),
                           'expected a mask of one channel'),
    'damaged inside': (damage, 'not a readable mask'),
}


@pytest.mark.parametrize(('change', 'expected'), ROWS.values(), ids=ROWS)
def test_one_mask_stops_the_test_and_is_named(change, expected, damaged):
    project = damaged()
    change(mask(project.data))
    message = error_lines(run_test(project))
    assert str(mask(project.data)) in message and expected in message


def test_masks_of_another_size_are_resized_and_named(damaged):
    project = damaged()
    grey(mask(project.data, 6), (7, 9), 255)
    grey(mask(project.data, 7), (1, 1))
    with pytest.warns(UserWarning, match='2 masks are resized') as warned:
        samples = load(project, 'test')
    text = ''.join(str(each.message) for each in warned)
    assert f'{mask(project.data, 6)}: image (56, 40), mask (9, 7)' in text
    targets = [int(sample['data_samples'].gt_sem_seg.data.sum())
               for sample in samples]
    assert targets[0] == 32 * 32 and targets[1] == 0 < targets[2]


def test_without_any_target_pd_is_not_defined(damaged):
    project = damaged()
    for number in ALL:
        grey(mask(project.data, number))
    result = run_test(project)
    assert np.isnan(metric(result, 'Pd'))
    assert np.isnan(metric(result, 'Recall'))
    assert metric(result, 'Fa') >= 0
    assert_trains(project)
