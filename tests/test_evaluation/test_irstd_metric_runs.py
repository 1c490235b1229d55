"""IRSTDMetric as part of evaluations: batches, processes, a runner."""
import math
import pickle
from pathlib import Path

import mmcv
import numpy as np
import pytest
import torch
from helpers.forked_ranks import group, on_ranks
from helpers.segmentor_samples import evaluation, random_samples, sample
from helpers.slow_reference import slow_counts
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from mmseg.registry import METRICS
from PIL import Image

from projects.dstransnet.evaluation import (
    DetectionCounts,
    IRSTDMetric,
    irstd_metric,
    mean_image_iou,
    pooled_metrics,
)


def test_one_entry_per_sample_and_no_pixels(monkeypatch):
    """Beyond a limit an entry is as large for a map of 16 times the pixels.

    Up to it there are 4 bytes a pixel for the exact AUC, and no more.
    """
    metric = IRSTDMetric()
    metric.process(None, [item.to_dict() for item in random_samples(1)])
    kept = metric.results[0][1].scores
    assert sum(scores.nbytes for scores in kept) == 4 * 30 * 41
    assert not math.isnan(metric.evaluate(1)['irstd/AUC_exact'])
    monkeypatch.setattr(irstd_metric, 'MOST_SCORES', 100)
    for count in (2, 1, 3):
        before = len(metric.results)
        metric.process(
            None, [item.to_dict() for item in random_samples(count)])
        assert len(metric.results) == before + count
    metric.process(
        None, [item.to_dict() for item in random_samples(1, (120, 164))])
    for path, measured in metric.results:
        assert path.startswith('images/')
        assert measured.scores is None
        for value in vars(measured.counts).values():
            assert type(value) is int or value.shape == (101, )
    sizes = [len(pickle.dumps(entry)) for entry in metric.results]
    assert max(sizes) < 8000  # 8 bytes for each count at each threshold
    assert max(sizes) - min(sizes) < 100  # detections
    assert math.isnan(metric.evaluate(7)['irstd/AUC_exact'])


def test_builds_from_a_config_with_another_prefix():
    metric = METRICS.build(
        dict(type='IRSTDMetric', threshold=0.4, thresholds=[0.1, 0.9],
             match='overlap', prefix='small'))
    assert type(metric) is IRSTDMetric
    assert metric.protocol.threshold == 0.4
    assert metric.protocol.match == 'overlap'
    assert metric.protocol.levels.tolist() == [0.1, 0.4, 0.9]
    metric.process(None, [sample([[1, 0]], [[1, 0]]).to_dict()])
    assert metric.evaluate(1)['small/IoU'] == 100


# Two processes

def described(metrics, result) -> dict:
    """Return all numbers, to the last bit, of an evaluation."""
    return dict(
        metrics=list(metrics.items()),
        summary=result and result.summary(),
        images=result and [vars(record) for record in result.images])


@group
def found_by_a_rank(folder: str) -> list[dict]:
    rank, found = torch.distributed.get_rank(), []
    for count in (7, 8, 1):
        samples = random_samples(count)
        # As the sampler does: every second one, the last share filled up.
        share = (samples + samples)[:count + count % 2][rank::2]
        metric = IRSTDMetric(bootstrap=30, collect_dir=folder)
        evaluator = Evaluator([metric])
        for item in share:
            evaluator.process(data_samples=[item])
        found.append(described(evaluator.evaluate(count), metric.result))
    return found


def test_two_processes_find_the_figures_of_one(tmp_path):
    """Odd numbers of samples included, to the last bit.

    Both ranks report the metrics; curves, intervals and records of images,
    in the order of the set, are in the main process alone.
    """
    main, other = on_ranks(2, found_by_a_rank, str(tmp_path / 'collected'))
    expected = [
        described(*evaluation(random_samples(count), bootstrap=30))
        for count in (7, 8, 1)
    ]
    assert expected[0]['metrics'][-1][0] == 'irstd/AUC_exact'
    assert len(expected[0]['summary']['curves']['Recall']) == 101
    assert [one['name'] for one in expected[0]['images']] == list('0123456')
    # As text, in which NaN equals NaN.
    assert list(map(repr, main)) == list(map(repr, expected))
    assert list(map(repr, other)) == [
        repr(dict(metrics=one['metrics'], summary=None, images=None))
        for one in expected]


