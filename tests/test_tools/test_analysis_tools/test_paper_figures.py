"""tools/analysis_tools/paper_figures.py as a user calls it."""
import numpy as np
import pytest
from helpers.tiny_project import error_of, run_tool

from projects.dstransnet.evaluation import EvaluationProtocol

TOOL = 'analysis_tools/paper_figures.py'


@pytest.fixture(scope='module')
def folder(tmp_path_factory, project):
    """Results of two models on an image of the project."""
    root = tmp_path_factory.mktemp('results')
    mask = np.zeros((32, 32), np.float32)
    mask[8:11, 14:17] = 1
    for name, level, measures in (
            ('one', 0.9, ['published', 'hierarchy', 'difficulty']),
            ('two', 0.3, ['published'])):
        protocol = EvaluationProtocol(measures=measures)
        scores = level * mask
        scores[28, 2] = 0.7
        result = protocol.evaluate(
            ['Misc_6'], [protocol.measure(scores, mask)])
        # That of the second is not here.
        result.settings['config'] = (
            str(project.config) if name == 'one' else 'gone')
        result.write(str(root / name))
        (root / name / 'scores').mkdir()
        np.save(root / name / 'scores/Misc_6.npy', scores)
    return root


def test_all_figures(folder):
    done = run_tool(TOOL, 'one', 'two', '--images', 'Misc_6', '--out', 'out',
                    '--formats', 'png', '--columns', 1, '--costs',
                    'two=3,0.5', cwd=folder)
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (folder / 'out').iterdir()} == {
        'grid', 'surfaces', 'roc', 'froc', 'errors', 'difficulty', 'bubbles'}
    assert 'errors needs the measure hierarchy, which two lacks' \
        in done.stderr
    assert 'bubbles' not in done.stderr


@pytest.mark.parametrize(('words', 'error'), [
    (['--images', 'Misc_0'], "--images: expected names .* got 'Misc_0'"),
    (['--colours', 'hit=nice'], "--colours: expected a colour, got 'nice'"),
    (['--colours', 'cell=red'], "--colours: expected NAME=VALUE of hit"),
    (['--costs', 'one=3'], "--costs: expected one=MACS,PARAMS, got '3'"),
    (['--costs', 'one=-3,1'], '--costs one: expected positive numbers'),
    (['--panels', 'scores'], '--panels needs a grid of --images'),
    (['--names', 'a'], '--names: expected 2 names'),
])
def test_wrong_arguments(folder, words, error):
    figures = ['--figures', 'grid' if words[0] == '--images' else 'bubbles']
    assert pytest.RaisesExc(ValueError, match=error).matches(ValueError(
        error_of(run_tool(TOOL, 'one', 'two', '--out', 'no', *figures, *words,
                          cwd=folder))))
    assert not (folder / 'no').exists()


def test_nothing_to_draw_is_said(folder):
    done = run_tool(TOOL, 'two', '--out', 'none', '--figures', 'grid',
                    'errors', 'bubbles', cwd=folder)
    assert done.returncode == 0
    assert 'bubbles needs a cost, which two lacks' in done.stderr
    assert 'grid needs --images' in done.stderr
    assert not list((folder / 'none').iterdir())
