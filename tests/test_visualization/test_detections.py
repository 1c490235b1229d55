import numpy as np
import pytest

from projects.dstransnet.visualization import draw_detections
from projects.dstransnet.visualization.detections import FALSE_ALARM, HIT, MISS


def scene(*corners):
    mask = np.zeros((96, 128), np.uint8)
    for row, column in corners:
        mask[row:row + 3, column:column + 3] = 1
    return mask


def count(picture, colour):
    return int((picture == colour).all(axis=-1).sum())


def test_colours_say_what_happened():
    image = np.full((96, 128), 90, np.uint8)
    target = scene((10, 10), (60, 20))
    picture = draw_detections(image, scene((10, 11), (80, 100)), target)
    panel = picture.shape[1] // 3
    result = picture[:, 2 * panel:]
    assert min(count(result, c) for c in (HIT, MISS, FALSE_ALARM)) > 50
    assert not any(
        count(picture[:, :panel], c) for c in (HIT, MISS, FALSE_ALARM))
    # Scale 4: the missed target's circle is around its centre.
    rows, columns = np.nonzero((result == MISS).all(axis=-1))
    assert abs(rows.mean() - (61.5 * 4 + 28)) < 2
    assert abs(columns.mean() - 21.5 * 4) < 6 + 2


def test_a_perfect_result_has_one_colour():
    target = scene((10, 10))
    picture = draw_detections(target * 200, target, target)
    assert count(picture, HIT) > 50
    assert count(picture, MISS) == count(picture, FALSE_ALARM) == 0


def test_without_truth_there_are_two_panels():
    mask = scene((10, 10))
    with_truth = draw_detections(mask, mask, mask)
    without = draw_detections(mask, mask)
    assert 2 * with_truth.shape[1] == pytest.approx(
        3 * without.shape[1], abs=9)
    assert count(without, HIT) > 50


def test_colour_images_stay_in_colour():
    image = np.zeros((96, 128, 3), np.uint8)
    image[..., 1] = 120
    picture = draw_detections(image, scene())
    assert count(picture, (0, 120, 0)) > 10_000


@pytest.mark.parametrize('name', ['prediction', 'target'])
def test_sizes_must_agree(name):
    masks = dict(prediction=scene(), target=scene())
    masks[name] = masks[name][:-1]
    with pytest.raises(ValueError, match=rf'{name} must have the size of '
                       r'the image, \(96, 128\), got \(95, 128\)'):
        draw_detections(np.zeros((96, 128), np.uint8), **masks)
