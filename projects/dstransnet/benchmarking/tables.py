"""Tables and figures of a comparison: costs, metrics and p-values."""
from __future__ import annotations

import dataclasses
import functools
import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..evaluation import EvaluationResult, format_metric, paired_p_values
from ..evaluation.functional.formulas import COSTS
from ..evaluation.report import (
    comparison_csv,
    comparison_latex,
    comparison_markdown,
    metric_names,
    protocol_note,
)
from ..evaluation.report.comparability import grouped
from ..evaluation.report.comparison_table import P_VALUE, markdown_text
from ..profiling.results import MIB
from ..visualization.curves import has_curves, remove_curves, write_curves
from ..visualization.paper import (
    WIDTHS,
    CostPoint,
    draw_bubbles,
    write_figures,
)

DRAWS = 10000  # of the paired bootstrap
COMPARED = ('IoU', 'nIoU', 'Pd', 'Fa')  # have p-values and means of seeds


@dataclass
class Table:
    """Everything that is known of the runs of a comparison.

    Attributes:
        results (dict[str, EvaluationResult]): Results by run.
        costs (dict[str, dict]): :meth:`Result.as_dict` by run. Defaults to
            none.
        seeds (dict[str, list[str]]): Runs of each model that was trained with
            several seeds. Defaults to none.
        reference (str, optional): Run to which the others are compared.
            Defaults to None.
    """
    results: dict[str, EvaluationResult]
    costs: dict[str, dict[str, Any]] = field(default_factory=dict)
    seeds: dict[str, list[str]] = field(default_factory=dict)
    reference: str | None = None

    @functools.cached_property
    def p_values(self) -> dict[str, dict[str, float]]:
        """Results of :func:`compare_with` by run."""
        if self.reference is None or self.reference not in self.results:
            return {}
        return compare_with(self.reference, self.results)

    @property
    def rows(self) -> dict[str, EvaluationResult]:
        """Runs with costs, metrics and p-values as columns."""
        rows = {}
        for run in dict.fromkeys((*self.costs, *self.results)):
            result = self.results.get(run, EvaluationResult({}))
            metrics = {**cost_columns(self.costs.get(run)), **result.metrics}
            found = self.p_values.get(run, {})
            metrics.update({
                f'{P_VALUE}{name})': found[name]
                for name in COMPARED if name in found})
            rows[run] = dataclasses.replace(result, metrics=metrics)
        return rows

    def columns(self, metrics: Sequence[str] | None = None) -> list[str]:
        """Return the columns: costs, metrics, p-values.

        Args:
            metrics (Sequence[str], optional): Metrics to show, if any run has
                them. Defaults to all.
        """
        known = metric_names(self.rows)
        shown = metric_names(self.results) if metrics is None else [
            name for name in metrics if any(
                name in result.metrics for result in self.results.values())]
        return [
            *(name for name in known if name in COSTS), *shown,
            *(name for name in known if name.startswith(P_VALUE))]

    def notes(self) -> list[str]:
        """Return the notes below the table: its protocol."""
        notes = [protocol_note(self.results), cost_note(self.costs),
                 self._p_value_note()]
        notes += [seed_note(model, [self.results[run] for run in runs])
                  for model, runs in self.seeds.items()
                  if all(run in self.results for run in runs)]
        return list(filter(None, notes))

    def _p_value_note(self) -> str:
        if self.reference not in self.results:
            return ''
        without = [run for run in self.results
                   if run not in (self.reference, *self.p_values)]
        tail = f'; none for {", ".join(without)}: other images, or no ' \
            'counts of images in the result' if without else ''
        return (f'p(...): two-sided paired bootstrap over images against '
                f'{self.reference}, {DRAWS} draws{tail}.')

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data for JSON."""
        runs = {}
        for run in dict.fromkeys((*self.costs, *self.results)):
            result = self.results.get(run)
            summary = None if result is None else result.summary()
            for name in ('curves', 'target_curve', 'image_counts'):
                if summary is not None:
                    del summary[name]
            runs[run] = dict(
                cost=self.costs.get(run), result=summary,
                p_values={
                    name: value if math.isfinite(value) else None
                    for name, value in self.p_values.get(run, {}).items()
                })
        return dict(notes=self.notes(), reference=self.reference, runs=runs)


def compare_with(
        reference: str,
        results: Mapping[str, EvaluationResult]
) -> dict[str, dict[str, float]]:
    """Return the p-values of :func:`paired_p_values` against one of the runs.

    Runs without counts of the same images have none.
    """
    one = results[reference]
    found = {}
    for run, other in results.items():
        if run == reference or not other.image_counts \
                or other.image_counts.keys() != one.image_counts.keys():
            continue
        found[run] = paired_p_values(
            [other.image_counts[name] for name in one.image_counts],
            list(one.image_counts.values()), DRAWS,
            nIoU_empty=one.settings.get('nIoU_empty', 'zero'))
    return found


def cost_columns(cost: Mapping[str, Any] | None) -> dict[str, float]:
    """Return a :meth:`Result.as_dict` in the units of ``UNITS``.

    None has no columns; unknown values are NaN.
    """
    if cost is None:
        return {}
    macs, measured = cost['macs'], cost['measurement']
    return dict(
        Params=measured['parameters'] / 1e6,
        MACs=math.nan if macs is None else macs / 1e9,
        Latency=1e3 * cost['seconds']['median'],
        Throughput=cost['images_per_second'],
        Memory=measured['memory'] / MIB)


def cost_note(costs: Mapping[str, Mapping[str, Any]]) -> str:
    """State how costs were measured; '' without any."""
    if not costs:
        return ''
    cases = {run: cost['case'] for run, cost in costs.items()}
    facts = {
        'input (batch x height x width)': {
            run: '{batch} x {height} x {width}'.format(**case)
            for run, case in cases.items()},
        'device': {
            run: f'{cases[run]["device"]}, '
            f'{cost["measurement"]["device_name"]}, '
            f'{cost["measurement"]["threads"]} threads'
            for run, cost in costs.items()},
        'peak memory of a step': {
            run: cost['measurement']['memory_method']
            for run, cost in costs.items()},
    }
    parts = [f'{words}: {grouped(values)}' for words, values in facts.items()]
    return f'Costs of an inference in float32: {"; ".join(parts)}.'


def seed_note(model: str, results: Sequence[EvaluationResult]) -> str:
    """State mean and standard deviation of metrics over two or more seeds.

    Examples:
        >>> seed_note('a', [EvaluationResult(dict(IoU=value))
        ...                 for value in (70, 72)])
        'a, mean +- standard deviation over 2 seeds: IoU 71.00 +- 1.41.'
    """
    parts = []
    for name in COMPARED:
        values = [result.metrics[name] for result in results
                  if name in result.metrics]
        if len(values) == len(results) and all(map(math.isfinite, values)):
            parts.append(
                f'{name} {format_metric(name, statistics.mean(values))} +- '
                f'{format_metric(name, statistics.stdev(values))}')
    return (f'{model}, mean +- standard deviation over {len(results)} seeds: '
            f'{", ".join(parts)}.')


def cross_table(results: Mapping[str, EvaluationResult],
                cells: Mapping[str, Mapping[str, str]],
                metric: str = 'IoU') -> str:
    """Return a metric of models (rows) on datasets (columns) as Markdown.

    Args:
        results (Mapping[str, EvaluationResult]): Results by run.
        cells (Mapping[str, Mapping[str, str]]): Run by model and dataset.
        metric (str): Name of the metric. Defaults to ``'IoU'``.

    Examples:
        >>> print(cross_table(dict(a=EvaluationResult(dict(IoU=50.))),
        ...                   dict(net=dict(A='a', B='b'))), end='')
        | IoU: trained / tested | A | B |
        |---|---|---|
        | net | 50.00 |  |
    """
    columns = list(dict.fromkeys(
        name for runs in cells.values() for name in runs))
    values = {run: format_metric(metric, result.metrics[metric])
              for run, result in results.items() if metric in result.metrics}
    rows = [[markdown_text(model), *(
        values.get(runs.get(name, ''), '') for name in columns)]
        for model, runs in cells.items()]
    lines = [[f'{metric}: trained / tested', *columns], *rows]
    text = [f'| {" | ".join(line)} |' for line in lines]
    text.insert(1, '|---' * (len(columns) + 1) + '|')
    return '\n'.join(text) + '\n'


def write_table(table: Table, folder: Path,
                metrics: Sequence[str] | None = None,
                failed: Mapping[str, str] | None = None) -> str:
    """Write tables and figures of a comparison.

    Files are ``benchmark.md``, ``.csv``, ``.tex`` and ``.json``, where
    ``.json`` has all metrics, ``iou_macs.png`` if a run has both, and
    ``curves/`` of the runs that have curves; those of an earlier comparison
    are removed.

    Args:
        table (Table): Runs.
        folder (Path): Created if missing.
        metrics (Sequence[str], optional): Metrics to show. Defaults to all.
        failed (Mapping[str, str], optional): Errors of jobs, for the JSON.
            Defaults to none.

    Returns:
        str: The Markdown table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows, columns, notes = table.rows, table.columns(metrics), table.notes()
    texts = {
        suffix: write(rows, columns, notes)
        for suffix, write in (('md', comparison_markdown),
                              ('csv', comparison_csv),
                              ('tex', comparison_latex))
    }
    texts['json'] = json.dumps(
        dict(table.as_dict(), failed=dict(failed or {})), indent=1,
        allow_nan=False) + '\n'
    for suffix, text in texts.items():
        (folder / f'benchmark.{suffix}').write_text(text, encoding='utf-8')
    points = {
        run: CostPoint(row.metrics['MACs'], row.metrics['Params'],
                       row.metrics['IoU'])
        for run, row in rows.items()
        if row.metrics.get('MACs', 0) > 0
        and math.isfinite(row.metrics.get('IoU', math.nan))
    }
    (folder / 'iou_macs.png').unlink(missing_ok=True)
    if points:
        write_figures({'iou_macs': draw_bubbles(points, WIDTHS[2])},
                      str(folder), ['png'])
    drawn = {run: result for run, result in table.results.items()
             if has_curves(result)}
    if drawn:
        write_curves(drawn, str(folder / 'curves'))
    else:
        remove_curves(str(folder / 'curves'))
    return texts['md']
