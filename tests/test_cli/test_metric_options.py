"""Settings, rules and tables of the metric."""
import argparse
import copy
import math
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator

from projects.dstransnet import cli
from projects.dstransnet.cli.metric_options import read_as_pipeline
from projects.dstransnet.evaluation import (
    MEASURE_NAMES,
    EvaluationProtocol,
    EvaluationResult,
    IRSTDMetric,
)
from projects.dstransnet.evaluation.functional.difficulty import (
    DifficultyBin,
)
from projects.dstransnet.utils.errors import InputError

OURS = dict(type='IRSTDMetric', distance=4)
OTHER = dict(type='IoUMetric', iou_metrics=['mIoU'])


@pytest.mark.parametrize('evaluator, expected', [
    (OURS, dict(OURS, bootstrap=7)),
    ([OURS], [dict(OURS, bootstrap=7)]),
    ([OTHER, OURS], [OTHER, dict(OURS, bootstrap=7)]),
    ([OURS, dict(type='IRSTDMetric', prefix='b', bootstrap=1)],
     [dict(OURS, bootstrap=7),
      dict(type='IRSTDMetric', prefix='b', bootstrap=7)]),
])
def test_settings_of_the_metric(evaluator, expected):
    config = Config(dict(test_evaluator=copy.deepcopy(evaluator)))
    cli.update_metric(config, bootstrap=7, result_dir=None)
    assert config.to_dict() == dict(test_evaluator=expected)


@pytest.mark.parametrize('evaluator', [OTHER, [OTHER], [], None])
def test_no_metric_to_set(evaluator):
    config = Config(dict(test_evaluator=evaluator))
    with pytest.raises(
            InputError, match='^test_evaluator: expected an IRSTDMetric, got'):
        cli.update_metric(config, bootstrap=7)
    with pytest.raises(InputError, match='got None'):
        cli.update_metric(Config(), bootstrap=7)


@pytest.mark.parametrize('evaluator, expected', [
    (OURS, OURS),
    ([OTHER, OURS], OURS),
    (OTHER, dict(type='IRSTDMetric')),
    ([OTHER], dict(type='IRSTDMetric')),
    (None, dict(type='IRSTDMetric')),
])
def test_our_metric_alone(evaluator, expected):
    config = Config(dict(test_evaluator=evaluator))
    cli.use_irstd_metric(config)
    assert config.to_dict() == dict(test_evaluator=expected)


def test_our_metric_where_there_was_none():
    config = Config()
    cli.use_irstd_metric(config)
    assert config.test_evaluator.type == 'IRSTDMetric'


def config_to_decide(hook: str) -> Config:
    return Config(
        dict(
            model=dict(decode_head=dict(type='CSCEHead')),
            default_hooks=dict(visualization=dict(type=hook)),
            test_evaluator=[OTHER, OURS],
            val_evaluator=OURS))


@pytest.mark.parametrize('threshold', [0, 0.3, 1])
def test_threshold_of_head_and_metric(threshold):
    config = config_to_decide('IRSTDVisualizationHook')
    cli.set_threshold(config, threshold)
    assert config.model.decode_head.threshold == threshold
    assert config.test_evaluator[1] == dict(OURS, threshold=threshold)
    assert config.test_evaluator[0] == OTHER
    assert config.val_evaluator == OURS
    assert config.default_hooks.visualization == dict(
        type='IRSTDVisualizationHook')


def test_threshold_of_a_classical_detector():
    config = Config(dict(model=dict(type='ClassicalDetector'),
                         test_evaluator=copy.deepcopy(OURS)))
    cli.set_threshold(config, 0.3)
    assert config.model.threshold == config.test_evaluator.threshold == 0.3


RULES = dict(threshold=0.25, match='overlap', distance=2.5, connectivity=4)


def test_pictures_follow_the_metric():
    config = config_to_decide('IRSTDVisualizationHook')
    hook = config.default_hooks.visualization
    hook.update(threshold=0.9, distance=7, interval=3)
    config.test_evaluator[1].update(RULES)
    cli.set_threshold(config, 0.125)
    cli.draw_detections_in(config, 'shown', 'images')
    assert hook == dict(
        RULES, type='IRSTDVisualizationHook', draw=True, out_dir='shown',
        image_root='images', interval=3, threshold=0.125)


def test_pictures_are_read_as_the_test_pipeline_reads():
    config = config_to_decide('IRSTDVisualizationHook')
    raw = dict(shape=(3, 4))
    part = dict(type='IRSTDDataset', pipeline=[
        dict(type='LoadInfraredImage', mapping='none', page=2, raw=raw),
        dict(type='LoadIRSTDMask')])
    for dataset in (part, dict(type='ConcatDataset', datasets=[part])):
        config.test_dataloader = dict(dataset=dataset)
        assert cli.test_reading(config) == dict(page=2, raw=raw)
        cli.draw_detections_in(config, 'shown')
        hook = config.default_hooks.visualization
        assert (hook.page, hook.raw) == (2, raw)


