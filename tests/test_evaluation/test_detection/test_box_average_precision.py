import importlib.util
import math

import numpy as np
import pytest

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.evaluation.detection.box_average_precision import (
    ImageBoxes,
    box_average_precision,
)
from projects.dstransnet.utils.errors import InputError

NO_BOX = np.zeros((0, 4))


def boxes(*values) -> np.ndarray:
    return np.array(values, float).reshape(-1, 4)


def slow_average(hits: list[bool], targets: int) -> float:
    """COCO's 101 points, for detections by descending score."""
    found = np.cumsum(hits)
    precision = found / np.arange(1, len(hits) + 1)
    return 100 * np.mean([
        max(precision[found / targets >= recall], default=0)
        for recall in np.linspace(0, 1, 101)])


def test_average_over_recalls():
    """Two of three targets found exactly, and a false alarm between."""
    found = box_average_precision([
        ImageBoxes(boxes([0, 0, 3, 4], [20, 20, 22, 22]),
                   boxes([0, 0, 3, 4], [40, 40, 44, 44]),
                   np.array([0.9, 0.8])),
        ImageBoxes(boxes([5, 5, 8, 8]), boxes([5, 5, 8, 8]),
                   np.array([0.7])),
        ImageBoxes(NO_BOX, NO_BOX, np.zeros(0))])
    expected = pytest.approx(slow_average([True, False, True], 3))
    assert found == dict.fromkeys(('AP_box', 'AP50_box', 'AP75_box'), expected)


def test_iou_thresholds():
    """An IoU of 2 / 3 is enough at 0.5, 0.55, 0.6 and 0.65."""
    found = box_average_precision([
        ImageBoxes(boxes([0, 0, 4, 6]), boxes([0, 0, 4, 4]),
                   np.array([0.9]))])
    assert found['AP50_box'] == pytest.approx(100)
    assert found['AP75_box'] == 0
    assert found['AP_box'] == pytest.approx(40)


def test_no_detection_and_no_target(capsys):
    missed = ImageBoxes(boxes([0, 0, 4, 4]), NO_BOX, np.zeros(0))
    assert box_average_precision([missed])['AP_box'] == 0
    false = ImageBoxes(NO_BOX, boxes([0, 0, 4, 4]), np.ones(1))
    for images in ([], [false]):
        assert math.isnan(box_average_precision(images)['AP_box'])
    assert capsys.readouterr().out == ''


def test_without_the_package(monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(InputError, match='pip install pycocotools'):
        EvaluationProtocol(measures=['box_ap'])
    EvaluationProtocol(measures=['published', 'hierarchy'])
