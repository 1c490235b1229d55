"""Loss and validations of a training, by epoch."""
from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...utils.errors import InputError

TrainingLog = dict[int, dict[str, float]]
"""Epoch, counted from 1, to ``lr`` and ``loss`` (means of what the logger
wrote in it) and, if it ended in a validation, the metrics."""

SCALARS = '*/vis_data/scalars.json'
TRAINED = ('lr', 'loss')
TIMES = ('time', 'data_time')


def read_training_log(path: str | Path, run: str = '') -> TrainingLog:
    """Read what MMEngine's logger, or :func:`training_log_csv`, wrote.

    If a training was interrupted and resumed, or was started again, the
    epochs of the later run replace those of the earlier one. The prefix of
    metrics is dropped where all have the same.

    Args:
        path (str | Path): Work folder of a training, or a CSV file.
        run (str): ``experiment_name`` of a checkpoint in this folder. Runs
            after the one that wrote it are left out. Defaults to '', all.

    Raises:
        InputError: If there is no log, it is damaged, or the training counts
            iterations.
    """
    path = Path(path)
    if not path.is_dir():
        return _read_csv(path)
    files = sorted(path.glob(SCALARS))
    if not files:
        raise InputError(f'{path}: expected the work folder of a training, '
                         f'found no {SCALARS} in it')
    # Runs are named by the time of their start, experiments end with it.
    names = [file.parts[-3] for file in files]
    last = [n for n, name in enumerate(names) if run.endswith(name)]
    files = files[:last[0] + 1] if last else files
    trained: dict[int, list[dict[str, Any]]] = {}
    validated: dict[int, dict[str, float]] = {}
    for file in files:
        epoch = None
        for line in _scalars(file):
            if 'iter' in line:
                if 'epoch' not in line:
                    raise _counts_iterations(file)
                if epoch is None:  # this run replaces what it does again
                    first = line['epoch']
                    trained = {n: old for n, old in trained.items()
                               if n < first}
                    validated = {n: old for n, old in validated.items()
                                 if n < first}
                epoch = line['epoch']
                trained.setdefault(epoch, []).append(line)
            elif 'data_time' in line:  # a validation; its step is the epoch
                if line['step'] < 1 or epoch not in (None, line['step']):
                    raise _counts_iterations(file)
                validated[line['step']] = {
                    name: value for name, value in line.items()
                    if name not in ('step', *TIMES)}
    if not trained:
        raise InputError(f'{path}: no training in {files[-1]}')
    shared = {name.partition('/')[0] for metrics in validated.values()
              for name in metrics}
    prefix = f'{shared.pop()}/' if len(shared) == 1 else ''
    log: TrainingLog = {}
    for epoch in sorted({*trained, *validated}):
        lines = trained.get(epoch, [])
        log[epoch] = {
            name: sum(line[name] for line in lines) / len(lines)
            for name in TRAINED
            if lines and all(name in line for line in lines)}
        log[epoch].update({
            name.removeprefix(prefix): value
            for name, value in validated.get(epoch, {}).items()})
    return log


def training_log_csv(log: TrainingLog) -> str:
    """Return a log as CSV: one line for each epoch, values of six digits.

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


def _counts_iterations(file: Path) -> InputError:
    return InputError(f'{file}: expected a training by epochs, this one '
                      'counts iterations')


def _scalars(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a log; a kill may have cut off the last one."""
    try:
        lines = file.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'{file}: cannot read it ({error})') from error
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
        except ValueError:
            if number == len(lines):
                return
            raise InputError(
                f'{file}: line {number} is not JSON: {text[:60]}') from None
        if not isinstance(line, dict) or 'step' not in line:
            raise InputError(f'{file}: line {number}: expected values with '
                             f'their step, got {text[:60]}')
        yield line


def _read_csv(path: Path) -> TrainingLog:
    try:
        with path.open(newline='', encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        log = {
            int(row.pop('epoch')): {
                name: float(value) for name, value in row.items() if value}
            for row in rows}
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f'{path}: cannot read it ({error})') from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise InputError(
            f'{path}: expected a CSV file of numbers with a column "epoch", '
            f'or a work folder ({error})') from error
    if not log:
        raise InputError(f'{path}: no epoch in it')
    return log
