"""Reading and overriding of configs."""
import argparse
from pathlib import Path

import pytest

from projects.dstransnet import cli
from projects.dstransnet.utils.errors import InputError


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
    options = {'model.kind': 'b', 'env_cfg.depth': 3, 'model.parts.1.a': 5}
    assert cli.read_config(path).model.kind == 'a'
    config = cli.read_config(path, options)
    assert config.to_dict() == dict(
        model=dict(parts=[dict(a=1), dict(a=5)], kind='b'), lr=1,
        env_cfg=dict(depth=3))


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
            match=r'^--cfg-options resume\.a=3: does not fit the config \('):
        cli.read_config(
            file('resume = 1'), {'work_dir': 'a', 'resume.a': 3})


def test_missing_config(tmp_path):
    for path in (str(tmp_path / 'none.py'), str(tmp_path)):
        with pytest.raises(InputError, match=f'^config: no file {path}$'):
            cli.read_config(path)
    with pytest.raises(InputError, match=r'^model: no file none\.xml$'):
        cli.read_config('none.xml')  # predict --model none.xml


@pytest.fixture
def parse():
    parser = argparse.ArgumentParser(prog='tool.py')
    cli.add_common_arguments(parser)
    return lambda *words: parser.parse_args(words)


def test_settings_on_the_command_line(parse, file, monkeypatch):
    monkeypatch.delenv('LOCAL_RANK', raising=False)
    path = file('lr = 1')
    args = parse(path, '--cfg-options', 'model.b=2', 'resume=[1,x]',
                 'load_from=e=f', 'experiment_name=')
    assert args.cfg_options == {
        'model.b': 2, 'resume': [1, 'x'], 'load_from': 'e=f',
        'experiment_name': ''}
    config = cli.load_config(args)
    assert config.model.b == 2 and config.lr == 1
    assert config.work_dir == 'work_dirs/some config'
    assert config.launcher == 'none'
    args = parse(path, '--cfg-options', 'work_dir=x', '--local-rank', '3')
    assert cli.load_config(args).work_dir == 'x'
    args = parse(path, '--cfg-options', 'work_dir=x', '--work-dir', 'y')
    assert cli.load_config(args).work_dir == 'y'
    with pytest.raises(InputError, match='^--work-dir: expected a folder'):
        cli.load_config(parse(path, '--work-dir', path))
    with pytest.raises(InputError, match='some config.py lacks test_cfg; the'):
        cli.load_config(parse(path), 'lr', 'test_cfg')


@pytest.mark.parametrize('word', ['foo', '=3', ''])
def test_settings_without_a_value_are_errors_of_usage(parse, capsys, word):
    with pytest.raises(SystemExit) as error:
        parse('some.py', '--cfg-options', 'a=1', word)
    assert error.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        'tool.py: error: argument --cfg-options: expected key=value, got '
        f'{word!r}')


STEM = 'dstransnet-s_1xb4-adam-40e_sirst-256x256'
DEFAULT = 'dstransnet-r_1xb4-adamw-25e_sirst-nudt-sirst-256x256'


def resolved(config: str, **more) -> argparse.Namespace:
    """Return the arguments with files in place of names."""
    args = argparse.Namespace(config=config, **more)
    cli.resolve_model(args)
    return args


def test_shipped_weights_bring_their_config():
    args = resolved('dstransnet-s_sirst', checkpoint=None)
    assert Path(args.config).stem == Path(args.checkpoint).stem == STEM
    assert Path(args.config).is_file() and Path(args.checkpoint).is_file()


def test_a_checkpoint_that_is_given_stays():
    args = resolved('dstransnet-s_sirst', checkpoint='mine.pth')
    assert args.checkpoint == 'mine.pth'


def test_configs_are_found_by_their_stems():
    assert Path(resolved(STEM).config).is_file()


def test_other_words_are_left_for_the_error_of_the_command():
    assert resolved('none_such').config == 'none_such'
    assert resolved(f'none/{STEM}').config == f'none/{STEM}'


@pytest.mark.parametrize(('words', 'config', 'checkpoint', 'inputs'), [
    ('a.png b.png', DEFAULT, DEFAULT, 'a.png b.png'),
    ('dstransnet-s_sirst a.png', STEM, STEM, 'a.png'),
    ('mine.py mine.pth a.png', 'mine', 'mine', 'a.png'),
    ('top-hat_sirst-256x256 a.png', 'top-hat_sirst-256x256', None, 'a.png'),
    ('dstransnet-s_sirst', STEM, STEM, ''),
])
def test_the_model_stands_in_front(words, config, checkpoint, inputs):
    found = cli.split_model(words.split())
    assert Path(found[0]).stem == config
    assert (found[1] and Path(found[1]).stem) == checkpoint
    assert found[2] == inputs.split()


def test_checkpoints_of_other_suffixes_are_named(tmp_path):
    path = str(tmp_path / 'best.pth.tar')
    Path(path).touch()
    with pytest.raises(InputError, match=f'^{path}: expected a '
                       'checkpoint that ends in .pth or .safetensors'):
        cli.split_model(['mine.py', path, 'a.png'])
    assert cli.split_model([path])[2] == [path]  # an input, if a bad one
