"""The numbers of the published metric codes."""
import json

import numpy as np
import pytest
import torch
from helpers.golden_scenes import golden_scenes
from helpers.slow_reference import above, slow_counts
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample

from projects.dstransnet.evaluation import (
    DetectionCounts,
    IRSTDMetric,
    area_under_roc,
    count_detections,
    mean_image_iou,
    ratio,
    sweep_detections,
)

PUBLISHED_EPS = 0.001
"""What the published code adds to the denominators of its rates."""


@pytest.fixture(scope='module')
def scenes(golden):
    return golden_scenes(golden)


@pytest.fixture(scope='module')
def published(golden):
    return json.loads((golden / 'metrics_public.json').read_text())


@pytest.fixture(scope='module')
def total(scenes, published):
    """Counts of all scenes at all thresholds."""
    return sum((sweep_detections(score, mask, published['thresholds'])
                for mask, score in scenes), DetectionCounts())


@pytest.fixture(scope='module')
def evaluation(scenes):
    """What the metric reports, and its result."""
    metric = IRSTDMetric()
    evaluator = Evaluator([metric])
    for mask, score in scenes:
        item = SegDataSample()
        item.seg_logits = PixelData(data=torch.from_numpy(score)[None])
        item.gt_sem_seg = PixelData(
            data=torch.from_numpy(mask.astype(np.int64))[None])
        evaluator.process(data_samples=[item])
    return evaluator.evaluate(len(scenes)), metric.result


# At one half


def test_metrics_at_one_half(scenes, published):
    images = [count_detections(score > 0.5, mask) for mask, score in scenes]
    total = sum(images, DetectionCounts())
    assert total.targets == published['targets']
    assert total.detected == published['detected']
    assert total.pixels == 24 * published['size']**2
    figures = dict(
        IoU=ratio(total.true_positives, total.union),
        nIoU=mean_image_iou(images),
        pixAcc=ratio(total.true_positives, total.actual),
        Pd=ratio(total.detected, total.targets),
        Fa_area=ratio(total.false_area, total.pixels),
        Fa_component=ratio(total.false_component, total.pixels),
        Fa_pixel=ratio(total.false_pixel, total.pixels))
    for name, value in figures.items():
        assert value == pytest.approx(published[name], abs=1e-9), name


def test_counts_of_each_image(scenes, published):
    assert len(published['images']) == 24
    for expected, (mask, score) in zip(published['images'], scenes):
        counts = count_detections(score > 0.5, mask)
        assert dict(
            seed=expected['seed'],
            targets=counts.targets,
            detected=counts.detected,
            pred_pixels=counts.predicted,
            target_pixels=counts.actual) == expected


@pytest.mark.parametrize('threshold', [0.5, 0.09])
def test_scenes_equal_the_slow_reference(scenes, threshold):
    for mask, score in scenes[::6]:
        counts = sweep_detections(score, mask, [0.07, threshold])
        assert counts.at(1) == slow_counts(above(score, threshold), mask)


# At every threshold


def test_pd_and_fa_as_counts(total, published):
    assert len(published['thresholds']) == len(total.detected) == 101
    for name, part, whole in (
        ('Pd_by_threshold', total.detected, published['targets']),
        ('Fa_area_by_threshold', total.false_area, total.pixels)):
        expected = whole * np.array(published[name])
        assert np.abs(expected - np.rint(expected)).max() < 1e-6
        assert part.tolist() == np.rint(expected).tolist(), name


def test_rates(total, published):
    """To what the published code's denominators allow for."""
    hits, predicted = total.true_positives, total.predicted
    negatives = total.pixels - total.actual
    figures = dict(
        tpr=hits / (total.actual + PUBLISHED_EPS),
        recall=hits / (total.actual + PUBLISHED_EPS),
        fpr=(predicted - hits) / (negatives + PUBLISHED_EPS),
        precision=hits / (predicted + PUBLISHED_EPS))
    for name, values in figures.items():
        assert values == pytest.approx(published[name], abs=1e-12), name
    recall, precision = figures['recall'], figures['precision']
    assert 2 * recall * precision / (
        recall + precision + 1e-5) == pytest.approx(published['f1'], abs=1e-5)


def test_area(total, published):
    area = area_under_roc(
        ratio(total.predicted - total.true_positives,
              total.pixels - total.actual),
        ratio(total.true_positives, total.actual))
    assert area == pytest.approx(published['AUC'], abs=1e-5)
    # And without the 0.001: of the published rates.
    assert area_under_roc(
        np.array(published['fpr']), np.array(published['tpr'])
    ) == pytest.approx(published['AUC'], abs=1e-12)


# Through the metric


def test_metric(evaluation, published):
    metrics, _ = evaluation
    for name, scale, key in (
        ('IoU', 100, 'IoU'), ('nIoU', 100, 'nIoU'), ('Pd', 100, 'Pd'),
        ('Recall', 100, 'pixAcc'), ('Fa', 1e6, 'Fa_area'),
        ('Fa_component', 1e6, 'Fa_component'), ('Fa_pixel', 1e6, 'Fa_pixel')):
        assert metrics[f'irstd/{name}'] == pytest.approx(
            scale * published[key], abs=1e-6), name
    assert metrics['irstd/F1'] == pytest.approx(
        100 * published['F1'], abs=1e-3)
    assert metrics['irstd/AUC'] == pytest.approx(published['AUC'], abs=1e-5)


def test_curves_of_the_metric(evaluation, published):
    curves = evaluation[1].curves
    assert curves['threshold'].tolist() == published['thresholds']
    for name, scale, key, error in (
        ('Pd', 100, 'Pd_by_threshold', 1e-12),
        ('Fa', 1e6, 'Fa_area_by_threshold', 1e-12),
        ('Recall', 100, 'tpr', 1e-5), ('FPR', 100, 'fpr', 1e-5)):
        assert curves[name] / scale == pytest.approx(
            published[key], abs=error), name
    # Where little is predicted, the published 0.001 is more.
    predicted = np.array(published['precision']) > 0
    many = predicted & (curves['threshold'] < 0.9)
    assert many.sum() == 90
    assert curves['Precision'][many] / 100 == pytest.approx(
        np.array(published['precision'])[many], abs=1e-4)


def test_records_of_the_metric(evaluation, published):
    for expected, record in zip(published['images'], evaluation[1].images):
        assert (record.targets, record.detected) == (expected['targets'],
                                                     expected['detected'])
        assert record.threshold == 0.5
    assert len(evaluation[1].images) == 24
