import math

import numpy as np
import pytest
import torch
from helpers.segmentor_samples import (
    evaluate,
    evaluation,
    sample,
)
from helpers.slow_reference import drawn as drawn_mask
from mmseg.evaluation import IoUMetric

from projects.dstransnet.evaluation import (
    IRSTDMetric,
    check_save_best,
    irstd_metric,
    target_scores,
)
from projects.dstransnet.utils.errors import InputError

NAMES = [
    'IoU', 'nIoU', 'nIoU_target', 'Pd', 'Fa', 'Fa_component', 'Fa_pixel',
    'Precision', 'Recall', 'F1', 'AUC', 'AUC_exact'
]


def drawn(picture: str) -> np.ndarray:
    return drawn_mask(picture).astype(float)


@pytest.fixture
def logged(monkeypatch) -> list[tuple]:
    """What the metric writes to the log: texts, loggers and levels."""
    lines = []
    monkeypatch.setattr(
        irstd_metric, 'print_log',
        lambda text, logger=None, level=None: lines.append(
            (text, logger, level)))
    return lines


TRUTH = drawn("""
    ##..................
    ##..................
    .................#..
    """)
PREDICTION = drawn("""
    .##......###........
    .##.................
    .............##.....
    """)


def test_figures_by_hand():
    """One of two targets found; false alarms of 3 and 2 pixels."""
    found = evaluate([sample(PREDICTION, TRUTH)], thresholds=[-1, 0.2, 1])
    expected = dict(
        IoU=100 * 2 / (9 + 5 - 2),
        nIoU=100 * 2 / 12,
        nIoU_target=100 * 2 / 12,
        Pd=50,
        Fa=1e6 * 5 / 60,
        Fa_component=1e6 * 5 / 60,
        Fa_pixel=1e6 * 7 / 60,
        Precision=100 * 2 / 9,
        Recall=100 * 2 / 5,
        F1=100 * 4 / 14,
        AUC=(1 - 7 / 55) * (1 + 2 / 5) / 2 + 7 / 55 * 2 / 5 / 2,
        AUC_exact=(2 * 48 + (2 * 7 + 3 * 48) / 2) / (5 * 55))
    assert found == {
        f'irstd/{name}': pytest.approx(value, rel=1e-14)
        for name, value in expected.items()
    }
    assert list(found) == [f'irstd/{name}' for name in NAMES]


# What a prediction is


def test_scores_of_two_channels_are_probabilities():
    logits = torch.tensor([[[1.0, -2.0]], [[0.5, 4.0]]])
    scores = target_scores(sample(logits, [[0, 0]]).to_dict())
    expected = [[1 / (1 + math.exp(0.5)), 1 / (1 + math.exp(-6))]]
    assert scores == pytest.approx(np.array(expected), abs=1e-6)


def test_three_channels_are_an_error():
    with pytest.raises(
            ValueError, match='one or two output channels, got 3'):
        evaluate([sample(torch.zeros(3, 2, 2), torch.zeros(2, 2))])


def test_probabilities_win_over_labels_of_another_threshold():
    item = sample(0.4 * PREDICTION, TRUTH, labels=PREDICTION)
    assert evaluate([item], threshold=0.5, undefined=0)['irstd/Recall'] == 0
    assert evaluate([item], threshold=0.3)['irstd/Recall'] == 40


def test_half_precision_scores():
    item = sample(PREDICTION, TRUTH)
    item.seg_logits.data = item.seg_logits.data.to(torch.bfloat16)
    assert evaluate([item]) == evaluate([sample(PREDICTION, TRUTH)])


def test_other_labels_are_an_error_that_names_the_file():
    item = sample([[0, 1]], [[0, 255]], seg_map_path='masks/7.png')
    with pytest.raises(
            ValueError,
            match=r'labels 0 and 1, got \[0, 255\] in masks/7.png'):
        evaluate([item])


