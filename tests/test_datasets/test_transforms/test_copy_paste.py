import math

import numpy as np
import pytest
from helpers.slow_reference import flood_fill
from mmcv.transforms import TransformBroadcaster

from projects.dstransnet.datasets import TargetCopyPaste
from projects.dstransnet.datasets.transforms.copy_paste import (
    cut_targets,
    free_places,
)

# An L: none of its 8 orientations equals another.
SHAPE = np.array([[1, 0], [1, 0], [1, 1]], bool)
CONTRAST = np.array([[20, 0], [35, 0], [50, 65]], np.float32)


def flat(level: float = 100, shape=(40, 50), dtype=np.float32) -> np.ndarray:
    return np.full(shape, level, dtype)


def scene(places=((10, 12), ), level=100, shape=(40, 50),
          dtype=np.float32) -> dict:
    """A flat image with an L of known contrast at each place."""
    image, labels = flat(level, shape, dtype), np.zeros(shape, np.uint8)
    for top, left in places:
        image[top:top + 3, left:left + 2] += CONTRAST.astype(dtype)
        labels[top:top + 3, left:left + 2] = SHAPE
    return dict(img=image, gt_seg_map=labels, seg_fields=['gt_seg_map'])


def run(results: dict, seed: int = 0, **kwargs) -> dict:
    np.random.seed(seed)
    return TargetCopyPaste(prob=1, **kwargs)(dict(results))


def components(labels: np.ndarray) -> list[list]:
    return flood_fill(labels == 1)


def pasted(before: dict, after: dict) -> np.ndarray:
    """Pixels that are target now and were not."""
    assert (after['gt_seg_map'] >= before['gt_seg_map']).all()
    return after['gt_seg_map'] != before['gt_seg_map']


# A copy


@pytest.mark.parametrize('seed', range(2))
@pytest.mark.parametrize('factor', [1, 0.6])
def test_a_copy_has_shape_and_contrast_of_the_target(seed, factor):
    before = scene()
    after = run(before, seed, max_copies=1, amplitude=(factor, factor),
                reorient=False)
    new = pasted(before, after)
    rows, cols = np.nonzero(new)
    box = np.s_[rows.min():rows.max() + 1, cols.min():cols.max() + 1]
    assert np.array_equal(new[box], SHAPE)
    assert np.allclose(after['img'][box] - 100, factor * CONTRAST, atol=1e-4)
    # The target has no light beyond its mask here, so neither has the copy.
    added = after['img'] - before['img']
    assert np.array_equal(abs(added) > 1e-4, new)


def test_contrast_is_added_to_the_background_of_the_place():
    """That differs from the target's own, and is structured."""
    before = scene()
    rows, cols = np.mgrid[:40, :50]
    texture = (60 + 2 * rows + (cols * 7) % 5).astype(np.float32)
    # Flat around the target, up to margin and surroundings.
    before['img'][20:], before['img'][:, 22:] = texture[20:], texture[:, 22:]
    for seed in range(10):
        after = run(before, seed, max_copies=1, amplitude=(1, 1))
        new = pasted(before, after)
        added = after['img'] - before['img']
        assert sorted(added[new].round(3).tolist()) == [20, 35, 50, 65]
        assert np.abs(added[~new]).max() < 1e-3


def test_all_orientations_occur_and_keep_image_and_mask_together():
    before, seen = scene(), set()
    for seed in range(100):
        after = run(before, seed, max_copies=1, amplitude=(1, 1))
        new = pasted(before, after)
        rows, cols = np.nonzero(new)
        box = np.s_[rows.min():rows.max() + 1, cols.min():cols.max() + 1]
        seen.add((new[box].shape,
                  tuple((after['img'][box] - 100).round(2).ravel().tolist())))
    turns = [np.rot90(array, number) for number in range(4)
             for array in (CONTRAST, CONTRAST[::-1])]
    assert seen == {(turn.shape, tuple(turn.ravel().tolist()))
                    for turn in turns}


def test_light_beyond_the_mask_comes_along_and_fades():
    """A Gaussian whose mask is its core; weights by hand."""
    rows, cols = np.mgrid[:60, :60]
    distance = np.hypot(rows - 15, cols - 15)
    light = 80 * np.exp(-distance**2 / (2 * 1.5**2))
    before = dict(img=(90 + light).astype(np.float32),
                  gt_seg_map=(distance == 0).astype(np.uint8))
    after = run(before, max_copies=1, amplitude=(1, 1), margin=5)
    ((row, col), ) = np.argwhere(pasted(before, after)).tolist()
    added = (after['img'] - before['img']).astype(np.float64)
    # 4 pixels of surroundings from 6 pixels on, and their corners.
    ring = np.maximum(abs(rows - 15), abs(cols - 15))
    background = before['img'][(ring > 5) & (ring <= 9)].mean() - 90
    for down in range(-8, 9):
        for right in range(-8, 9):
            away = math.hypot(down, right)
            weight = 0.5 + 0.5 * math.cos(math.pi * min(away / 6, 1))
            if max(abs(down), abs(right)) > 5:
                weight = 0  # beyond the box; the cosine is 0 there as well
            expected = weight * (light[15 + down, 15 + right] - background)
            assert added[row + down, col + right] == pytest.approx(
                expected, abs=1e-3)