def test_pictures_keep_their_rules_with_another_metric():
    config = config_to_decide('IRSTDVisualizationHook')
    config.test_evaluator = OTHER
    config.default_hooks.visualization.threshold = 0.9
    cli.draw_detections_in(config, 'shown')
    assert config.default_hooks.visualization == dict(
        type='IRSTDVisualizationHook', draw=True, out_dir='shown',
        image_root=None, threshold=0.9)


@pytest.mark.parametrize('hook', [None, dict(type='SegVisualizationHook')])
def test_other_hooks_cannot_draw(hook):
    config = config_to_decide('IRSTDVisualizationHook')
    for hooks in ([dict(visualization=hook)] if hook else
                  [{}, dict(visualization=None)]):
        config.default_hooks = copy.deepcopy(hooks)
        with pytest.raises(
                InputError, match='^default_hooks.visualization: expected an '
                'IRSTDVisualizationHook to draw with, got '):
            cli.draw_detections_in(config, 'shown')
        assert config.default_hooks == hooks


def test_result_of_an_evaluator():
    ours, other = IRSTDMetric(), SimpleNamespace(result='another')
    evaluator = Evaluator([])
    assert cli.find_result(evaluator) is None
    evaluator.metrics = [other]
    assert cli.find_result(evaluator) is None
    evaluator.metrics = [other, ours]
    assert cli.find_result(evaluator) is None
    ours.result = EvaluationResult({})
    assert cli.find_result(evaluator) is ours.result


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in table.splitlines() if line.startswith('|')]


def test_table_of_one_column():
    assert rows(cli.metric_table({
        'irstd/IoU': 61.234, 'Fa': 7, 'AUC': 0.25,
        'AUC_exact': 0.98765, 'Pd': math.nan
    })) == [
        ['metric', 'value', 'unit'],
        ['IoU', '61.23', '%'],
        ['Fa', '7.00', '1e-6'],
        ['AUC_exact', '0.9877', 'FPR 0 .. 1'],
        ['Pd', 'nan', '%'],
    ]


def test_table_with_blank_cells_and_intervals():
    table = cli.metric_table(
        {'irstd/IoU': 61.234, 'Pd': 99},
        {'Fa': 7, 'a/b/IoU': 50, 'other': 2},
        names=['first', 'second'],
        intervals=[{'IoU': (60, 62.5), 'none': (1, 2)}, {'Fa': (0, 9.125)}])
    assert rows(table) == [
        ['metric', 'first', 'second', 'unit'],
        ['IoU', '61.23 [60.00, 62.50]', '50.00', '%'],
        ['Pd', '99.00', '', '%'],
        ['Fa', '', '7.00 [0.00, 9.12]', '1e-6'],
        ['other', '', '2.0000', ''],
    ]


def test_numbers_are_right_aligned():
    lines = cli.metric_table({'IoU': 1, 'nIoU': 10}).splitlines()
    assert lines[3:5] == [
        '| IoU    |  1.00 | %    |', '| nIoU   | 10.00 | %    |']


# Measures


def test_measures_of_the_command_line():
    parser = argparse.ArgumentParser()
    cli.add_measures_argument(parser)
    assert cli.measure_names(parser.parse_args([]).measures) is None
    given = parser.parse_args(['--measures', 'shooting', 'shooting'])
    assert cli.measure_names(given.measures) == ['shooting']
    assert cli.measure_names(['all', 'shooting']) == list(MEASURE_NAMES)
    with pytest.raises(SystemExit):
        parser.parse_args(['--measures', 'mIoU'])


def test_metrics_of_measures():
    names = ['published', 'hierarchy', 'difficulty']
    assert cli.measured_metrics(names) == EvaluationProtocol(
        measures=names).metric_names()


def test_bins_without_targets_have_no_row():
    bins = [DifficultyBin('area', 1, 5, targets, dict(Pd=targets // 2), 50.0)
            for targets in (0, 4)]
    assert cli.difficulty_table(bins).count('area') == 1


def test_metrics_read_images_as_the_pipelines_do():
    part = dict(type='IRSTDDataset', pipeline=[
        dict(type='LoadInfraredImage', page=2)])
    own = dict(page=0)
    config = Config(dict(
        val_dataloader=dict(dataset=part), test_dataloader=dict(dataset=part),
        val_evaluator=dict(type='IRSTDMetric'),
        test_evaluator=[OTHER, dict(type='IRSTDMetric', reading=own)]))
    read_as_pipeline(config)
    assert config.val_evaluator.reading == dict(page=2)
    assert config.test_evaluator[1].reading == own