def test_a_sample_without_truth_is_an_error_that_names_the_image():
    item = sample(PREDICTION, TRUTH, img_path='images/7.png')
    del item.gt_sem_seg
    with pytest.raises(
            InputError, match='^images/7.png: IRSTDMetric needs its mask'):
        evaluate([item])


def test_a_mask_of_another_size_is_an_error_that_names_the_image():
    item = sample(torch.zeros(1, 4, 5), torch.zeros(4, 6),
                  img_path='images/7.png')
    with pytest.raises(InputError, match='^images/7.png: expected a mask of '
                       r'the size of the scores, 4 x 5 .* got 4 x 6'):
        evaluate([item])


@pytest.mark.parametrize('channels', [1, 2])
def test_nan_is_an_error_that_names_the_image(channels):
    scores = torch.zeros(channels, 4, 5)
    scores[-1, 2, 3] = math.nan
    item = sample(scores, torch.zeros(4, 5), img_path='images/7.png')
    with pytest.raises(
            InputError, match='^images/7.png: the model predicts NaN'):
        evaluate([item])
    with pytest.raises(InputError, match='^a sample: '):
        evaluate([sample(scores, torch.zeros(4, 5))])


# Ratios without a denominator


@pytest.mark.parametrize('undefined', [math.nan, 0])
@pytest.mark.parametrize('prediction, truth, names', [
    ('....', '....', ['IoU', 'nIoU_target', 'Pd', 'Precision', 'Recall', 'F1',
                      'AUC', 'AUC_exact']),
    ('#...', '....', ['nIoU_target', 'Pd', 'Recall', 'AUC', 'AUC_exact']),
    ('#...', '.#..', ['AUC']),  # of scores 0 and 1
])
def test_undefined_ratios_and_their_one_warning(prediction, truth, names,
                                                undefined, logged):
    """In the log, as NaN or 0; always NaN in the result."""
    samples = [sample(drawn(prediction), drawn(truth))] * 2
    found, result = evaluation(samples, undefined=undefined)
    targets = 2 * (truth.count('#') > 0)
    predicted = 2 * prediction.count('#')
    assert logged[-1:] == [(
        f'{", ".join(names)} undefined ({targets} targets, {predicted} '
        f'predicted pixels in 2 images): reported as {undefined}', 'current',
        30)]
    assert [name.removeprefix('irstd/') for name in found] == NAMES
    for name in NAMES:
        value = found[f'irstd/{name}']
        assert math.isnan(result.metrics[name]) == (name in names)
        if name in names:
            assert str(value) == str(undefined)
        else:
            assert not math.isnan(value)


# Thresholds and intervals


def test_unknown_arguments_are_named():
    with pytest.raises(ValueError, match='undefined must be NaN or 0, got 1'):
        IRSTDMetric(undefined=1)
    with pytest.raises(TypeError, match="unknown argument 'treshold', "
                       'expected one of threshold, thresholds, '):
        IRSTDMetric(treshold=0.4)


def test_arguments_in_groups():
    grouped = IRSTDMetric(protocol=dict(threshold=0.4, distance=2),
                          files=dict(result_dir='a'), distance=4)
    assert grouped.protocol == IRSTDMetric(0.4, distance=4).protocol
    assert grouped.files.result_dir == 'a'


def test_metrics_to_save_the_best_checkpoint_by():
    metrics = [IRSTDMetric(), IRSTDMetric(thresholds=None, prefix='other')]
    for save_best in ('auto', 'irstd/nIoU', ['other/F1', 'irstd/AUC']):
        check_save_best(save_best, metrics)
    for save_best in ('IoU', 'irstd/mIoU', ['irstd/IoU', 'other/AUC']):
        with pytest.raises(InputError, match="save_best: expected 'auto' or "
                           'one of irstd/IoU, .*, other/F1, got '):
            check_save_best(save_best, metrics)
    check_save_best('mIoU', [metrics[0], IoUMetric()])  # names unknown
