"""tools/analysis_tools/learning_curves.py as a user calls it."""
import mmcv
import pytest
from helpers.tiny_project import call_tool, error_of

TOOL = 'analysis_tools/learning_curves.py'


@pytest.fixture
def table(tmp_path):
    path = tmp_path / 'log.csv'
    path.write_text('epoch,loss,IoU\n1,2,\n2,1.5,61.25\n')
    return path


def test_figure_and_table_of_a_training(tiny, table, tmp_path):
    out = tmp_path / 'own.csv'
    result = call_tool(TOOL, tiny.checkpoint.parent, '--out', out)
    assert result.returncode == 0, result.stderr
    assert out.read_text().startswith('epoch,lr,loss')
    figure = tmp_path / 'curves.png'
    result = call_tool(TOOL, out, table, '--names', 'own', 'other', '--out',
                       figure)
    assert result.returncode == 0, result.stderr
    assert mmcv.imread(str(figure)).std() > 10


@pytest.mark.parametrize(('options', 'message'), [
    (('--out', 'a.txt'), '--out: expected .png, .pdf, .svg or .csv, got a'),
    (('--out', 'no/a.png'), '--out: cannot write'),
    (('--out', 'a.png', '--metrics', 'Dice'), 'no training has Dice; they '
     'have IoU, loss'),
    (('--out', 'a.png', '--names', 'a', 'b'), '--names: expected 1'),
])
def test_wrong_options(table, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    assert message in error_of(call_tool(TOOL, table, *options))


def test_a_table_is_of_one_training(table, tmp_path):
    result = call_tool(TOOL, table, table, '--out', tmp_path / 'a.csv')
    assert 'a table has one LOG and all its metrics' in error_of(result)
