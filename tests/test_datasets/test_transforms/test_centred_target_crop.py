import numpy as np
import pytest

from projects.dstransnet.datasets.transforms import CentredTargetCrop


def sample(height, width, *targets):
    labels = np.zeros((height, width), np.uint8)
    for target in targets:
        labels[target] = 1
    image = np.arange(height * width, dtype=np.int32).reshape(height, width)
    return dict(img=image, gt_seg_map=labels, seg_fields=['gt_seg_map'])


@pytest.mark.parametrize('target, corner', [
    ((20, 30), (16, 25)), ((0, 39), (0, 30)), ((31, 3), (24, 0))])
def test_crop_around_a_target_stays_inside(target, corner):
    results = CentredTargetCrop((8, 10), prob=1)(sample(32, 40, target))
    assert results['img'].shape == results['img_shape'] == (8, 10)
    assert results['img'][0, 0] == corner[0] * 40 + corner[1]
    assert results['gt_seg_map'].sum() == 1


@pytest.mark.parametrize('prob, targets', [(0, [(2, 2)]), (1, [])])
def test_crop_anywhere(prob, targets):
    np.random.seed(0)
    transform, corners = CentredTargetCrop((8, 8), prob), set()
    for _ in range(200):
        results = transform(sample(10, 10, *targets))
        corners.add(divmod(int(results['img'][0, 0]), 10))
    assert corners == {(y, x) for y in range(3) for x in range(3)}


def test_half_of_the_crops_are_around_the_target():
    np.random.seed(0)
    transform, count = CentredTargetCrop((1, 1)), 1000
    hits = sum(transform(sample(40, 40, (7, 9)))['gt_seg_map'].sum()
               for _ in range(count))
    assert abs(hits / count - 0.5) < 4 * 0.5 / count**0.5


def test_small_images_are_taken_whole():
    results = CentredTargetCrop((8, 8))(sample(4, 12, (1, 11)))
    assert results['img'].shape == (4, 8)


@pytest.mark.parametrize('settings', [
    dict(crop_size=(0, 8)), dict(crop_size=(8, 8), prob=2)])
def test_wrong_arguments(settings):
    with pytest.raises(ValueError):
        CentredTargetCrop(**settings)
