"""File of run records in a work folder."""
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
    """Read a record of runs; the JSON file need not exist.

    Returns:
        dict: ``runs``, oldest first, and ``data_sets``, their fingerprints as
        plain data by digest.

    Raises:
        ValueError: If the file is not a record of runs.
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
    """Return the digests by split, and the fingerprints by digest.

    A dataset that serves two splits is listed once.
    """
    digests = {split: [each.digest for each in found]
               for split, found in data.items()}
    sets = {each.digest: each.to_dict()
            for found in data.values() for each in found}
    return digests, sets


def append_run(path: str | Path, run: Mapping[str, Any],
               data: Mapping[str, Sequence[Fingerprint]]) -> None:
    """Add a run to the records of a folder; an unreadable file is renamed.

    Args:
        path (str | Path): JSON file.
        run (Mapping): The record; values that JSON lacks become text.
        data (Mapping[str, Sequence[Fingerprint]]): Datasets of each split.
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
    """Add values to the last run of a record, which ``started`` identifies.

    If the file is gone, or ends with another run, it is left alone and the
    log says so.
    """
    try:
        record = read_runs(path)
        last = record['runs'][-1]
        if last.get('started') != started:
            raise LookupError('its last run is another one')
        last.update(finished)
    except (ValueError, LookupError, AttributeError) as error:
        print_log(f'{path} is not the record of this run any more ({error}); '
                  f'not recorded: {finished}', logger='current')
        return
    _write(path, record)


def _write(path: str | Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, indent=1, default=str, ensure_ascii=False)
    AtomicLocalBackend().put_text(text + '\n', str(path))
