"""What the command-line tools share."""
import argparse
import copy
import math
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.evaluator import Evaluator
from torch._utils import ExceptionWrapper

from projects.dstransnet import cli
from projects.dstransnet.evaluation import (
    EvaluationProtocol,
    EvaluationResult,
    IRSTDMetric,
)
from projects.dstransnet.utils.errors import InputError

OURS = dict(type='IRSTDMetric', distance=4)
OTHER = dict(type='IoUMetric', iou_metrics=['mIoU'])


# Configs


@pytest.fixture
def file(tmp_path):
    """Write a config and return its path."""

    def write(text: str) -> str:
        path = tmp_path / 'some config.py'
        path.write_text(text)
        return str(path)

    return write


def test_config_with_other_settings(file):
    path = file('model = dict(parts=[dict(a=1), dict(a=2)], kind="a")\n'
                'lr = 1')
    options = {'model.kind': 'b', 'more.depth': 3, 'model.parts.1.a': 5}
    assert cli.read_config(path).model.kind == 'a'
    config = cli.read_config(path, options)
    assert config.to_dict() == dict(
        model=dict(parts=[dict(a=1), dict(a=5)], kind='b'), lr=1,
        more=dict(depth=3))


@pytest.mark.parametrize('text, reason', [
    ('model = dict(', 'SyntaxError'),
    ('model = unknown', 'NameError: name .unknown. is not defined'),
    ('raise RuntimeError("oh no")', 'RuntimeError: oh no'),
    ('raise KeyError("depth")', "KeyError: 'depth'"),
    ('__import__("no_such_module")', 'ModuleNotFoundError: No module named'),
    ('class Odd(Exception):\n    pass\nraise Odd()', 'Odd: '),
    ('_base_ = ["none.py"]', 'FileNotFoundError: .*none.py'),
    ('custom_imports = dict(imports=["no_such_module"],'
     'allow_failed_imports=False)', 'ImportError: '),
])
def test_configs_that_fail(file, text, reason):
    path = file(text)
    with pytest.raises(
            InputError,
            match=rf'config: .*some config\.py cannot be read \({reason}'):
        cli.read_config(path)


def test_settings_that_do_not_fit(file):
    with pytest.raises(
            InputError,
            match=r"^--cfg-options: {'lr.sub': 3} does not fit .*g\.py \("):
        cli.read_config(file('lr = 1'), {'lr.sub': 3})


def test_missing_config(tmp_path):
    for path in (str(tmp_path / 'none.py'), str(tmp_path)):
        with pytest.raises(InputError, match=f'^config: no file {path}$'):
            cli.read_config(path)


@pytest.fixture
def parse():
    parser = argparse.ArgumentParser(prog='tool.py')
    cli.add_common_arguments(parser)
    return lambda *words: parser.parse_args(words)


def test_settings_on_the_command_line(parse, file, monkeypatch):
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    path = file('lr = 1')
    args = parse(path, '--cfg-options', 'a.b=2', 'c=[1,x]', 'd=e=f', 'g=')
    assert args.cfg_options == {'a.b': 2, 'c': [1, 'x'], 'd': 'e=f', 'g': ''}
    config = cli.load_config(args)
    assert config.a.b == 2 and config.lr == 1
    assert config.work_dir == 'work_dirs/some config'
    assert config.launcher == 'none'
    args = parse(path, '--cfg-options', 'work_dir=x', '--local-rank', '3')
    assert cli.load_config(args).work_dir == 'x'
    args = parse(path, '--cfg-options', 'work_dir=x', '--work-dir', 'y')
    assert cli.load_config(args).work_dir == 'y'


@pytest.mark.parametrize('word', ['foo', '=3', ''])
def test_settings_without_a_value_are_errors_of_usage(parse, capsys, word):
    with pytest.raises(SystemExit) as error:
        parse('some.py', '--cfg-options', 'a=1', word)
    assert error.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        'tool.py: error: argument --cfg-options: expected key=value, got '
        f'{word!r}')


# Evaluators


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


# Rules of the metric, and pictures by them


RULES = dict(threshold=0.25, match='overlap', distance=2.5, connectivity=4)


@pytest.mark.parametrize('evaluator, expected', [
    (OURS, EvaluationProtocol(distance=4)),
    ([OTHER, OURS], EvaluationProtocol(distance=4)),
    (dict(type='IRSTDMetric', output_dir='out', bootstrap=9, prefix='a'),
     EvaluationProtocol()),
    (dict(type='IRSTDMetric', thresholds=None, nIoU_empty='skip', **RULES),
     EvaluationProtocol(thresholds=None, nIoU_empty='skip', **RULES)),
    (OTHER, None), ([OTHER], None), ([], None), (None, None),
])
def test_rules_of_the_metric(evaluator, expected):
    config = Config(dict(test_evaluator=copy.deepcopy(evaluator)))
    assert cli.metric_protocol(config) == expected
    assert config.to_dict() == dict(test_evaluator=evaluator)


def test_no_evaluator_has_no_rules():
    assert cli.metric_protocol(Config()) is None


