"""tools/dataset_converters/prepare.py as a user calls it."""
import pytest
from helpers.tiny_project import run_tool, write_sirst

TOOL = 'dataset_converters/prepare.py'


def test_what_is_wrong_is_listed_and_the_rest_written(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    result = run_tool(TOOL, 'SIRST', 'SIRST', 'copy', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "SIRST: layout 'release'\n" in result.stdout
    assert 'train: 6 images, published are 341' in result.stdout
    assert "Written to copy, layout 'toolbox'." in result.stdout
    lists = tmp_path / 'copy/img_idx/test_NUAA-SIRST.txt'
    assert lists.read_text() == 'Misc_6\nMisc_7\nMisc_8\n'
    assert len(list((tmp_path / 'copy/masks').iterdir())) == 9


def test_what_to_do_without_a_download(tmp_path):
    result = run_tool(TOOL, 'IRSTD-1K', 'data/IRSTD-1K', cwd=tmp_path)
    assert result.returncode == 2
    assert 'https://github.com/RuiZhang97/ISNet' in result.stderr
    assert 'data/IRSTD-1K holds\n     IRSTD1k_Img/X.png' in result.stderr
    assert 'Traceback' not in result.stderr


def test_destination_in_use(tmp_path):
    write_sirst(tmp_path / 'SIRST')
    result = run_tool(TOOL, 'SIRST', 'SIRST', 'SIRST', cwd=tmp_path)
    assert result.returncode == 2
    assert 'DST: SIRST is not empty; nothing is overwritten' in result.stderr


def test_release_on_disk(sirst, tmp_path):
    result = run_tool(TOOL, 'SIRST', sirst, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert 'Nothing is wrong.' in result.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('name', ['SIRST4'])
def test_unknown_name(tmp_path, name):
    result = run_tool(TOOL, name, tmp_path, cwd=tmp_path)
    assert result.returncode == 2
    assert "invalid choice: 'SIRST4'" in result.stderr
