import math

import pytest
from helpers.results import result

from projects.dstransnet.evaluation import EvaluationResult
from projects.dstransnet.evaluation.report.comparison_table import (
    comparison_csv,
    comparison_latex,
    comparison_markdown,
    latex_escaped,
    metric_names,
    run_names,
)


def rows(table):
    """Return the stripped cells of a Markdown table."""
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in table.splitlines() if line.startswith('|')]


def test_markdown_by_hand():
    runs = dict(
        first=result(dict(IoU=70.126, Fa=12.0, AUC=0.2, AUC_exact=0.98764)),
        b=result(dict(IoU=65.0, Fa=3.5, AUC=0.8, AUC_exact=0.9)))
    runs['first'].intervals['IoU'] = (68.0, 72.345)
    assert comparison_markdown(runs) == (
        '| run   |                  IoU (%) | Fa (1e-6) |  AUC_exact |\n'
        '| :---- | -----------------------: | --------: | ---------: |\n'
        '| first | **70.13** [68.00, 72.34] |     12.00 | **0.9876** |\n'
        '| b     |                    65.00 |  **3.50** |     0.9000 |\n'
        '\n'
        'In brackets: 95 % confidence intervals.\n\n'
        'AUC_exact: area under the ROC curve of pixels, FPR 0 .. 1.\n')
    # A run of which only the part is known has its own column.
    del runs['b'].metrics['AUC_exact']
    assert rows(comparison_markdown(runs, ['AUC', 'AUC_exact']))[2:] == [
        ['first', '0.2000', '0.9876'], ['b', '**0.8000**', '-']]
    assert rows(comparison_markdown(runs))[0] == [
        'run', 'IoU (%)', 'Fa (1e-6)', 'AUC_exact', 'AUC']


@pytest.mark.parametrize('name', [
    'Fa', 'Fa_component', 'Fa_pixel', 'FalseAlarmsPerImage'])
def test_fewer_false_alarms_are_better(name):
    table = rows(comparison_markdown(
        dict(a=result({name: 2.0}), b=result({name: 1.0}))))
    assert '**' not in table[2][1] and '**' in table[3][1]


def test_ties_as_shown_are_all_bold():
    runs = dict(a=result(dict(Pd=50.001)), b=result(dict(Pd=50.004)),
                c=result(dict(Pd=49.99)))
    assert [row[1] for row in rows(comparison_markdown(runs))[2:]] == [
        '**50.00**', '**50.00**', '49.99']


def test_nothing_is_best_of_one():
    assert '**' not in comparison_markdown(dict(a=result(dict(Pd=50.0))))
    runs = dict(a=result(dict(Pd=50.0)), b=result(dict(Pd=math.nan)))
    assert rows(comparison_markdown(runs))[2:] == [['a', '50.00'], ['b', '-']]


def test_runs_may_lack_metrics():
    runs = dict(a=result(dict(IoU=1.0, Pd=2.0)),
                box=result(dict(Pd=3.0, AP=4.0)))
    table = rows(comparison_markdown(runs))
    assert [cell.split(' ')[0] for cell in table[0]] == [
        'run', 'IoU', 'Pd', 'AP']
    assert table[3][1] == '-' and table[2][3] == '-'
    assert table[3][2] == '**3.00**'
    assert comparison_csv(runs) == 'run,IoU,Pd,AP\na,1.0,2.0,\nbox,,3.0,4.0\n'
    assert ' & --' in comparison_latex(runs)


def test_columns_are_chosen_in_order():
    runs = dict(a=result(dict(IoU=1.0, Pd=2.0, Fa=3.0)))
    assert rows(comparison_markdown(runs, ['Fa', 'IoU', 'Fa']))[0] == [
        'run', 'Fa (1e-6)', 'IoU (%)']
    assert metric_names(runs) == ['IoU', 'Pd', 'Fa']
    for table in (comparison_markdown, comparison_csv, comparison_latex):
        with pytest.raises(ValueError, match='among IoU, Pd, Fa, got X, Y'):
            table(runs, ['X', 'IoU', 'Y'])