@pytest.mark.parametrize('setting, message', [
    (dict(match='foo'), "match must be 'centroid' or 'overlap', got 'foo'"),
    (dict(distance=0), 'distance must be positive, got 0'),
    (dict(threshold=2), r'threshold must be within \[0, 1\], got 2'),
    (dict(threshold='high'), '.*str'),
    (dict(nIoU_empty=None), "nIoU_empty must be 'zero', 'one' or 'skip'"),
])
@pytest.mark.parametrize('others', [[], [OTHER]])
def test_wrong_rules_are_errors_of_the_user(setting, message, others):
    evaluator = [*others, dict(type='IRSTDMetric', **setting)]
    with pytest.raises(InputError, match=f'^test_evaluator: {message}'):
        cli.metric_protocol(Config(dict(test_evaluator=evaluator)))


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


# Folders


@pytest.mark.parametrize('folder', [
    None, '', '.', 'new', 'new/more', 'there', 'there/', 'there/new', '..'])
def test_folders_to_write_into(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'there').mkdir()
    cli.check_folder('--out', folder)
    assert [path.name for path in tmp_path.iterdir()] == ['there']
    if folder:
        cli.check_folder('--out', str(tmp_path / folder))


@pytest.mark.parametrize('folder', ['file', 'file/', 'file/new', 'file/a/b',
                                    'there/../file', 'link', 'link/a'])
def test_folders_that_are_files(tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'there').mkdir()
    (tmp_path / 'file').touch()
    (tmp_path / 'link').symlink_to('nowhere')
    for name in (folder, str(tmp_path / folder)):
        with pytest.raises(
                InputError,
                match=r'^--out: expected a folder, got the file .*(file|link)'
                '$'):
            cli.check_folder('--out', name)


@pytest.mark.parametrize('threshold', [-0.01, 1.01, math.nan])
def test_thresholds_are_probabilities(threshold):
    config = config_to_decide('IRSTDVisualizationHook')
    before = config.to_dict()
    with pytest.raises(
            InputError,
            match=rf'^--threshold must be within \[0, 1\], got {threshold}$'):
        cli.set_threshold(config, threshold)
    assert config.to_dict() == before


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


# Tables


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in table.splitlines() if line.startswith('|')]


def test_table_of_one_column():
    assert rows(cli.metric_table({
        'irstd/IoU': 61.234, 'Fa': 7, 'AUC': 0.98765, 'Pd': math.nan
    })) == [
        ['metric', 'value', 'unit'],
        ['IoU', '61.23', '%'],
        ['Fa', '7.00', '1e-6'],
        ['AUC', '0.9877', ''],
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


# Errors


def printed(error: Exception, capsys) -> list[str]:
    """Return what is printed of an error."""
    with pytest.raises(SystemExit) as caught, cli.one_line_errors():
        raise error
    assert caught.value.code == 2
    output = capsys.readouterr()
    assert output.out == ''
    return output.err.splitlines()


@pytest.mark.parametrize('error, line', [
    (InputError('a.png: too small'), 'a.png: too small'),
    (InputError('config: a cannot be read (InputError: no b)'),
     'config: a cannot be read (InputError: no b)'),
    (FileNotFoundError('no split file a.txt'), 'no split file a.txt'),
    (OSError(28, 'No space left on device', 'a.csv'),
     "[Errno 28] No space left on device: 'a.csv'"),
    (FileNotFoundError(2, 'No such file or directory', 'a.txt'),
     "[Errno 2] No such file or directory: 'a.txt'"),
    (PermissionError(13, 'Permission denied', 'out/a.png'),
     "[Errno 13] Permission denied: 'out/a.png'"),
    (NotADirectoryError(20, 'Not a directory', 'out/a.png'),
     "[Errno 20] Not a directory: 'out/a.png'"),
    (FileExistsError(17, 'File exists', 'out'),
     "[Errno 17] File exists: 'out'"),
])
def test_errors_of_the_user_are_one_line(capsys, error, line):
    assert printed(error, capsys) == [f'error: {line}']


@pytest.mark.parametrize('error', [
    KeyError('a'), ValueError('b'), RuntimeError('c'), ConnectionError('d'),
    OSError(5, 'Input/output error')])
def test_errors_of_the_program_keep_their_traceback(capsys, error):
    with pytest.raises(type(error)) as caught, cli.one_line_errors():
        raise error
    assert caught.value is error
    assert capsys.readouterr().err == ''


def from_worker(error: Exception) -> Exception:
    """Return what a data loader raises for an error in its process."""
    try:
        try:
            raise InputError('what came before')
        except InputError as first:
            raise error from first
    except type(error):
        wrapped = ExceptionWrapper(where='in DataLoader worker process 0')
    with pytest.raises(type(error)) as caught:
        wrapped.reraise()
    return caught.value


@pytest.mark.parametrize('error, lines', [
    (InputError('a.png: 2 x 3 Error: odd'), ['a.png: 2 x 3 Error: odd']),
    (InputError('2 files:\n  a.png\n  b.png'),
     ['2 files:', '  a.png', '  b.png']),
    (FileNotFoundError(2, 'No such file or directory', 'a.png'),
     ["[Errno 2] No such file or directory: 'a.png'"]),
])
def test_errors_in_a_loading_process(capsys, error, lines):
    raised = from_worker(error)
    assert 'Traceback' in str(raised)  # the worker's, as a message
    assert 'what came before' in str(raised)
    first, *rest = lines
    assert printed(raised, capsys) == [f'error: {first}', *rest]


def test_nothing_is_printed_where_nothing_fails(capsys):
    with cli.one_line_errors():
        pass
    assert capsys.readouterr() == ('', '')
