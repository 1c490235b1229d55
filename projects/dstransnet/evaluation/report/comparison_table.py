"""Comparison tables of runs in Markdown, CSV and LaTeX; names of runs."""
from __future__ import annotations

import csv
import io
import math
import os.path as osp
import re
from collections.abc import Sequence
from pathlib import Path

from ..functional.formulas import (
    AUC_RANGES,
    COSTS,
    UNITS,
    format_metric,
    with_one_auc,
)
from ..measures import MEASURES
from .comparability import Results, differences, pd_orders

# Prefixes of names of columns.
LOWER_IS_BETTER = ('Fa', 'FPR', 'Params', 'MACs', 'Latency', 'Memory')
_LOWER = frozenset().union(
    *(measure.lower_is_better for measure in MEASURES.values()))
_UNRANKED = frozenset().union(
    *(measure.unranked for measure in MEASURES.values()))
P_VALUE = 'p('
INTERVALS = 'In brackets: 95 % confidence intervals.'
_LATEX = {
    '\\': r'\textbackslash{}', '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}', '<': r'\textless{}', '>': r'\textgreater{}',
    '|': r'\textbar{}', **{letter: f'\\{letter}' for letter in '&%$#_{}'},
    # Behind the end of a row these two would be taken for its arguments.
    '[': '{[}', '*': '{*}'
}


def metric_names(results: Results,
                 metrics: Sequence[str] | None = None) -> list[str]:
    """Return the columns of a table: the given metrics, or all.

    All have one AUC for each run, see :func:`with_one_auc`.

    Raises:
        ValueError: If no run has one of the given metrics.
    """
    known = list(
        dict.fromkeys(
            name for result in results.values() for name in result.metrics))
    unknown = [name for name in metrics or () if name not in known]
    if unknown:
        raise ValueError(f'metrics must be among {", ".join(known)}, got '
                         f'{", ".join(unknown)}')
    if metrics is not None:
        return list(dict.fromkeys(metrics))
    return list(dict.fromkeys(
        name for result in results.values()
        for name in with_one_auc(result.metrics)))


def comparison_markdown(results: Results,
                        metrics: Sequence[str] | None = None,
                        notes: Sequence[str] = ()) -> str:
    """Write a table with one row a run and one column a metric.

    The best value of a column is bold, and so are values that look equal. A
    run that detects nothing (Pd 0) does not compete for the fewest false
    alarms, and p-values do not compete. Undefined values and missing metrics
    are dashes. Notes on intervals, AUC, :func:`differences` and
    :func:`pd_orders` follow.

    Args:
        results (Mapping[str, EvaluationResult]): Name and result of each run.
        metrics (Sequence[str], optional): Columns. Defaults to all.
        notes (Sequence[str]): More notes, such as :func:`protocol_note`.
            Defaults to none.

    Raises:
        ValueError: If no run has one of ``metrics``.

    Examples:
        >>> from projects.dstransnet.evaluation import EvaluationResult
        >>> print(comparison_markdown({
        ...     'a': EvaluationResult(dict(IoU=70, Fa=9)),
        ...     'b': EvaluationResult(dict(IoU=69.996, Fa=8, AUC=0.5))}))
        | run |   IoU (%) | Fa (1e-6) |    AUC |
        | :-- | --------: | --------: | -----: |
        | a   | **70.00** |      9.00 |      - |
        | b   | **70.00** |  **8.00** | 0.5000 |
        <BLANKLINE>
        AUC: area under the ROC curve of pixels, swept thresholds.
        <BLANKLINE>
    """
    names = metric_names(results, metrics)
    rows = [['run'] + [_header(name) for name in names]]
    for run, cells in _cells(
            results, names, '-', '**{}**').items():
        rows.append([markdown_text(run), *cells])
    widths = [max(3, *map(len, column)) for column in zip(*rows)]
    rows.insert(1, [(width - 1) * '-' + ':' for width in widths])
    rows[1][0] = rows[1][0][::-1]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += map(str.rjust, row[1:], widths[1:])
        lines.append(f'| {" | ".join(cells)} |')
    for note in [*_notes(results, names), *notes]:
        lines += ['', markdown_text(note)]
    return '\n'.join(lines) + '\n'


def comparison_csv(results: Results,
                   metrics: Sequence[str] | None = None,
                   notes: Sequence[str] = ()) -> str:
    """Write the same table with unrounded numbers, for programs.

    A metric with intervals has columns NAME_lower and NAME_upper behind it.
    Undefined values and missing metrics are empty. The given notes are a last
    column.

    Examples:
        >>> from projects.dstransnet.evaluation import EvaluationResult
        >>> result = EvaluationResult(
        ...     dict(IoU=70.25, Pd=math.nan), intervals=dict(IoU=(68.5, 72)))
        >>> print(comparison_csv({'a': result}))
        run,IoU,IoU_lower,IoU_upper,Pd
        a,70.25,68.5,72.0,
        <BLANKLINE>
    """
    columns = {'run': list(results)}
    for name in metric_names(results, metrics):
        columns[name] = [
            _plain(result.metrics.get(name)) for result in results.values()
        ]
        if any(name in result.intervals for result in results.values()):
            for side, end in enumerate(('lower', 'upper')):
                columns[f'{name}_{end}'] = [
                    _plain(result.intervals.get(name, (None, None))[side])
                    for result in results.values()
                ]
    if notes:
        columns['notes'] = [' '.join(notes)] * len(results)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerows([list(columns), *zip(*columns.values())])
    return text.getvalue()