@pytest.mark.parametrize('seed', range(4))
def test_amplitudes_are_drawn_from_the_range(seed):
    found = []
    for number in range(50):
        before = scene()
        after = run(before, 50 * seed + number, max_copies=1,
                    amplitude=(0.5, 2))
        added = (after['img'] - before['img'])[pasted(before, after)]
        found.append(added.max() / 65)
    assert 0.499 < min(found) < 0.75 and 1.75 < max(found) < 2.001


# Places


@pytest.mark.parametrize('margin', [1, 2, 4])
def test_copies_touch_neither_targets_nor_each_other_nor_the_border(margin):
    before = scene([(10, 12), (25, 30), (24, 12)])
    counts = set()
    for seed in range(40):
        after = run(before, seed, max_copies=4, margin=margin)
        found = components(after['gt_seg_map'])
        assert all(len(pixels) == 4 for pixels in found)
        old = components(before['gt_seg_map'])
        assert all(pixels in found for pixels in old)
        counts.add(len(found) - 3)
        everything = [np.array(pixels) for pixels in found]
        for number, pixels in enumerate(everything):
            if found[number] in old:
                continue
            assert pixels.min() >= margin
            assert (pixels.max(axis=0) < np.array([40, 50]) - margin).all()
            for other in everything[:number] + everything[number + 1:]:
                gaps = abs(pixels[:, None] - other[None]).max(axis=-1)
                assert gaps.min() > margin
        # Pixels of the old targets are what they were.
        mask = before['gt_seg_map'] == 1
        assert np.array_equal(after['img'][mask], before['img'][mask])
    assert counts == {1, 2, 3, 4}


def test_free_places_against_a_search():
    labels = (np.random.default_rng(0).random((13, 17)) < 0.06).astype(int)
    for height, width in ((1, 1), (3, 2), (2, 5), (13, 17), (14, 1), (1, 18),
                          (30, 40)):
        expected = [[top, left] for top in range(13 - height + 1)
                    for left in range(17 - width + 1)
                    if not labels[top:top + height, left:left + width].any()]
        assert free_places(labels, (height, width)).tolist() == expected


def assert_nothing_changes(before: dict, seeds: int) -> None:
    for seed in range(seeds):
        after = run(before, seed)
        assert np.array_equal(after['img'], before['img'])
        assert np.array_equal(after['gt_seg_map'], before['gt_seg_map'])


@pytest.mark.parametrize('shape', [(7, 10), (9, 9)])
def test_no_place(shape):
    assert_nothing_changes(scene([(3, 4)], shape=shape), 10)


def test_labels_to_ignore_are_no_places_and_no_targets():
    before = scene([(10, 12)])
    before['gt_seg_map'][:, 22:] = 255
    for seed in range(20):
        labels = run(before, seed)['gt_seg_map']
        assert (labels[:, 22:] == 255).all()
        assert len(components(labels)) > 1
    before['gt_seg_map'][before['gt_seg_map'] == 1] = 255
    assert not (run(before)['gt_seg_map'] == 1).any()


# Targets


@pytest.mark.parametrize('labels', [
    np.zeros((40, 50)), np.ones((40, 50)),
    np.indices((40, 50)).sum(axis=0) % 2,
    np.arange(2000).reshape(40, 50) % 4 == 0,
], ids=['none', 'full', 'checkered', 'crowded'])
def test_no_target_to_copy(labels):
    image = np.random.default_rng(0).uniform(0, 255, (40, 50))
    assert_nothing_changes(dict(img=image.astype(np.float32),
                                gt_seg_map=labels.astype(np.uint8)), 5)


@pytest.mark.parametrize('places, copied', [
    ([(3, 3)], 1), ([(2, 3)], 0), ([(3, 2)], 0), ([(34, 45)], 1),
    ([(35, 45)], 0), ([(34, 46)], 0),
    # The first ends at column 13: 3 pixels between are the margin.
    ([(10, 12), (10, 15)], 0), ([(10, 12), (10, 16)], 0),
    ([(10, 12), (10, 17)], 2)])
def test_targets_by_the_border_or_others_are_not_copied(places, copied):
    before = scene(places)
    patches = cut_targets(before['img'][..., None], before['gt_seg_map'], 3)
    assert len(patches) == copied


# Arguments


@pytest.mark.parametrize('name', ['max_copies', 'margin'])
@pytest.mark.parametrize('value', [0, 1.5])
def test_wrong_integers(name, value):
    with pytest.raises(ValueError) as error:
        TargetCopyPaste(**{name: value})
    assert str(error.value) == (
        f'{name} must be an integer of at least 1, got {value!r}')


def test_draws_cannot_be_shared_between_images():
    shared = TransformBroadcaster(transforms=[TargetCopyPaste(prob=1)],
                                  mapping=dict(img=['first', 'second']),
                                  auto_remap=True, share_random_params=True)
    with pytest.raises(RuntimeError, match='TargetCopyPaste'):
        shared(dict(first=flat(), second=flat()))
