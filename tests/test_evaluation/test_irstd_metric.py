import json
import math
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.structures import PixelData
from mmseg.registry import METRICS
from mmseg.structures import SegDataSample
from PIL import Image

from projects.dstransnet.evaluation import IRSTDMetric, target_scores

ROOT = Path(__file__).parents[2]
NAMES = [
    'IoU', 'nIoU', 'Pd', 'Fa', 'Fa_component', 'Fa_pixel', 'Precision',
    'Recall', 'F1'
]


def sample(scores=None, truth=None, labels=None, **meta) -> SegDataSample:
    """Return a data sample as a segmentor of mmseg gives it.

    Args:
        scores: ``seg_logits`` of shape (C, H, W) or (H, W).
        truth: Labels of shape (H, W).
        labels: ``pred_sem_seg`` of shape (H, W).
    """
    result = SegDataSample(metainfo=meta)
    if scores is not None:
        scores = torch.as_tensor(scores, dtype=torch.float32)
        result.seg_logits = PixelData(
            data=scores[None] if scores.ndim == 2 else scores)
    if labels is not None:
        result.pred_sem_seg = PixelData(
            data=torch.as_tensor(labels, dtype=torch.float32)[None])
    result.gt_sem_seg = PixelData(
        data=torch.as_tensor(truth, dtype=torch.int64)[None])
    return result


def evaluate(samples: list[SegDataSample],
             batch: int = 1,
             **kwargs) -> dict[str, float]:
    evaluator = Evaluator([IRSTDMetric(**kwargs)])
    for start in range(0, len(samples), batch):
        evaluator.process(data_samples=samples[start:start + batch])
    return evaluator.evaluate(len(samples))


def random_samples(count: int, shape=(30, 41)) -> list[SegDataSample]:
    """Square targets; some found, some displaced, some only imagined."""
    rng = np.random.default_rng(0)
    samples = []
    for _ in range(count):
        truth, scores = np.zeros(shape), rng.uniform(0, 0.4, shape)
        for _ in range(rng.integers(1, 4)):
            row, col = rng.integers(4, 24, 2)
            truth[row:row + 3, col:col + 2] = 1
            row, col = np.array([row, col]) + rng.integers(-3, 4, 2)
            scores[row:row + 2, col:col + 3] = rng.uniform(0.3, 1)
        samples.append(sample(scores, truth))
    return samples


def drawn(picture: str) -> np.ndarray:
    """Return the mask whose pixels are the # of a picture."""
    return np.array([[letter == '#' for letter in line]
                     for line in picture.split()], float)


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
    found = evaluate([sample(PREDICTION, TRUTH)])
    expected = dict(
        IoU=100 * 2 / (9 + 5 - 2),
        nIoU=100 * 2 / 12,
        Pd=50,
        Fa=1e6 * 5 / 60,
        Fa_component=1e6 * 5 / 60,
        Fa_pixel=1e6 * 7 / 60,
        Precision=100 * 2 / 9,
        Recall=100 * 2 / 5,
        F1=100 * 4 / 14)
    assert found == {
        f'irstd/{name}': pytest.approx(value, rel=1e-14)
        for name, value in expected.items()
    }
    assert list(found) == [f'irstd/{name}' for name in NAMES]


def test_iou_is_pooled_and_niou_is_a_mean():
    truth, prediction = np.zeros((2, 8, 8))
    truth[:4, :4] = 1
    prediction[:4, :3] = 1
    small = drawn('#.......\n........')
    found = evaluate([sample(prediction, truth), sample(small, small)])
    assert found['irstd/IoU'] == pytest.approx(100 * 13 / 17)
    assert found['irstd/nIoU'] == pytest.approx(100 * (0.75 + 1) / 2)


def test_fa_leaves_out_what_the_published_code_does():
    prediction = drawn("""
        ##.......##.........
        ##.......##.........
        ....................
        """)
    found = evaluate([sample(prediction, TRUTH)])
    assert found['irstd/Fa'] == 0
    assert found['irstd/Fa_component'] == pytest.approx(1e6 * 4 / 60)


