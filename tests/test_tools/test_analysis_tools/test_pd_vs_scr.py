"""tools/analysis_tools/pd_vs_scr.py as a user calls it."""
import csv
import json

import mmcv
import pytest
from helpers.tiny_project import call_tool, error_of, run_tool

TOOL = 'analysis_tools/pd_vs_scr.py'
SYNTHETIC = '''
_base_ = ['{tiny}']
test_dataloader = dict(
    dataset=dict(
        _delete_=True, type='SyntheticIRSTDDataset', num_scenes=3, seed=1,
        scene=dict(size=96), test_mode=True,
        pipeline={{{{_base_.test_pipeline}}}}))
'''


@pytest.fixture
def config(tiny, tmp_path):
    path = tmp_path / 'generated.py'
    path.write_text(SYNTHETIC.format(tiny=tiny.config))
    return path


def test_table_figure_and_files(tiny, config, tmp_path):
    out = tmp_path / 'out'
    result = run_tool(TOOL, config, tiny.checkpoint, '--scenes', 6,
                      '--threshold', 0.5, '--edges', 1, 3, '--out', out,
                      '--work-dir', tmp_path / 'run', cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert '| SCR' in result.stdout.replace('|    SCR', '| SCR')
    data = json.loads((out / 'pd_vs_scr.json').read_text())
    assert data['threshold'] == 0.5
    assert [(each['low'], each['high']) for each in data['bins']] == [
        (None, 1), (1, 3), (3, None)]
    assert sum(each['targets'] for each in data['bins']) >= 6
    rows = list(csv.DictReader((out / 'pd_vs_scr.csv').open()))
    assert [int(row['targets']) for row in rows] == [
        each['targets'] for each in data['bins']]
    assert mmcv.imread(str(out / 'pd_vs_scr.png')).std() > 0


def test_a_detector_without_weights(config, tmp_path):
    path, out = tmp_path / 'detector.py', tmp_path / 'out'
    path.write_text(
        f"_base_ = '{config}'\n"
        "model = dict(_delete_=True, type='ClassicalDetector',\n"
        "             method='top_hat', rule='deviation', k=8)\n")
    result = call_tool(TOOL, path, '--threshold', 0.5, '--out', out,
                       '--work-dir', tmp_path / 'run')
    assert result.returncode == 0, result.stderr
    assert json.loads((out / 'pd_vs_scr.json').read_text())[
        'checkpoint'] is None


@pytest.mark.parametrize(('arguments', 'message'), [
    (['--edges', '2', '1'], '--edges: edges must increase'),
    (['--threshold', '2'], '--threshold must be within [0, 1], got 2.0'),
    (['--fa-budget', '-3'], '--fa-budget must be 0 or more, got -3.0'),
    (['--fa-budget', 'nan'], '--fa-budget must be 0 or more, got nan'),
    (['--scenes', '0'], '--scenes needs a positive number'),
])
def test_wrong_arguments_get_one_line(tiny, config, arguments, message):
    result = call_tool(TOOL, config, tiny.checkpoint, *arguments)
    assert message in error_of(result)


def test_scenes_are_for_generated_data_only(tiny):
    result = call_tool(TOOL, tiny.config, tiny.checkpoint, '--scenes', 5)
    assert 'generated scenes' in error_of(result)
