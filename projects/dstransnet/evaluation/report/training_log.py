"""Losses and validations of a training, by epoch."""
from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...utils.errors import InputError

TrainingLog = dict[int, dict[str, float]]
"""Epoch, counted from 1, to ``lr`` and ``loss`` (means of what was logged in
it) and, if it ended in a validation, the metrics."""

SCALARS = '*/vis_data/scalars.json'
TRAINED = ('lr', 'loss')


def read_training_log(path: str | Path) -> TrainingLog:
    """Read what MMEngine's logger, or :func:`training_log_csv`, wrote.

    Where a training was interrupted and resumed, or started again, the later
    run counts.

    Args:
        path (str | Path): Work folder of a training, or a CSV file.

    Raises:
        InputError: If there is no log, it is damaged, or it counts iterations
            alone.
    """
    path = Path(path)
    if not path.is_dir():
        return _read_csv(path)
    files = sorted(path.glob(SCALARS))
    if not files:
        raise InputError(f'{path}: expected the work folder of a training, '
                         f'found no {SCALARS} in it')
    lines: dict[int, list[dict[str, Any]]] = {}
    metrics: dict[int, dict[str, float]] = {}
    for file in files:
        started = False
        for line in _scalars(file):
            epoch = line.get('epoch')
            if 'loss' not in line:  # a validation; its step is the epoch
                metrics[line['step']] = {
                    name: value for name, value in line.items()
                    if name not in ('step', 'time', 'data_time')}
                continue
            if epoch is None:
                raise InputError(f'{file}: expected a training by epochs, '
                                 'this one counts iterations')
            if not started:  # forget what this run did anew
                lines = {n: old for n, old in lines.items() if n < epoch}
                metrics = {n: old for n, old in metrics.items() if n < epoch}
                started = True
            lines.setdefault(epoch, []).append(line)
    return {
        epoch: {
            **{name: sum(line[name] for line in found) / len(found)
               for name in TRAINED if all(name in line for line in found)},
            **_short(metrics.get(epoch, {}))}
        for epoch, found in sorted(lines.items())}


def training_log_csv(log: TrainingLog) -> str:
    """Return a log as CSV: a line an epoch, six digits a value.

    Examples:
        >>> print(training_log_csv({1: {'loss': 2.}, 2: {'IoU': 61.25}}))
        epoch,loss,IoU
        1,2,
        2,,61.25
        <BLANKLINE>
    """
    names = list(dict.fromkeys(
        name for values in log.values() for name in values))
    lines = [','.join(['epoch', *names])]
    for epoch, values in log.items():
        lines.append(','.join([str(epoch)] + [
            f'{values[name]:.6g}' if name in values else ''
            for name in names]))
    return '\n'.join(lines) + '\n'


def _scalars(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a log; the last may have been cut off by a kill."""
    lines = file.read_text(encoding='utf-8').splitlines()
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
        except ValueError:
            if number == len(lines):
                return
            raise InputError(
                f'{file}: line {number} is no JSON: {text[:60]}') from None
        if not isinstance(line, dict) or 'step' not in line:
            raise InputError(f'{file}: line {number}: expected values with '
                             f'their step, got {text[:60]}')
        yield line


def _short(metrics: dict[str, float]) -> dict[str, float]:
    """Drop the prefix of metrics where all have the same."""
    if len({name.partition('/')[0] for name in metrics}) > 1:
        return metrics
    return {name.rpartition('/')[-1]: value
            for name, value in metrics.items()}


def _read_csv(path: Path) -> TrainingLog:
    try:
        with path.open(newline='', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        return {
            int(row.pop('epoch')): {
                name: float(value) for name, value in row.items() if value}
            for row in rows}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'{path}: cannot read it ({error})') from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f'{path}: expected a CSV file of numbers with a column "epoch", '
            f'or a work folder ({error})') from error
