"""The file in a work folder that records its runs."""
from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from ...utils.atomic_io import AtomicLocalBackend
from .fingerprint import Fingerprint


def read_runs(path: str | Path) -> dict[str, Any]:
    """Read a record of runs.

    Args:
        path (str | Path): JSON file of :func:`append_run`; need not exist.

    Returns:
        dict: ``runs``, oldest first, and ``data_sets``: the fingerprints that
        they name, as plain data by digest.

    Raises:
        ValueError: If the file is no such record.
    """
    path = Path(path)
    if not path.exists():
        return dict(runs=[], data_sets={})
    try:
        record = json.loads(path.read_text(encoding='utf-8'))
    except RecursionError as error:
        raise ValueError(f'{path}: nested too deep') from error
    if not isinstance(record, dict) or not isinstance(
            record.get('runs'), list) or not isinstance(
                record.get('data_sets'), dict):
        raise ValueError(f'{path}: expected a JSON object of runs and '
                         'data_sets')
    return record


def named_data(data: Mapping[str, Sequence[Fingerprint]]) -> tuple[
        dict[str, list[str]], dict[str, dict[str, Any]]]:
    """Return the digests of the data sets of each split, and what they are.

    Data sets that serve two splits are written once.
    """
    digests = {split: [each.digest for each in found]
               for split, found in data.items()}
    sets = {each.digest: each.to_dict()
            for found in data.values() for each in found}
    return digests, sets


def append_run(path: str | Path, run: Mapping[str, Any],
               data: Mapping[str, Sequence[Fingerprint]]) -> None:
    """Add a run to the record of a work folder; earlier ones stay.

    A file that cannot be read is kept under another name.

    Args:
        path (str | Path): JSON file.
        run (Mapping): What to record; what JSON does not know is written as
            text.
        data (Mapping[str, Sequence[Fingerprint]]): Data sets of each split.
    """
    try:
        record = read_runs(path)
    except ValueError as error:
        aside = f'{path}.{time.strftime("%Y%m%d_%H%M%S")}.unreadable'
        os.replace(path, aside)
        print_log(f'{path} is no record of runs ({error}); it is kept as '
                  f'{aside}', logger='current')
        record = read_runs(path)
    digests, sets = named_data(data)
    record['runs'].append({**run, 'data': digests})
    record['data_sets'].update(sets)
    _write(path, record)


def finish_run(path: str | Path, started: str,
               finished: Mapping[str, Any]) -> None:
    """Add to the last run of a record what is known at its end.

    A file that was removed since the run began, or has another run at its
    end, stays as it is, and the log says so.

    Args:
        path (str | Path): JSON file.
        started (str): What the run has noted under that name.
        finished (Mapping): What to add.
    """
    try:
        record = read_runs(path)
        last = record['runs'][-1]
        if last.get('started') != started:
            raise LookupError('its last run is another one')
        last.update(finished)
    except (ValueError, LookupError, AttributeError) as error:
        print_log(f'{path} is not the record of this run any more ({error}); '
                  f'not noted: {finished}', logger='current')
        return
    _write(path, record)


def _write(path: str | Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=1, default=str, ensure_ascii=False)
    AtomicLocalBackend().put_text(text + '\n', str(path))
