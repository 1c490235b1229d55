"""tools/analysis_tools/compare_runs.py as a user calls it."""
import csv
import json
import runpy
import sys

import mmcv
import numpy as np
import pytest
from helpers.tiny_project import ROOT, run_tool

from projects.dstransnet.evaluation import (
    EvaluationProtocol,
    EvaluationResult,
    TargetLevelRecord,
    target_level_curve,
    target_level_metrics,
)

TOOL = 'analysis_tools/compare_runs.py'


def write_run(folder, level, **settings):
    """Write the result of a square found with some score."""
    mask = np.zeros((32, 32), np.float32)
    mask[4:7, 4:7] = 1
    scores = mask * level
    scores[20:22, 20] = 0.6
    protocol = EvaluationProtocol(**settings)
    result = protocol.evaluate(['a'], [protocol.measure(scores, mask)])
    result.write(str(folder))
    return result


@pytest.fixture
def runs(tmp_path):
    """Two runs in folders of one name; the second misses its target."""
    return [
        write_run(tmp_path / name / 'test', level)
        for name, level in (('one', 0.9), ('two', 0.3))
    ]


def table(text):
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in text.splitlines() if line.startswith('|')]


def test_table_and_files(runs, tmp_path):
    done = run_tool(TOOL, 'one/test', 'two/test/result.json', '--metrics',
                    'Pd', 'Fa', 'IoU', '--out', 'out', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'warning: the runs' not in done.stderr
    fa = 2 / 32**2 * 1e6
    assert table(done.stdout) == [
        ['run', 'Pd (%)', 'Fa (1e-6)', 'IoU (%)'],
        [':-------', '---------:', '----------:', '--------:'],
        ['one/test', '**100.00**', f'**{fa:.2f}**', f'**{900 / 11:.2f}**'],
        ['two/test', '0.00', f'**{fa:.2f}**', '0.00'],
    ]
    out = tmp_path / 'out'
    assert (out / 'comparison.md').read_text() in done.stdout
    (head, first, _) = csv.reader((out / 'comparison.csv').open())
    assert head == ['run', 'Pd', 'Fa', 'IoU']
    assert [float(cell) for cell in first[1:]] == pytest.approx(
        [100, fa, 900 / 11])
    assert r'Pd (\%) & Fa ($10^{-6}$)' in (out / 'comparison.tex').read_text()
    for name in ('roc_target', 'roc_pixel', 'precision_recall',
                 'pd_fa_threshold'):
        assert mmcv.imread(str(out / f'{name}.png')).std() > 0
    curves = json.loads((out / 'curves.json').read_text())
    assert list(curves['runs']) == ['one/test', 'two/test']
    assert curves['runs']['two/test']['Pd'] == runs[1].curves['Pd'].tolist()


def test_differences_are_warned_of(runs, tmp_path):
    write_run(tmp_path / 'other', 0.9, threshold=0.25, distance=5)
    done = run_tool(TOOL, 'one/test', 'other', '--names', 'A', 'B',
                    cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for line in ('threshold: 0.5 (A), 0.25 (B)', 'distance: 3 (A), 5 (B)'):
        assert f'warning: the runs differ in {line}\n' in done.stderr
        assert line in done.stdout.partition('Note: ')[2]


def test_runs_without_curves(runs, tmp_path):
    EvaluationResult(dict(Pd=75.0, AP=66.0)).write(str(tmp_path / 'boxes'))
    done = run_tool(TOOL, 'one/test', 'boxes', '--out', 'out', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'note: no curves of boxes\n' in done.stderr
    head, _, one, boxes = table(done.stdout)
    assert boxes[head.index('IoU (%)')] == '-'
    assert one[-1] == '-' and boxes[-1].startswith('66')
    curves = json.loads((tmp_path / 'out/curves.json').read_text())
    assert list(curves['runs']) == ['test']
    assert list(curves['target_curves']) == ['test']
    assert (tmp_path / 'out/froc.png').exists()
    done = run_tool(TOOL, 'boxes', '--out', 'bare', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / 'bare').iterdir()) == [
        'comparison.csv', 'comparison.md', 'comparison.tex']


def test_boxes_have_a_figure_of_their_own(runs, tmp_path):
    records = [TargetLevelRecord(2, [0.9, 0.6, 0.4], [True, False, True])]
    EvaluationResult(
        target_level_metrics(records),
        settings=dict(threshold=0.5, detection_rule='centroid', min_iou=0.5),
        target_curve=target_level_curve(records)).write(
            str(tmp_path / 'boxes'))
    done = run_tool(TOOL, 'boxes', '--out', 'out', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'note: no curves' not in done.stderr
    assert sorted(path.name for path in (tmp_path / 'out').iterdir()) == [
        'comparison.csv', 'comparison.md', 'comparison.tex', 'curves.json',
        'froc.png']
    done = run_tool(TOOL, 'one/test', 'boxes', '--out', 'both', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / 'both').glob('*.png'))) == 5
    curves = json.loads((tmp_path / 'both/curves.json').read_text())
    assert list(curves['runs']) == ['test']
    assert curves['target_curves']['boxes']['Pd'] == [50, 50, 100]
    assert 'Note: Pd is by two orders of matching' in done.stdout


@pytest.mark.parametrize(('arguments', 'message'), [
    (['missing'], 'missing: cannot be read as a result'),
    (['text.json'], 'text.json: expected a result.json'),
    (['one/test', '--names', 'a', 'b'], '--names: expected 1 names'),
    (['one/test', 'two/test', '--names', 'a', 'a'],
     '--names: expected different names, got a a'),
    (['one/test', '--metrics', 'iou'], '--metrics: metrics must be among IoU'),
    (['one/test', '--measures', 'hierarchy'],
     '--measures: no run has a metric of hierarchy'),
    (['one/test', '--out', 'text.json'], '--out: cannot write there'),
])
def test_mistakes_get_one_line(
        runs, tmp_path, monkeypatch, capsys, arguments, message):
    (tmp_path / 'text.json').write_text('{}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, 'argv', [TOOL, *arguments])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(ROOT / 'tools' / TOOL), run_name='__main__')
    assert caught.value.code == 2
    (line, ) = capsys.readouterr().err.splitlines()
    assert line.startswith(f'error: {message}')


def test_columns_of_measures(tmp_path, monkeypatch, capsys):
    """Fewer errors are better, and the runs need not have all metrics."""
    for name, level in (('one', 0.9), ('two', 0.55)):
        write_run(tmp_path / name, level, measures=['published', 'hierarchy'])
    monkeypatch.setattr(sys, 'argv', [
        TOOL, str(tmp_path / 'one'), str(tmp_path / 'two'), '--measures',
        'shooting', 'hierarchy'])
    runpy.run_path(str(ROOT / 'tools' / TOOL), run_name='__main__')
    header, _, first, _ = table(capsys.readouterr().out)
    assert header[:3] == ['run', 'hIoU (%)', 'seg_IoU (%)']
    cells = dict(zip(header, first))
    assert cells['seg_merge (%)'] == '**0.00**'
    assert 'IoU (%)' not in cells
