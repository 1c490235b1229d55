import math

import mmcv
import numpy as np
import pytest
import torch

from projects.dstransnet.evaluation import (
    EvaluationProtocol,
    ImageRecord,
    IRSTDMetric,
)
from projects.dstransnet.evaluation.external import (
    evaluate_detections,
    evaluate_maps,
    read_detections,
    truth_from_config,
    truth_from_folder,
)
from projects.dstransnet.evaluation.external.external_predictions import (
    match_names,
)
from projects.dstransnet.utils.errors import InputError

PIXEL = ['IoU', 'nIoU', 'nIoU_target', 'Pd', 'Fa', 'Fa_component',
         'Fa_pixel', 'Precision', 'Recall', 'F1']
TARGET = ['FalseAlarmsPerImage', 'TargetPrecision', 'TargetRecall',
          'TargetF1', 'AP']


@pytest.fixture
def truth(tmp_path, masks):
    """Masks of images a .. e in a folder."""
    for name, mask in masks.items():
        mmcv.imwrite(mask, str(tmp_path / f'truth/{name}.png'))
    return truth_from_folder(str(tmp_path / 'truth'))


@pytest.fixture
def scores(tmp_path, masks):
    """Score maps that are right in part, in a folder of NPY files."""
    rng = np.random.default_rng(0)
    maps = {}
    (tmp_path / 'scores').mkdir()
    for name, mask in masks.items():
        noise = rng.random(mask.shape, np.float32)
        maps[name] = (0.7 * noise**3 + 0.3 * (mask > 0)).astype(np.float32)
        np.save(tmp_path / f'scores/{name}.npy', maps[name])
    return maps


def check_operating_point(result):
    """The curve has the metrics of the threshold among its points."""
    curve = result.target_curve
    place = np.flatnonzero(
        curve['threshold'] > result.settings['threshold'])[-1]
    for point, metric in (('Pd', 'TargetRecall'),
                          ('FalseAlarmsPerImage', 'FalseAlarmsPerImage'),
                          ('TargetPrecision', 'TargetPrecision')):
        assert curve[point][place] == result.metrics[metric]
    return place


# Names


@pytest.fixture
def found(tmp_path):
    return {name: tmp_path / f'{name}.png'
            for name in ('a', 'b_mask', 'sub/c', 'sub/c_mask')}


def test_missing_files_are_listed(found):
    with pytest.raises(
            InputError, match='^2 of 3 images have no file: c, b$'):
        match_names(found, ['a', 'c', 'b'], allow_extra=True)
    with pytest.raises(
            InputError, match='^1 of 1 images have no file: a_mask$'):
        match_names(found, ['a'], '_mask', allow_extra=True)
    names = [f'image{number}' for number in range(11)]
    with pytest.raises(InputError, match='^11 of 11 images .*: image0, .*, '
                       r'image4, \.\.\. and 6 more$'):
        match_names(found, names, allow_extra=True)


def test_additional_files_are_listed(found, tmp_path):
    with pytest.raises(InputError) as error:
        match_names(found, ['a', 'x', 'sub/c'])
    assert str(error.value) == (
        '1 of 3 images have no file: x; 2 files belong to no image: '
        f'{found["b_mask"]}, {found["sub/c_mask"]}; --allow-extra ignores '
        'them')


# Maps


