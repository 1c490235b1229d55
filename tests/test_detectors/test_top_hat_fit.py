import numpy as np
import pytest

from projects.dstransnet.datasets import SceneConfig, synthesize_scene
from projects.dstransnet.detectors import (
    best_threshold,
    fit_top_hat,
    top_hat,
)
from projects.dstransnet.evaluation import DetectionCounts, count_detections


def test_best_threshold_agrees_with_counting_every_candidate():
    rng = np.random.default_rng(1)
    masks = [rng.random((16, 16 + n)) < 0.1 for n in range(3)]
    maps = [(rng.integers(0, 9, m.shape) + 4 * m).astype(np.float32)
            for m in masks]
    candidates = [7.5, 3, 5, 0, 4, 20, 11]
    ious = {}
    for threshold in candidates:
        total = sum((count_detections(scores > threshold, mask)
                     for scores, mask in zip(maps, masks)), DetectionCounts())
        ious[threshold] = total.true_positives / total.union
    best = best_threshold(maps, masks, candidates)
    assert best.iou == max(ious.values()) == ious[best.value]


def test_lowest_of_equal_thresholds_wins():
    scores, mask = np.array([[1., 9.]]), np.array([[0, 1]])
    assert best_threshold([scores], [mask], (8, 5, 0)) == (5, 1)


def test_nothing_to_find_has_no_iou():
    best = best_threshold([np.zeros((4, 4))], [np.zeros((4, 4))])
    assert best.value == 0 and np.isnan(best.iou)


def test_wrong_lists_are_named():
    scores = np.zeros((4, 4))
    with pytest.raises(ValueError, match='candidates must not be empty'):
        best_threshold([scores], [scores], ())
    with pytest.raises(ValueError, match=r'got \(4, 4\) and \(4, 5\)'):
        best_threshold([scores], [np.zeros((4, 5))])
    with pytest.raises(ValueError, match='shorter'):
        best_threshold([scores, scores], [scores])
    with pytest.raises(ValueError, match='sizes must not be empty'):
        fit_top_hat([scores], [scores], ())


def test_size_is_the_best_of_those_tried():
    scenes = [synthesize_scene(SceneConfig(size=96), 2, n) for n in range(12)]
    images = [scene.image for scene in scenes]
    masks = [scene.mask for scene in scenes]
    fits = [fit_top_hat(images, masks, (size, )) for size in (3, 7, 13)]
    fit = fit_top_hat(images, masks, (3, 7, 13))
    assert fit in fits and fit.iou == max(other.iou for other in fits)
    total = sum((count_detections(top_hat(image, fit.size)
                                  > fit.threshold, mask)
                 for image, mask in zip(images, masks)), DetectionCounts())
    assert fit.iou == total.true_positives / total.union


def test_synthetic_scenes_are_not_solved_by_it():
    scenes = [synthesize_scene(SceneConfig(size=128), 0, n) for n in range(40)]
    fit = fit_top_hat([scene.image for scene in scenes],
                      [scene.mask for scene in scenes])
    assert 0.05 < fit.iou < 0.5
