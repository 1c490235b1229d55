"""Errors of the user's input as one line."""
import re
import warnings

import pytest
from mmseg.registry import HOOKS, MODELS
from torch._utils import ExceptionWrapper
from torch.utils.data import DataLoader

from projects.dstransnet import cli
from projects.dstransnet.utils.errors import InputError


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
     'a.csv: No space left on device'),
    (FileNotFoundError(2, 'No such file or directory', 'a.txt'),
     'a.txt: No such file or directory'),
    (PermissionError(13, 'Permission denied', 'out/a.png'),
     'out/a.png: Permission denied'),
    (NotADirectoryError(20, 'Not a directory', 'out/a.png'),
     'out/a.png: Not a directory'),
    (FileExistsError(17, 'File exists', 'out'),
     'out: File exists'),
])
def test_errors_of_the_user_are_one_line(capsys, error, line):
    assert printed(error, capsys) == [f'error: {line}']


def test_ctrl_c_is_one_line(capsys):
    with pytest.raises(SystemExit, match='130'), cli.one_line_errors():
        raise KeyboardInterrupt
    assert capsys.readouterr().err == 'stopped by SIGINT\n'


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
     ['a.png: No such file or directory']),
])
def test_errors_in_a_loading_process(capsys, error, lines):
    raised = from_worker(error)
    assert 'Traceback' in str(raised)  # the worker's, as a message
    assert 'what came before' in str(raised)
    first, *rest = lines
    assert printed(raised, capsys) == [f'error: {first}', *rest]


def test_missing_initial_weights(capsys):
    model = MODELS.build(dict(type='ResNet', depth=18, pretrained='no.pth'))
    with pytest.raises(SystemExit), cli.one_line_errors():
        model.init_weights()
    assert capsys.readouterr().err == (
        'error: checkpoint: no file no.pth (model.pretrained=None, or no '
        'init_cfg, trains from scratch)\n')


def test_warnings_show_no_source_line_and_once(capsys):
    with cli.one_line_errors():
        warnings.simplefilter('always')
        for _ in range(2):
            warnings.warn('a.png: odd', stacklevel=1)
    assert capsys.readouterr().err == 'warning: a.png: odd\n'


def test_nothing_is_printed_where_nothing_fails(capsys):
    with cli.one_line_errors():
        pass
    assert capsys.readouterr() == ('', '')


@pytest.mark.parametrize('registry, settings, line', [
    (MODELS, dict(type='DSTransNetBackbone', depth='deep'),
     "DSTransNetBackbone: no argument 'depth'; expected one of base_ch"),
    (MODELS, dict(type='DSTransNetBackbon'),
     "type='DSTransNetBackbon': no such model; did you mean "
     "'DSTransNetBackbone'?"),
    (HOOKS, dict(type='LoggerHook', interval='ten'), 'LoggerHook: '),
])
def test_errors_while_a_class_is_built(capsys, registry, settings, line):
    with pytest.raises(SystemExit), cli.one_line_errors():
        registry.build(settings)
    (printed_line, ) = capsys.readouterr().err.splitlines()
    assert re.match(f'error: {line}', printed_line)


def test_arguments_that_the_framework_refuses(capsys):
    with pytest.raises(SystemExit), cli.one_line_errors():
        DataLoader([1], batch_size=-1)
    assert capsys.readouterr().err == (
        'error: batch_size should be a positive integer value, but got '
        'batch_size=-1\n')
