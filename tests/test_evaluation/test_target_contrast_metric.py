import copy
import math

import mmcv
import numpy as np
import pytest
from helpers.segmentor_samples import sample

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.evaluation.target_contrast_metric import (
    SCR_EDGES,
    TargetContrastMetric,
    pd_over_scr,
)
from projects.dstransnet.utils.errors import InputError


@pytest.fixture
def samples(tmp_path) -> list[dict]:
    """Two images of two targets each, the second found only below 0.3."""
    rng = np.random.default_rng(0)
    found = []
    for number in range(2):
        image = rng.normal(100, 4, (48, 64)).round().astype(np.uint8)
        truth, scores = np.zeros((48, 64)), rng.uniform(0, 0.05, (48, 64))
        for column, score, level in ((15, 0.9, 160), (48, 0.3, 120)):
            truth[20:22, column:column + 2] = 1
            image[20:22, column:column + 2] = level
            scores[20:22, column:column + 2] = score
        path = tmp_path / f'{number}.png'
        mmcv.imwrite(image, str(path))
        found.append(sample(scores, truth, img_path=str(path)).to_dict())
    return found


def test_targets_and_their_contrast(samples):
    metric = TargetContrastMetric()
    metric.process(None, samples)
    found = metric.evaluate(2)
    assert found == {'contrast/targets': 4, 'contrast/Pd': 50}
    records = metric.records
    assert records.scr[::2] == pytest.approx([15, 15], rel=0.2)
    assert records.scr[1::2] == pytest.approx([5, 5], rel=0.3)
    assert records.area.tolist() == [4] * 4
    for threshold, expected in ((0.1, 4), (0.29, 4), (0.31, 2), (0.95, 0)):
        at = np.searchsorted(records.levels, threshold)
        assert records.detected[:, at].sum() == expected


def test_curves_are_those_of_the_protocol(samples):
    metric = TargetContrastMetric(dict(thresholds=[0.1, 0.2, 0.6]))
    metric.process(None, samples)
    metric.evaluate(2)
    protocol = EvaluationProtocol(thresholds=[0.1, 0.2, 0.6])
    expected = protocol.evaluate(['0', '1'], [
        protocol.measure(item['seg_logits']['data'][0].numpy(),
                       item['gt_sem_seg']['data'][0].numpy())
        for item in samples
    ]).curves
    found = metric.curves()
    swept = [0, 1, 3]  # the decision threshold, 0.5, is the third level
    assert found['threshold'][swept].tolist() == [0.1, 0.2, 0.6]
    assert found['Pd'][swept].tolist() == expected['Pd'].tolist()
    assert found['Fa'][swept].tolist() == expected['Fa'].tolist()


def test_a_sample_needs_image_and_mask(samples, tmp_path):
    bare = dict(samples[0])
    del bare['gt_sem_seg']
    with pytest.raises(InputError, match='needs its mask'):
        TargetContrastMetric().process(None, [bare])
    bare = dict(samples[0])
    del bare['img_path']
    with pytest.raises(InputError, match='needs its image'):
        TargetContrastMetric().process(None, [bare])
    ignored = copy.deepcopy(samples[0])
    ignored['gt_sem_seg']['data'][0, 0, 0] = 255
    with pytest.raises(InputError, match='TargetContrastMetric expects '
                       'labels 0 and 1'):
        TargetContrastMetric().process(None, [ignored])
    (tmp_path / 'text.png').write_text('hello')
    broken = dict(samples[0], img_path=str(tmp_path / 'text.png'))
    with pytest.raises(InputError, match='text.png'):
        TargetContrastMetric().process(None, [broken])


def test_raw_frames_are_read_as_stated(tmp_path, samples):
    frame = np.full((48, 64), 12000, np.uint16)
    frame += np.random.default_rng(0).integers(0, 8, frame.shape, np.uint16)
    frame[20:22, 15:17] += 100
    path = tmp_path / 'a.raw'
    path.write_bytes(frame.tobytes())
    metric = TargetContrastMetric(
        reading=dict(raw=dict(shape=(48, 64), dtype='uint16')))
    metric.process(None, [dict(samples[0], img_path=str(path))])
    metric.evaluate(1)
    assert metric.records.scr[0] == pytest.approx(100 / 2.3, rel=0.1)


# Bins


def test_bins_by_hand():
    scr = np.array([-1, 0, 0.5, 1, 1.5, 7, np.inf, np.nan])
    hits = np.array([0, 0, 1, 1, 1, 0, 1, 1])
    bins = pd_over_scr(scr, hits, [0, 1, 5])
    assert [(each.targets, each.detected) for each in bins] == [
        (1, 0), (2, 1), (2, 2), (2, 1)]
    assert [each.Pd for each in bins] == [0, 50, 100, 50]
    assert bins[0].low == -math.inf and bins[-1].high == math.inf
    for each in bins:
        assert each.Pd_low <= each.Pd <= each.Pd_high


def test_no_target_in_a_bin():
    empty = pd_over_scr(np.zeros(0), np.zeros(0))
    assert len(empty) == len(SCR_EDGES) + 1
    assert all(math.isnan(each.Pd) and math.isnan(each.Pd_low)
               for each in empty)


@pytest.mark.parametrize('edges', [[], [1, 1], [2, 1], [math.nan]])
def test_edges_have_to_increase(edges):
    if edges and math.isnan(edges[0]):
        edges = [1, math.nan]
    with pytest.raises(ValueError, match='edges must increase'):
        pd_over_scr(np.zeros(0), np.zeros(0), edges)