# Another model of two classes

CONFIG = '''
default_scope = 'mmseg'
custom_imports = dict(imports=['projects.dstransnet'])
norm_cfg = dict(type='BN')
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor', mean=[50] * 3, std=[20] * 3),
    backbone=dict(
        type='UNet', base_channels=4, num_stages=2, strides=(1, 1),
        enc_num_convs=(1, 1), dec_num_convs=(1, ), downsamples=(True, ),
        enc_dilations=(1, 1), dec_dilations=(1, ), norm_cfg=norm_cfg),
    decode_head=dict(
        type='FCNHead', in_channels=4, in_index=-1, channels=4, num_convs=1,
        concat_input=False, num_classes=2, norm_cfg=norm_cfg,
        loss_decode=dict(type='CrossEntropyLoss')),
    test_cfg=dict(mode='whole'))
test_dataloader = dict(
    batch_size=1, num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='IRSTDDataset',
        data_prefix=dict(img_path='images', seg_map_path='masks'),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadIRSTDMask'),
            dict(type='PackSegInputs'),
        ]))
test_evaluator = dict(type='IRSTDMetric', thresholds=[0.4, 0.5, 0.6])
test_cfg = dict(type='TestLoop')
log_level = 'ERROR'
'''
SHAPES = [(24, 32), (40, 28), (16, 16)]


@pytest.fixture
def runner(tmp_path) -> Runner:
    rng = np.random.default_rng(0)
    for number, shape in enumerate(SHAPES):
        image = rng.integers(30, 70, shape, dtype=np.uint8)
        mask = np.zeros(shape, np.uint8)
        for row, col in rng.integers(2, 12, (number, 2)):
            image[row:row + 3, col:col + 3] = 250
            mask[row:row + 3, col:col + 3] = 255
        mmcv.imwrite(image, str(tmp_path / f'images/{number}.png'))
        mmcv.imwrite(mask, str(tmp_path / f'masks/{number}.png'))
    config = Config.fromstring(CONFIG, '.py')
    config.test_dataloader.dataset.data_root = str(tmp_path)
    config.work_dir = str(tmp_path / 'run')
    config.test_evaluator.score_dir = str(tmp_path / 'scores')
    runner = Runner.from_cfg(config)
    # The brighter, the more target; at one half for some of the pixels.
    for weights in runner.model.parameters():
        torch.nn.init.uniform_(weights, 0, 0.3)
    last = runner.model.decode_head.conv_seg
    torch.nn.init.zeros_(last.weight[0])
    first, second = logits_of(runner.model, tmp_path / 'images/2.png')
    with torch.no_grad():
        last.bias[1] -= np.quantile(second - first, 0.9)
    return runner


def logits_of(model: torch.nn.Module, path: Path) -> np.ndarray:
    """Return the logits of an image without mmseg's test code."""
    pixels = (torch.from_numpy(np.array(Image.open(path))).float() - 50) / 20
    model = model.eval()
    device = next(model.parameters()).device
    with torch.no_grad():
        logits = model.decode_head(
            model.backbone(pixels.expand(1, 3, *pixels.shape).to(device)))
    return logits[0].cpu().numpy().astype(np.float64)


def test_a_two_class_model_of_mmseg(runner, tmp_path):
    """As from the softmax of its logits, by hand."""
    found = runner.test()
    images = []
    for number in range(len(SHAPES)):
        mask = np.array(Image.open(tmp_path / f'masks/{number}.png'))
        first, second = logits_of(
            runner.model, tmp_path / f'images/{number}.png')
        scores = 1 / (1 + np.exp(first - second))
        written = np.load(tmp_path / f'scores/{number}.npy')
        assert written == pytest.approx(scores, abs=1e-5)
        assert np.abs(scores - 0.5).min() > 1e-6
        images.append(slow_counts(scores > 0.5, mask))
    expected = pooled_metrics(sum(images, DetectionCounts()))
    del expected['FPR']
    expected['nIoU'] = 100 * mean_image_iou(images)
    expected['nIoU_target'] = 100 * mean_image_iou(images[1:])
    assert 0 < expected['IoU'] < 100
    assert found.pop('irstd/AUC') > 0
    assert found.pop('irstd/AUC_exact') > 0
    assert found == {
        f'irstd/{name}': pytest.approx(value, abs=1e-9)
        for name, value in expected.items()
    }
