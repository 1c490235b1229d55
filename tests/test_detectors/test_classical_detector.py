import numpy as np
import pytest
import torch
from mmseg.models import SegDataPreProcessor
from mmseg.structures import SegDataSample

from projects.dstransnet.detectors import (
    METHODS,
    ClassicalDetector,
    relative_to_deviation,
    relative_to_maximum,
    top_hat,
)


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(0).gamma(0.3, 10, (40, 50)) - 1


def test_half_is_half_of_the_maximum(scores):
    np.testing.assert_array_equal(
        relative_to_maximum(scores) > 0.5, scores / scores.max() > 0.5)
    assert relative_to_maximum(scores).max() == 1


def test_no_score_above_0_is_no_detection():
    assert not relative_to_maximum(np.array([-1., 0.])).any()


@pytest.mark.parametrize('k', [2, 5])
@pytest.mark.parametrize('threshold', [0.5, 0.25])
def test_thresholds_are_numbers_of_deviations(scores, k, threshold):
    deviations = k * threshold / (1 - threshold)
    expected = scores > scores.mean() + deviations * scores.std()
    assert 0 < expected.sum() < expected.size / 2
    np.testing.assert_array_equal(
        relative_to_deviation(scores, k) > threshold, expected)


def test_equal_scores_are_no_detection():
    assert not relative_to_deviation(np.full((3, 3), 7.), 5).any()


def sample(ori_shape: tuple[int, int]) -> SegDataSample:
    return SegDataSample(metainfo=dict(ori_shape=ori_shape))


def step(detector: ClassicalDetector, image: np.ndarray,
         ori_shape: tuple[int, int] | None = None) -> SegDataSample:
    """Pass an image of shape (C, H, W) through the data preprocessor too."""
    found, = detector.test_step(dict(
        inputs=[torch.from_numpy(image)],
        data_samples=[sample(ori_shape or image.shape[-2:])]))
    return found


@pytest.mark.parametrize('channels', [1, 3])
def test_scores_are_those_of_the_grey_image(spot, channels):
    found = step(ClassicalDetector('top_hat'), np.stack([spot] * channels))
    expected = relative_to_maximum(top_hat(spot)).astype(np.float32)
    np.testing.assert_array_equal(found.seg_logits.data[0], expected)
    np.testing.assert_array_equal(found.pred_sem_seg.data[0], expected > 0.5)


def test_rule_threshold_and_parameters_are_used(spot):
    detector = ClassicalDetector(
        'top_hat', 'deviation', k=4, threshold=0.6, parameters=dict(size=9))
    found = step(detector, spot[None])
    expected = relative_to_deviation(top_hat(spot, 9), 4).astype(np.float32)
    np.testing.assert_array_equal(found.seg_logits.data[0], expected)
    np.testing.assert_array_equal(found.pred_sem_seg.data[0], expected > 0.6)


@pytest.mark.parametrize('rule', ['maximum', 'deviation'])
@pytest.mark.parametrize('method', METHODS)
def test_flat_images_have_no_detection(method, rule):
    found = step(ClassicalDetector(method, rule),
                 np.full((3, 64, 64), 57, np.uint8))
    assert not found.seg_logits.data.any()


def test_results_have_the_size_of_the_file(spot):
    found = step(ClassicalDetector('top_hat'), spot[None], (128, 160))
    assert found.seg_logits.data.shape == (1, 128, 160)
    y, x = np.unravel_index(found.seg_logits.data.argmax(), (128, 160))
    assert abs(y - 60) <= 2 and abs(x - 80) <= 2


def test_time_of_each_image_is_kept(spot):
    detector = ClassicalDetector('dog')
    assert np.isnan(detector.milliseconds())
    detector(torch.from_numpy(np.stack([[spot], [spot]])).float())
    assert len(detector.seconds) == 2
    assert detector.milliseconds() == 500 * sum(detector.seconds)


@pytest.mark.parametrize('settings, expected', [
    (dict(method='lmc'), 'method: expected one of top_hat, .* got .lmc.'),
    (dict(method='lcm', rule='mean'), 'rule: expected one of maximum'),
    (dict(method='lcm', k=0), 'k: expected more than 0, got 0'),
    (dict(method='lcm', parameters=dict(size=3)),
     "parameters of lcm: .* 'size'"),
    (dict(method='lcm', data_preprocessor=dict(
        type=SegDataPreProcessor, mean=[1], std=[2])), 'no mean and std'),
    *[(dict(method='lcm', data_preprocessor={
        'type': SegDataPreProcessor, name: value}), f'expected no {name}')
      for name, value in (('bgr_to_rgb', True),
                          ('test_cfg', dict(size=(64, 64))))],
])
def test_wrong_settings_are_named(settings, expected):
    with pytest.raises(ValueError, match=expected):
        ClassicalDetector(**settings)


def test_nothing_is_trained(spot):
    with pytest.raises(NotImplementedError, match='nothing to train'):
        ClassicalDetector('dog')(
            torch.from_numpy(spot[None, None]), [], mode='loss')


@pytest.mark.parametrize('direction, axis', [
    ('horizontal', -1), ('vertical', -2), ('diagonal', (-2, -1))])
def test_flipped_views_are_turned_back(spot, direction, axis):
    detector = ClassicalDetector('top_hat')
    plain = step(detector, spot[None])
    view, = detector.test_step(dict(
        inputs=[torch.from_numpy(np.flip(spot, axis)[None].copy())],
        data_samples=[SegDataSample(metainfo=dict(
            ori_shape=spot.shape, flip=True, flip_direction=direction))]))
    assert torch.equal(view.seg_logits.data, plain.seg_logits.data)
