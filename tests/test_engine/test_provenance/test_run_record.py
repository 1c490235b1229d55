"""The record of a work folder."""
import json
from pathlib import Path

import pytest

from projects.dstransnet.engine.provenance import (
    Fingerprint,
    append_run,
    finish_run,
    read_runs,
)

TRAIN = Fingerprint('SIRSTDataset', 'train.txt', 1, 15, '10 i 5 m a')
TEST = Fingerprint('SIRSTDataset', 'test.txt', 1, 15, '10 i 5 m b')
DATA = dict(train=[TRAIN], val=[TEST], test=[TEST])


def test_runs_are_appended_and_data_sets_written_once(tmp_path):
    path = tmp_path / 'run' / 'record.json'
    append_run(path, dict(seed=1, started='then',
                          config=dict(folder=Path('x'))), DATA)
    finish_run(path, 'then', dict(finished='now'))
    append_run(path, dict(seed=2), dict(train=[TRAIN]))
    record = read_runs(path)
    assert record['runs'] == [
        dict(seed=1, started='then', config=dict(folder='x'), finished='now',
             data=dict(train=[TRAIN.digest], val=[TEST.digest],
                       test=[TEST.digest])),
        dict(seed=2, data=dict(train=[TRAIN.digest]))
    ]
    assert {digest: Fingerprint.from_dict(each)
            for digest, each in record['data_sets'].items()} == {
                TRAIN.digest: TRAIN, TEST.digest: TEST}


@pytest.mark.parametrize('text', [
    '', '{"runs": [', '[]', '{"runs": 1}', '[' * 200_000])
def test_what_is_no_record_is_kept_aside(tmp_path, text):
    path = tmp_path / 'record.json'
    path.write_text(text)
    with pytest.raises(ValueError):
        read_runs(path)
    append_run(path, dict(seed=1), DATA)
    assert len(json.loads(path.read_text())['runs']) == 1
    (aside, ) = tmp_path.glob('record.json.*.unreadable')
    assert aside.read_text() == text


def test_a_record_that_is_not_there_is_empty(tmp_path):
    assert read_runs(tmp_path / 'none') == dict(runs=[], data_sets={})


@pytest.mark.parametrize('content', [
    None, 'no JSON', '{"runs": [], "data_sets": {}}',
    '{"runs": [1], "data_sets": {}}',
    '{"runs": [{"started": "later"}], "data_sets": {}}'])
def test_a_record_that_is_gone_does_not_end_a_finished_run(
        tmp_path, content, monkeypatch):
    path, logged = tmp_path / 'record.json', []
    monkeypatch.setattr('projects.dstransnet.engine.provenance.run_record.print_log',
                        lambda text, logger: logged.append(text))
    if content is not None:
        path.write_text(content)
    finish_run(path, 'then', dict(finished='now'))
    assert str(path) in logged[0] and "{'finished': 'now'}" in logged[0]
    assert content == (path.read_text() if path.exists() else None)