@pytest.mark.parametrize('options', [
    dict(), dict(match='overlap', connectivity=4),
    dict(distance=1.5, nIoU_empty='one', thresholds=[0.2, 0.5]),
])
def test_same_as_the_protocol_and_the_metric(tmp_path, truth, scores, masks,
                                             options):
    protocol = EvaluationProtocol(bootstrap=30, **options)
    result = evaluate_maps(str(tmp_path / 'scores'), truth, protocol)
    expected = protocol.evaluate(
        list(masks),
        [protocol.measure(scores[name], masks[name] > 0) for name in masks])
    assert list(result.metrics) == [*PIXEL, 'AUC', 'AUC_exact', *TARGET]
    for name, value in expected.metrics.items():
        assert result.metrics[name] == value, name
    assert 0 < result.metrics['IoU'] < 100
    assert result.images == expected.images
    assert result.intervals == expected.intervals
    assert result.curves.keys() == expected.curves.keys()
    for name, values in expected.curves.items():
        np.testing.assert_array_equal(result.curves[name], values)
    assert result.settings == expected.settings
    assert result.num_pixels == sum(mask.size for mask in masks.values())
    assert result.num_targets == 6
    # Below the threshold there is no detection.
    assert check_operating_point(result) == len(
        result.target_curve['threshold']) - 1 > 0

    metric = IRSTDMetric(bootstrap=30, **options)
    for name, mask in masks.items():
        metric.process(None, [
            dict(
                img_path=f'/data/{name}.png',
                seg_logits=dict(data=torch.from_numpy(scores[name])[None]),
                gt_sem_seg=dict(data=torch.from_numpy(mask // 255)[None]))
        ])
    metric.evaluate(len(masks))
    assert metric.result.metrics == expected.metrics
    assert metric.result.images == result.images
    assert metric.result.intervals == result.intervals


def test_target_level_metrics_by_hand(tmp_path):
    """Two targets; one is found, and there are two false alarms."""
    mask = np.zeros((20, 40), np.uint8)
    mask[5:7, 5:7] = mask[5:7, 30:32] = 255
    scores = np.zeros((20, 40))
    scores[5:7, 5:8] = 0.6, 0.6, 0.9
    scores[15, 15] = 0.7
    scores[15, 25] = 0.55
    mmcv.imwrite(mask, str(tmp_path / 'truth/a.png'))
    (tmp_path / 'scores').mkdir()
    np.save(tmp_path / 'scores/a.npy', scores)
    truth = truth_from_folder(str(tmp_path / 'truth'))
    result = evaluate_maps(
        str(tmp_path / 'scores'), truth, EvaluationProtocol())
    found = {name: result.metrics[name] for name in TARGET}
    assert found == pytest.approx(dict(
        FalseAlarmsPerImage=2, TargetPrecision=100 / 3, TargetRecall=50,
        TargetF1=40, AP=50))
    assert result.metrics['Pd'] == 50
    assert result.images == [
        ImageRecord('a', 2, 1, 2, 2, pytest.approx(100 * 4 / 12), 0.5)]


@pytest.mark.parametrize('top, dtype', [
    (255, np.uint8), (1, np.int64), (1, bool)])
def test_masks_have_neither_curves_nor_auc(tmp_path, truth, scores, masks,
                                           top, dtype):
    (tmp_path / 'found').mkdir()
    for name, values in scores.items():
        np.save(tmp_path / f'found/{name}.npy',
                (top * (values > 0.5)).astype(dtype))
    folder = str(tmp_path / 'found')
    result = evaluate_maps(folder, truth, EvaluationProtocol())
    assert list(result.metrics) == [*PIXEL, *TARGET]
    assert result.curves == result.target_curve == {}
    expected = evaluate_maps(
        str(tmp_path / 'scores'), truth, EvaluationProtocol())
    for name in PIXEL:
        assert result.metrics[name] == expected.metrics[name], name
    assert result.images == expected.images


def test_low_scores_are_no_masks(tmp_path, truth, masks):
    """A map of 8-bit scores 0 and 1 among others means 1 / 255."""
    for name, mask in masks.items():
        pixels = (mask > 0).astype(np.uint8)
        mmcv.imwrite(pixels, str(tmp_path / f'found/{name}.png'))
    folder, protocol = str(tmp_path / 'found'), EvaluationProtocol()
    assert evaluate_maps(folder, truth, protocol).metrics['IoU'] == 100
    mmcv.imwrite(masks['a'], str(tmp_path / 'found/a.png'))
    result = evaluate_maps(folder, truth, protocol)
    assert [image.detected for image in result.images] == [1, 0, 0, 0, 0]
    # Stated, 1 is a score of 1 again, and 255 is out of range.
    with pytest.raises(InputError, match=r'a\.png: .* got 0 \.\. 255;'):
        evaluate_maps(folder, truth, protocol, scale=1)


def test_other_sizes_are_refused(tmp_path, config, scores):
    """Maps have the size of files, the truth that of the network."""
    folder, protocol = str(tmp_path / 'scores'), EvaluationProtocol()
    truth = truth_from_config(config, 'more.txt')
    with pytest.raises(
            InputError, match=r'scores/a\.npy: expected the size of the '
            r'ground truth, 16 x 24 \(height x width\), got 20 x 30$'):
        evaluate_maps(folder, truth, protocol, allow_extra=True)
    truth = truth_from_config(config, 'more.txt', 'file')
    result = evaluate_maps(folder, truth, protocol, allow_extra=True)
    assert [image.name for image in result.images] == ['a', 'c', 'd']


# Boxes and points


@pytest.fixture
def table(tmp_path):
    """Write a CSV and read it as detections of some images."""

    def read(text: str, truth: dict):
        path = tmp_path / 'found.csv'
        path.write_text(text)
        return read_detections(str(path), truth)

    return read


def test_boxes_by_hand(truth, table):
    detections = table(
        'image,score,x,y,w,h\n'
        'a,0.9,0,4,4,4\n'        # the target of a
        'a,0.8,1,4,4,4\n'        # the same again: a false alarm
        'b,0.4,3,4,4,4\n'        # below the threshold
        'c,0.7,20,10,3,3\n'      # off
        'e,0.6,2,2,3,4\n',       # one of two
        truth)
    protocol = EvaluationProtocol(threshold=0.5)
    result = evaluate_detections(detections, truth, protocol)
    found = [(image.name, image.targets, image.detected, image.false_alarms)
             for image in result.images]
    assert found == [('a', 1, 1, 1), ('b', 1, 0, 0), ('c', 1, 0, 1),
                     ('d', 1, 0, 0), ('e', 2, 1, 0)]
    for image in result.images:
        assert math.isnan(image.IoU) and math.isnan(image.false_alarm_pixels)
        assert image.threshold == 0.5
    assert list(result.metrics) == ['Pd', *TARGET]
    # By falling score: hit, miss, miss, hit, and the one below 0.5: hit.
    assert result.metrics == pytest.approx(dict(
        Pd=100 / 3, TargetRecall=100 / 3, FalseAlarmsPerImage=2 / 5,
        TargetPrecision=50, TargetF1=40,
        AP=100 / 6 * (1 + 3 / 5 + 3 / 5)))
    assert result.curves == result.intervals == {}
    assert result.target_curve['threshold'].tolist() == [.9, .8, .7, .6, .4]
    assert result.target_curve['Pd'] == pytest.approx(
        np.array([1, 1, 1, 2, 3]) / 0.06)
    assert result.target_curve['FalseAlarmsPerImage'].tolist() == [
        0, 0.2, 0.4, 0.4, 0.4]
    check_operating_point(result)
    assert result.settings['detection_rule'] == 'centroid'
    # What tells images apart is as of maps.
    assert (result.num_images, result.num_targets) == (5, 6)
    assert result.num_pixels == 4 * 20 * 30 + 26 * 18
    maps = [protocol.measure(load(), load()) for load in truth.values()]
    maps = protocol.evaluate(list(truth), maps)
    assert [result.num_images, result.num_pixels, result.num_targets,
            result.images_hash] == [maps.num_images, maps.num_pixels,
                                    maps.num_targets, maps.images_hash]
    lower = evaluate_detections(
        detections, truth, EvaluationProtocol(threshold=0.3))
    assert lower.metrics['Pd'] == 50
    assert lower.images[1].detected == 1


def test_scale_of_detection_scores(truth, table):
    text = 'image,score,x,y\na,{},1.5,5.5\nb,{},9,15\n'
    protocol = EvaluationProtocol(threshold=0.5)
    expected = evaluate_detections(
        table(text.format(0.75, 0.5), truth), truth, protocol)
    assert expected.metrics['TargetRecall'] == pytest.approx(100 / 6)
    detections = table(text.format(75, 50), truth)
    found = evaluate_detections(detections, truth, protocol, scale=100)
    assert found.metrics == expected.metrics
    assert found.images == expected.images
    assert detections['a'].scores.tolist() == [75]  # as they were
    # The threshold is of scores in 0 .. 1, and 0.5 is not above it.
    lower = evaluate_detections(
        detections, truth, EvaluationProtocol(threshold=0.49), scale=100)
    assert lower.metrics['FalseAlarmsPerImage'] == 1 / 5


@pytest.mark.parametrize('scores, scale, text', [
    ((0.5, 1.5), 1.0, r'0 \.\. 1, got 0\.5 \.\. 1\.5'),
    ((7, 100.5), 100, r'0 \.\. 100, got 7 \.\. 100\.5'),
])
def test_detection_scores_outside_of_their_range(truth, table, scores, scale,
                                                 text):
    detections = table(
        'image,score,x,y\na,{},1.5,5.5\nd,{},2,6\n'.format(*scores), truth)
    with pytest.raises(
            InputError, match=f'^detections: expected scores within {text}; '
            '--scale says which one is a score of 1$'):
        evaluate_detections(
            detections, truth, EvaluationProtocol(), scale=scale)


def test_options_of_the_matching(truth, table):
    # Centre of the target of a: row 5.5, column 1.5.
    detections = table('image,score,x,y,w,h\na,0.9,0,4,4,6\n', truth)

    def recall(**options) -> float:
        return evaluate_detections(
            detections, truth, EvaluationProtocol(**options)
        ).metrics['TargetRecall'] * 6 / 100

    assert recall() == pytest.approx(1)
    assert recall(distance=1) == 0  # the centres are 1 apart
    assert recall(distance=1, detection_rule='inside') == pytest.approx(1)
    assert recall(detection_rule='iou', min_iou=0.66) == pytest.approx(1)
    assert recall(detection_rule='iou', min_iou=0.67) == 0