def test_names_are_escaped():
    runs = {'_a_b|*c*\n[d]': result(dict(IoU=1.0)),
            '50% & $x_1^2$ #{~}\\': result(dict(IoU=2.0))}
    names = [line for line in comparison_markdown(runs).splitlines()]
    assert r'| \_a_b\|\*c\* \[d\] ' in names[2]
    lines = comparison_latex(runs).splitlines()
    assert lines[5] == r'\_a\_b\textbar{}{*}c{*} {[}d] & 1.00 \\'
    assert lines[6] == (r'50\% \& \$x\_1\textasciicircum{}2\$ \#'
                        r'\{\textasciitilde{}\}\textbackslash{} '
                        r'& \textbf{2.00} \\')
    assert latex_escaped('<>') == r'\textless{}\textgreater{}'


def test_latex_by_hand():
    runs = dict(a=result(dict(IoU=70.0, Fa_pixel=2.0, AUC=0.5)),
                b=result(dict(IoU=math.nan, Fa_pixel=1.0), threshold=0.25))
    runs['a'].intervals['IoU'] = (60.0, 80.0)
    assert comparison_latex(runs).splitlines() == [
        '% Needs no packages.',
        r'\begin{tabular}{lrrr}',
        r'\hline',
        r'Run & IoU (\%) & Fa\_pixel ($10^{-6}$) & AUC \\',
        r'\hline',
        r'a & 70.00 [60.00, 80.00] & 2.00 & 0.5000 \\',
        r'b & -- & \textbf{1.00} & -- \\',
        r'\hline',
        r'\end{tabular}',
        r'\par In brackets: 95 \% confidence intervals.',
        r'\par AUC: area under the ROC curve of pixels, swept thresholds.',
        r'\par Note: the runs were not evaluated alike: '
        'threshold: 0.5 (a), 0.25 (b).',
    ]


def test_second_best_of_three_is_underlined_in_latex():
    runs = {name: result({'IoU': iou, 'MACs': macs, 'p(IoU)': 0.5})
            for name, iou, macs in (('a', 70, 3), ('b', 60, 2), ('c', 70, 2),
                                    ('d', 50, 1))}
    lines = comparison_latex(runs).splitlines()[5:9]
    assert lines == [
        r'a & \textbf{70.00} & 3.00 & 0.5000 \\',
        r'b & \underline{60.00} & \underline{2.00} & 0.5000 \\',
        r'c & \textbf{70.00} & \underline{2.00} & 0.5000 \\',
        r'd & 50.00 & \textbf{1.00} & 0.5000 \\']
    assert 'underline' not in comparison_markdown(runs)


def test_runs_without_metrics_have_no_rules_to_compare():
    runs = dict(a=result(dict(IoU=70.0)), b=EvaluationResult(dict(MACs=1.0)))
    assert 'evaluated alike' not in comparison_markdown(runs)


def test_given_notes_are_in_every_table():
    runs = dict(a=result(dict(IoU=70.0)))
    notes = ['Split: test.', 'One seed.']
    assert comparison_markdown(runs, notes=notes).endswith(
        '\n\nSplit: test.\n\nOne seed.\n')
    assert comparison_csv(runs, notes=notes) == (
        'run,IoU,notes\na,70.0,Split: test. One seed.\n')
    assert r'\par One seed.' in comparison_latex(runs, notes=notes)


@pytest.mark.parametrize(('paths', 'names'), [
    (['x/a', 'x/b/result.json'], ['a', 'b']),
    (['p/x/test', 'q/x/test', 'p/y/test'],
     ['p/x/test', 'q/x/test', 'y/test']),
    (['a', 'a', './a/'], ['a', 'a (2)', 'a (3)']),
    (['x/a', 'y/a', 'x/a/result.json'], ['x/a', 'y/a', 'x/a (2)']),
    (['x/one.json', 'x/two.json'], ['one', 'two']),
])
def test_names_of_runs(tmp_path, monkeypatch, paths, names):
    monkeypatch.chdir(tmp_path)
    assert run_names(paths) == names