def comparison_latex(results: Results,
                     metrics: Sequence[str] | None = None,
                     notes: Sequence[str] = ()) -> str:
    """Write the same table as LaTeX that needs no packages.

    The second best of three or more different values is underlined.
    """
    names = metric_names(results, metrics)
    headers = [
        latex_escaped(_header(name)).replace('1e-6', '$10^{-6}$')
        for name in names
    ]
    lines = [
        '% Needs no packages.', f'\\begin{{tabular}}{{l{"r" * len(names)}}}',
        '\\hline', ' & '.join(['Run', *headers]) + ' \\\\', '\\hline'
    ]
    for run, cells in _cells(results, names, '--', '\\textbf{{{}}}',
                             '\\underline{{{}}}').items():
        lines.append(' & '.join([latex_escaped(run), *cells]) + ' \\\\')
    lines += ['\\hline', '\\end{tabular}']
    for note in [*_notes(results, names), *notes]:
        lines.append('\\par ' + latex_escaped(note))
    return '\n'.join(lines) + '\n'


def _plain(value: float | None) -> str:
    """Return a number with all its digits, '' where there is none."""
    if value is None or not math.isfinite(value):
        return ''
    return repr(float(value))


def latex_escaped(text: str) -> str:
    r"""Return a text as LaTeX shows it letter by letter."""
    return ''.join(_LATEX.get(letter, letter) for letter in _one_line(text))


def markdown_text(text: str) -> str:
    """Return a text as Markdown shows it; '_' in words needs no escape."""
    return re.sub(r'([\\|*`<\[\]~]|(?<![^\W_])_|_(?![^\W_]))', r'\\\1',
                  _one_line(text))


def _one_line(text: str) -> str:
    return ' '.join(text.split())


def _header(name: str) -> str:
    unit = UNITS.get(name, '')
    return f'{name} ({unit})' if unit else name


def _cells(results: Results, names: Sequence[str], dash: str, best: str,
           second: str = '{}') -> dict[str, list[str]]:
    """Format the values of each run, the best two of each metric apart."""
    rows: dict[str, list[str]] = {run: [] for run in results}
    for name in names:
        texts = {
            run: format_metric(name, result.metrics[name])
            for run, result in results.items()
            if math.isfinite(result.metrics.get(name, math.nan))
        }
        marks = dict(zip(
            _ranked(name, {run: float(text) for run, text in texts.items()},
                    results), (best, second)))
        for run, result in results.items():
            text = texts.get(run)
            if text is None:
                rows[run].append(dash)
                continue
            interval = result.intervals.get(name)
            tail = ''
            if interval is not None and all(map(math.isfinite, interval)):
                tail = format_metric(name, 0, interval).partition(' ')[2]
            text = marks.get(float(text), '{}').format(text)
            rows[run].append(f'{text} {tail}'.rstrip())
    return rows


def _ranked(name: str, shown: dict[str, float],
            results: Results) -> list[float]:
    """Return the values to mark: the best, the second of three or more."""
    if len(shown) < 2 or name.startswith(P_VALUE) or name in _UNRANKED:
        return []
    lower = name in _LOWER or name.startswith(LOWER_IS_BETTER)
    # Without detections there are no false alarms either, to no merit.
    values = {value for run, value in shown.items()
              if not lower or name in COSTS
              or results[run].metrics.get('Pd') != 0}
    ranked = sorted(values, reverse=not lower)
    return ranked[:2 if len(ranked) > 2 else 1]


def _notes(results: Results, names: Sequence[str]) -> list[str]:
    notes = []
    if any(name in result.intervals for result in results.values()
           for name in names):
        notes.append(INTERVALS)
    notes += [f'{name}: area under the ROC curve of pixels, {span}.'
              for name, span in AUC_RANGES.items() if name in names]
    evaluated = {run: result for run, result in results.items()
                 if not result.metrics or set(result.metrics) - set(COSTS)}
    differing = differences(evaluated, names)
    if differing:
        notes.append('Note: the runs were not evaluated alike: '
                     f'{"; ".join(differing)}.')
    orders = pd_orders(results)
    if orders and 'Pd' in names:
        notes.append(f'Note: {orders}.')
    return notes


def run_names(paths: Sequence[str]) -> list[str]:
    """Return a distinct name for each run, from the folder of its result.

    Paths are folders, or files in them. A file that is not called result.json
    gives its own name. Names have as many parent folders as needed to be
    distinct, and numbers for equal paths.

    Examples:
        >>> run_names(['a/test/result.json', 'b/test/result.json', 'c.json'])
        ['a/test', 'b/test', 'c']
        >>> run_names(['runs/a', 'runs/a/result.json'])
        ['a', 'a (2)']
    """
    places = []
    for path in map(osp.abspath, paths):
        if not osp.isdir(path) and path.endswith('.json'):
            path = path.removesuffix('.json').removesuffix('/result')
        places.append(Path(path or '/').parts)
    short = _short_names(list(dict.fromkeys(places)))
    names: list[str] = []
    taken = set(short.values())
    for number, parts in enumerate(places):
        name = short[parts]
        if parts in places[:number]:
            count = 2
            while f'{name} ({count})' in taken:
                count += 1
            name = f'{name} ({count})'
            taken.add(name)
        names.append(name)
    return names


def _short_names(
        places: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Name distinct places by as few last parts as are distinct."""
    depths = [1] * len(places)
    while True:
        names = ['/'.join(parts[-depth:]).replace('//', '/')
                 for parts, depth in zip(places, depths)]
        longer = [
            depth + (names.count(name) > 1 and depth < len(parts))
            for name, parts, depth in zip(names, places, depths)
        ]
        if longer == depths:
            return dict(zip(places, names))
        depths = longer