def test_perfect_predictions():
    found = evaluate([sample(TRUTH, TRUTH)] * 3)
    assert list(found.values()) == [100, 100, 100, 0, 0, 0, 100, 100, 100]


def test_values_are_not_rounded():
    found = evaluate([sample(drawn('#......'), drawn('#..#..#'))])
    for name in ('IoU', 'nIoU', 'Pd', 'Recall'):
        assert found[f'irstd/{name}'] == pytest.approx(100 / 3, rel=1e-14)


# What a prediction is


def test_target_is_strictly_above_one_half():
    scores = np.array([[0.5, np.nextafter(np.float32(0.5), 1), 0.49, 1]])
    found = evaluate([sample(scores, [[0, 1, 0, 1]])])
    assert found['irstd/IoU'] == 100


def test_threshold_is_a_parameter():
    scores, truth = [[0.2, 0.6, 0.8, 0.9]], [[0, 0, 1, 1]]
    assert evaluate([sample(scores, truth)])['irstd/IoU'] < 100
    assert evaluate([sample(scores, truth)],
                    threshold=0.7)['irstd/IoU'] == 100


def test_distance_is_a_parameter():
    samples = [sample(drawn('......#..'), drawn('..#......'))]
    assert evaluate(samples)['irstd/Pd'] == 0
    assert evaluate(samples, distance=4)['irstd/Pd'] == 0
    assert evaluate(samples, distance=4.5)['irstd/Pd'] == 100


def test_connectivity_is_a_parameter():
    mask = drawn('#......\n.#.....\n.......')
    for connectivity, targets in ((8, 1), (4, 2)):
        metric = IRSTDMetric(connectivity=connectivity)
        metric.process(None, [sample(mask, mask).to_dict()])
        assert metric.results[0].targets == targets


@pytest.mark.filterwarnings('ignore:.* undefined')
@pytest.mark.parametrize('margin', [0.01, -0.01, 5, -5, 200, -200])
def test_two_channels_are_logits_for_softmax(margin):
    """Target where the second logit is larger."""
    logits = torch.full((2, 1, 2), 3.0)
    logits[1] += margin
    found = evaluate([sample(logits, [[1, 0]])], undefined=0)
    assert found['irstd/Recall'] == (100 if margin > 0 else 0)


def test_two_channels_at_another_threshold():
    """A margin of log 3 is a probability of 3 / 4."""
    logits = torch.tensor([[[0.0, 0.0]], [[math.log(3) - 0.01,
                                           math.log(3) + 0.01]]])
    found = evaluate([sample(logits, [[0, 1]])], threshold=0.75)
    assert found['irstd/IoU'] == 100


def test_scores_of_two_channels_are_probabilities():
    logits = torch.tensor([[[1.0, -2.0]], [[0.5, 4.0]]])
    scores = target_scores(sample(logits, [[0, 0]]).to_dict())
    expected = [[1 / (1 + math.exp(0.5)), 1 / (1 + math.exp(-6))]]
    assert scores == pytest.approx(np.array(expected), abs=1e-6)


def test_three_channels_are_an_error():
    with pytest.raises(
            ValueError, match='one or two output channels, got 3'):
        evaluate([sample(torch.zeros(3, 2, 2), torch.zeros(2, 2))])


def test_labels_alone_will_do():
    found = evaluate([sample(labels=PREDICTION, truth=TRUTH)])
    assert found == evaluate([sample(PREDICTION, TRUTH)])


@pytest.mark.filterwarnings('ignore:.* undefined')
def test_probabilities_win_over_labels_of_another_threshold():
    item = sample(0.4 * PREDICTION, TRUTH, labels=PREDICTION)
    assert evaluate([item], threshold=0.5, undefined=0)['irstd/Recall'] == 0
    assert evaluate([item], threshold=0.3)['irstd/Recall'] == 40


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_scores(dtype):
    item = sample(PREDICTION, TRUTH)
    item.seg_logits.data = item.seg_logits.data.to(dtype)
    assert evaluate([item]) == evaluate([sample(PREDICTION, TRUTH)])


