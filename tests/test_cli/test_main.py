"""The command dstransnet and its sub-commands."""
import sys

import pytest

from projects.dstransnet import __version__
from projects.dstransnet.cli import config_file
from projects.dstransnet.cli.main import COMMANDS, main
from projects.dstransnet.models.shipped_weights import list_weights


def call(monkeypatch, capsys, *words):
    """Run the command in this process; return its exit code and output."""
    monkeypatch.setattr(sys, 'argv', ['dstransnet', *words])
    code = 0
    try:
        main()
    except SystemExit as error:
        code = error.code
    return code, *capsys.readouterr()


@pytest.mark.parametrize('command', COMMANDS)
def test_every_command_has_help_with_examples(monkeypatch, capsys, command):
    code, out, _ = call(monkeypatch, capsys, command, '--help')
    assert code == 0
    assert out.startswith(f'usage: dstransnet {command}')
    assert f'examples:\n  dstransnet {command}' in out


def test_help_lists_all_commands(monkeypatch, capsys):
    code, out, _ = call(monkeypatch, capsys, '--help')
    assert code == 0 and all(f'\n  {name} ' in out for name in COMMANDS)


def test_unknown_commands_end_with_the_known_ones(monkeypatch, capsys):
    code, out, err = call(monkeypatch, capsys, 'detect')
    assert (code, out) == (2, '') and "got 'detect'" in err


def test_info_has_versions_devices_and_weights(monkeypatch, capsys):
    code, out, _ = call(monkeypatch, capsys, 'info')
    assert code == 0
    for text in (__version__, 'torch', 'cpu (', 'dstransnet-s_sirst'):
        assert text in out


@pytest.mark.parametrize('arguments', [
    ('predict', '{name}', 'frame.png', '--out', 'found'),
    ('evaluate', '{name}'),
    ('export', '{name}', '--out', 'a.pt2'),
    ('bench', '{name}')], ids=lambda arguments: arguments[0])
def test_damaged_weights_are_one_line(
        monkeypatch, capsys, tmp_path, arguments):
    name, row = next(iter(list_weights().items()))
    damaged = tmp_path / row.file.name
    damaged.write_bytes(b'')
    expected = '0' * 64
    (tmp_path / f'{damaged.name}.sha256').write_text(expected)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config_file, 'list_weights',
                        lambda: {name: row._replace(file=damaged)})
    code, _, err = call(monkeypatch, capsys, *(
        word.format(name=name) for word in arguments))
    assert code == 2
    assert err.startswith(
        f'error: checkpoint: {damaged}: expected the SHA-256 {expected}')
    assert err.count('\n') == 1
