"""Records of targets."""
import json

import numpy as np
import pytest

from projects.dstransnet.imaging import connected_components
from projects.dstransnet.imaging.signal_to_clutter import local_scr
from projects.dstransnet.inference import Prediction, Target
from projects.dstransnet.inference.targets import (
    coco_annotations,
    list_targets,
)


def scene():
    """Return scores with two targets, and an image that has them."""
    rng = np.random.default_rng(0)
    image = rng.integers(90, 110, (48, 64)).astype(np.uint8)
    scores = np.zeros((48, 64), np.float32)
    scores[20:22, 30:33] = [[.6, .9, .6], [.7, .8, .9]]
    scores[40, 5] = 0.75
    image[scores > 0.5] = 200
    return scores, image


def test_each_field_by_its_definition():
    scores, image = scene()
    mask = scores > 0.5
    first, second = list_targets(connected_components(mask), scores, image)
    assert first[:8] == (pytest.approx(.9), 30, 20, 33, 22, 20.5, 31, 6)
    assert first.mean_score == pytest.approx(4.5 / 6, abs=1e-6)
    alone = np.zeros_like(mask)
    alone[20:22, 30:33] = True
    assert first.scr == pytest.approx(
        local_scr(image.astype(float), alone), abs=1e-3)
    assert second[:8] == (.75, 5, 40, 6, 41, 40, 5, 1)
    assert first.track is second.track is None


def test_names_are_the_same_everywhere(tmp_path):
    scores, image = scene()
    found = Prediction('a.png', scores, 0.5, load=lambda: image)
    data = json.loads(found.to_json())
    assert data['image'] == 'a.png' and data['threshold'] == 0.5
    assert [list(each) for each in data['targets']] == 2 * [
        list(Target._fields)]
    assert [Target(**each) for each in data['targets']] == found.targets


def test_contrast_is_unknown_without_image():
    scores, image = scene()
    assert Prediction('a', scores, 0.5).targets[0].scr is None
    flat = Prediction('a', scores, 0.5, load=lambda: 0 * image)
    assert flat.targets[0].scr is None
    json.loads(flat.to_json())  # no NaN


def test_coco_boxes_are_corner_and_size():
    scores, _ = scene()
    found = Prediction('a.png', scores, 0.5)
    (first, _) = found.to_coco()
    assert first == dict(image_id='a.png', category_id=1,
                         bbox=[30, 20, 3, 2], area=6,
                         score=pytest.approx(.9))
    assert coco_annotations(found.targets, 7)[1]['image_id'] == 7