@pytest.mark.parametrize('labels, shown', [([[0, 255]], r'\[0, 255\]'),
                                           ([[0, 2]], r'\[0, 2\]')])
def test_other_labels_are_an_error_that_names_the_file(labels, shown):
    item = sample([[0, 1]], labels, seg_map_path='masks/7.png')
    with pytest.raises(
            ValueError,
            match=f'expects labels 0 and 1, got {shown} in masks/7.png'):
        evaluate([item])
    with pytest.raises(ValueError, match='in a sample'):
        evaluate([sample([[0, 1]], labels)])


def test_prediction_of_another_size_is_an_error():
    with pytest.raises(ValueError, match='one shape'):
        evaluate([sample(np.zeros((4, 4)), np.zeros((4, 5)))])


# Ratios without a denominator


@pytest.mark.parametrize('undefined', [math.nan, 0])
@pytest.mark.parametrize('prediction, truth, names', [
    ('....', '....', ['IoU', 'Pd', 'Precision', 'Recall', 'F1']),
    ('#...', '....', ['Pd', 'Recall']),
    ('....', '#...', ['Precision']),
])
def test_undefined_ratios_and_their_one_warning(prediction, truth, names,
                                                undefined):
    samples = [sample(drawn(prediction), drawn(truth))] * 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        found = evaluate(samples, undefined=undefined)
    assert len(caught) == 1
    targets, predicted = 2 * truth.count('#'), 2 * prediction.count('#')
    assert str(caught[0].message) == (
        f'{", ".join(names)} undefined ({targets} targets, {predicted} '
        f'predicted pixels in 2 images): reported as {undefined}')
    for name in NAMES:
        value = found[f'irstd/{name}']
        if name in names:
            assert str(value) == str(undefined)
        else:
            assert not math.isnan(value)


def test_defined_ratios_give_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found = evaluate([sample(PREDICTION, TRUTH)])
    assert not any(math.isnan(value) for value in found.values())


def test_undefined_is_nan_by_default():
    with pytest.warns(UserWarning, match='reported as nan'):
        found = evaluate([sample(drawn('....'), drawn('....'))])
    assert math.isnan(found['irstd/Pd'])


@pytest.mark.parametrize('rule, expected', [('zero', 50), ('one', 100),
                                            ('skip', 100)])
def test_niou_of_images_of_nothing(rule, expected):
    nothing = sample(0 * TRUTH, 0 * TRUTH)
    found = evaluate([nothing, sample(TRUTH, TRUTH)], nIoU_empty=rule)
    assert found['irstd/nIoU'] == expected
    assert found['irstd/IoU'] == 100


def test_niou_counts_images_of_nothing_as_0_by_default():
    nothing = sample(0 * TRUTH, 0 * TRUTH)
    assert evaluate([nothing, sample(TRUTH, TRUTH)])['irstd/nIoU'] == 50


def test_niou_may_be_undefined():
    nothing = sample(0 * TRUTH, 0 * TRUTH)
    with pytest.warns(UserWarning, match='^IoU, nIoU, Pd, .* undefined'):
        found = evaluate([nothing], nIoU_empty='skip')
    assert math.isnan(found['irstd/nIoU'])


# As part of an evaluation


def test_one_entry_per_sample_and_no_pixels():
    metric = IRSTDMetric()
    for count in (2, 1, 3):
        before = len(metric.results)
        metric.process(
            None, [item.to_dict() for item in random_samples(count)])
        assert len(metric.results) == before + count
    for entry in metric.results:
        assert all(type(value) is int for value in vars(entry).values())


def test_results_do_not_depend_on_the_batches():
    samples = random_samples(7)
    expected = evaluate(samples)
    assert 0 < expected['irstd/Pd'] < 100
    assert expected['irstd/Fa'] > 0
    for batch in (2, 3, 7):
        assert evaluate(samples, batch=batch) == expected


def test_an_evaluation_starts_anew():
    evaluator = Evaluator([IRSTDMetric()])
    found = []
    for _ in range(2):
        evaluator.process(data_samples=random_samples(3))
        found.append(evaluator.evaluate(3))
        evaluator.process(data_samples=[sample(TRUTH, TRUTH)])
        assert evaluator.evaluate(1)['irstd/IoU'] == 100
    assert found[0] == found[1]


