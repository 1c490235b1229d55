"""The rules of a config's IRSTDMetric."""
import copy

import pytest
from mmengine.config import Config

from projects.dstransnet.evaluation import EvaluationProtocol
from projects.dstransnet.evaluation.config_metrics import (
    irstd_metrics,
    metric_protocol,
)
from projects.dstransnet.utils.errors import InputError

OURS = dict(type='IRSTDMetric', distance=4)
OTHER = dict(type='IoUMetric', iou_metrics=['mIoU'])
RULES = dict(threshold=0.25, match='overlap', distance=2.5, connectivity=4)


@pytest.mark.parametrize('evaluator, expected', [
    (OURS, [OURS]), ([OTHER, OURS], [OURS]), (OTHER, []), (None, [])])
def test_metrics_among_others(evaluator, expected):
    assert irstd_metrics(Config(dict(test_evaluator=evaluator))) == expected


@pytest.mark.parametrize('evaluator, expected', [
    (OURS, EvaluationProtocol(distance=4)),
    ([OTHER, OURS], EvaluationProtocol(distance=4)),
    (dict(type='IRSTDMetric', output_dir='out', bootstrap=9, prefix='a'),
     EvaluationProtocol(bootstrap=9)),
    (dict(type='IRSTDMetric', thresholds=None, nIoU_empty='skip', **RULES),
     EvaluationProtocol(thresholds=None, nIoU_empty='skip', **RULES)),
    (OTHER, None), ([OTHER], None), ([], None), (None, None),
])
def test_rules_of_the_metric(evaluator, expected):
    config = Config(dict(test_evaluator=copy.deepcopy(evaluator)))
    assert metric_protocol(config) == expected
    assert config.to_dict() == dict(test_evaluator=evaluator)


def test_no_evaluator_has_no_rules():
    assert metric_protocol(Config()) is None


@pytest.mark.parametrize('setting, message', [
    (dict(match='foo'), "match must be 'centroid' or 'overlap', got 'foo'"),
    (dict(distance=0), 'distance must be positive, got 0'),
    (dict(threshold=2), r'threshold must be within \[0, 1\], got 2'),
    (dict(threshold='high'), r"threshold must be within .*, got 'high'"),
    (dict(nIoU_empty=None), "nIoU_empty must be 'zero', 'one' or 'skip'"),
])
@pytest.mark.parametrize('others', [[], [OTHER]])
def test_wrong_rules_are_errors_of_the_user(setting, message, others):
    evaluator = [*others, dict(type='IRSTDMetric', **setting)]
    with pytest.raises(InputError, match=f'^test_evaluator: {message}'):
        metric_protocol(Config(dict(test_evaluator=evaluator)))