def test_builds_from_a_config_with_another_prefix():
    metric = METRICS.build(
        dict(type='IRSTDMetric', threshold=0.4, prefix='small'))
    assert type(metric) is IRSTDMetric
    assert metric.threshold == 0.4
    metric.process(None, [sample(TRUTH, TRUTH).to_dict()])
    assert metric.evaluate(1)['small/IoU'] == 100


def test_masks_are_written_where_asked_for(tmp_path):
    items = [
        sample(PREDICTION, TRUTH, img_path='images/a.png'),
        sample(TRUTH, TRUTH, img_path='images/b.jpg'),
    ]
    evaluate(items, output_dir=str(tmp_path / 'masks'))
    found = {path.name: path for path in (tmp_path / 'masks').iterdir()}
    assert found.keys() == {'a.png', 'b.png'}
    for name, mask in (('a.png', PREDICTION), ('b.png', TRUTH)):
        with Image.open(found[name]) as image:
            assert image.mode == 'L'
            assert np.array_equal(image, 255 * mask)


@pytest.mark.parametrize('kwargs, message', [
    (dict(threshold=-0.1), r'threshold must be within \[0, 1\], got -0.1'),
    (dict(threshold=1.5), r'threshold must be within \[0, 1\], got 1.5'),
    (dict(connectivity=6), 'connectivity must be 4 or 8, got 6'),
    (dict(undefined=1), 'undefined must be NaN or 0, got 1'),
    (dict(nIoU_empty='nan'),
     "nIoU_empty must be 'zero', 'one' or 'skip', got 'nan'"),
])
def test_arguments_outside_their_values(kwargs, message):
    with pytest.raises(ValueError, match=message):
        IRSTDMetric(**kwargs)


WORKER = '''
import importlib.util, json, sys
from datetime import timedelta

import torch.distributed

import projects.dstransnet
from mmengine.evaluator import Evaluator

spec = importlib.util.spec_from_file_location('helpers', sys.argv[1])
helpers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(helpers)
torch.distributed.init_process_group(
    'gloo', init_method='file://' + sys.argv[2], rank=int(sys.argv[3]),
    world_size=2, timeout=timedelta(minutes=10))
found = []
for count in (7, 8, 1):
    samples = helpers.random_samples(count)
    # As the sampler does: every second one, the last share filled up.
    rank = torch.distributed.get_rank()
    share = (samples + samples)[:count + count % 2][rank::2]
    evaluator = Evaluator([helpers.IRSTDMetric(collect_dir=sys.argv[4])])
    for item in share:
        evaluator.process(data_samples=[item])
    found.append(evaluator.evaluate(count))
print('FOUND', json.dumps(found))
torch.distributed.destroy_process_group()
'''


def test_two_processes_find_the_figures_of_one(tmp_path):
    """Odd numbers of samples included, to the last bit, on both ranks."""
    environment = dict(
        os.environ,
        PYTHONPATH=str(ROOT),
        OMP_NUM_THREADS='1',
        CUDA_VISIBLE_DEVICES='')
    if sys.platform == 'linux':
        environment['GLOO_SOCKET_IFNAME'] = 'lo'
    processes = [
        subprocess.Popen(
            [
                sys.executable, '-W', 'ignore', '-c', WORKER, __file__,
                str(tmp_path / 'rendezvous'),
                str(rank),
                str(tmp_path / 'collected')
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True) for rank in range(2)
    ]
    try:
        outputs = [process.communicate(timeout=600) for process in processes]
    finally:
        for process in processes:
            process.kill()
    expected = [evaluate(random_samples(count)) for count in (7, 8, 1)]
    for process, (output, errors) in zip(processes, outputs):
        assert process.returncode == 0, errors
        lines = [
            line for line in output.splitlines() if line.startswith('FOUND ')
        ]
        assert json.loads(lines[-1].removeprefix('FOUND ')) == expected
