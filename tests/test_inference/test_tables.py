"""Tables that survive being killed."""
import csv
import json
import os

import numpy as np
import pytest

from projects.dstransnet.evaluation.external import read_detections
from projects.dstransnet.inference import Outcome, Prediction, Target
from projects.dstransnet.inference.files import Frame
from projects.dstransnet.inference.tables import ResultTables
from projects.dstransnet.utils.errors import InputError

ROW = Target(0.75, 1, 0, 3, 1, 0.0, 1.5, 2, 0.6)


def rows_of(path) -> list[dict[str, str]]:
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def filled(folder, **settings) -> ResultTables:
    tables = ResultTables(folder, settings=settings)
    tables.add(Outcome('a', 'in/a.png', (4, 5), (ROW, ROW)))
    tables.add(Outcome('b, "c"', 'in/b, "c".png', problem='empty, "0"'))
    tables.add(Outcome('d', 'in/d.png', (4, 5)))
    return tables


def test_what_is_written(tmp_path):
    filled(tmp_path, tile=32)
    images = rows_of(tmp_path / 'images.csv')
    assert images[0] == dict(image='a', path='in/a.png', height='4',
                             width='5', targets='2', problem='')
    assert images[1]['problem'] == 'empty, "0"' and images[1]['height'] == ''
    assert [row['image'] for row in images] == ['a', 'b, "c"', 'd']
    assert len(rows_of(tmp_path / 'targets.csv')) == 2
    assert json.loads((tmp_path / 'settings.json').read_text()) == dict(
        tile=32)
    assert not list(tmp_path.glob('.*'))  # nothing half written


def test_the_evaluation_reads_the_targets(tmp_path):
    scores = np.zeros((20, 30), np.float32)
    scores[3:5, 6:9], scores[12, 20] = 0.75, 0.625
    found = Prediction('a.png', scores, 0.5)
    tables = ResultTables(tmp_path)
    tables.add(Outcome('a', 'a.png', (20, 30), found.targets))
    read = read_detections(tmp_path / 'targets.csv', ['a'])['a']
    assert read.boxes.tolist() == [[3, 6, 5, 9], [12, 20, 13, 21]]
    assert read.scores.tolist() == [0.75, 0.625]
    row = rows_of(tmp_path / 'targets.csv')[0]
    assert (row['row'], row['column'], row['area']) == ('3.5', '7.0', '6')


def test_resuming(tmp_path):
    filled(tmp_path, size=(3, 4))
    tables = ResultTables(tmp_path, 'resume', dict(size=(3, 4)))
    assert tables.done == dict(a=2, d=0)  # what failed is tried again
    assert [row['image'] for row in rows_of(tmp_path / 'images.csv')] == [
        'a', 'd']
    tables.forget(['a'])
    assert tables.done == dict(d=0)
    assert rows_of(tmp_path / 'targets.csv') == []
    assert [row['image'] for row in rows_of(tmp_path / 'images.csv')] == ['d']


@pytest.mark.parametrize('table', ['images.csv', 'targets.csv'])
def test_resuming_after_being_killed(tmp_path, table):
    """Wherever the writing of an image's rows ends, nothing counts twice."""
    tables = filled(tmp_path)
    names = ('images.csv', 'targets.csv')
    before = {name: (tmp_path / name).read_bytes() for name in names}
    tables.add(Outcome('e', 'in/e.png', (4, 5), (ROW, ROW)))
    after = {name: (tmp_path / name).read_bytes() for name in names}
    for end in range(len(before[table]), len(after[table]) + 1):
        # The row of the image is written once all targets are.
        (tmp_path / 'images.csv').write_bytes(before['images.csv'])
        (tmp_path / 'targets.csv').write_bytes(after['targets.csv'])
        (tmp_path / table).write_bytes(after[table][:end])
        found = ResultTables(tmp_path, 'resume').done
        assert found.pop('e', 2) == 2
        assert found == dict(a=2, d=0)
        done = 'e' in ResultTables(tmp_path, 'resume').done
        kept = [row['image'] for row in rows_of(tmp_path / 'targets.csv')]
        assert kept == ['a', 'a'] + ['e'] * 2 * done
        # All but the line's end is a whole row.
        whole = table == 'images.csv' and end >= len(after[table]) - 1
        assert done == whole


def test_refusing_and_overwriting(tmp_path):
    filled(tmp_path)
    with pytest.raises(InputError, match='holds predictions already'):
        ResultTables(tmp_path)
    tables = ResultTables(tmp_path, 'overwrite', dict(tile=32))
    assert tables.done == {} and rows_of(tmp_path / 'images.csv') == []
    with pytest.raises(InputError, match="existing: expected one of .*'ask'"):
        ResultTables(tmp_path, 'ask')


def test_other_settings_do_not_resume(tmp_path):
    filled(tmp_path, tile=32)
    with pytest.raises(InputError, match='other settings: tile was 32, is 64'):
        ResultTables(tmp_path, 'resume', dict(tile=64))
    (tmp_path / 'settings.json').write_text('{')
    with pytest.raises(InputError, match='settings.json: cannot be read'):
        ResultTables(tmp_path, 'resume', dict(tile=32))


def test_other_files_of_the_same_names_do_not_resume(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tables = ResultTables('out')
    tables.add(Outcome('a', 'in/a.png', (4, 5)))
    tables.add(Outcome('t_page1', 'in/t.tif, page 1', (4, 5)))
    tables.add(Outcome('b', 'in/b.png', problem='empty'))
    for folder in ('in', tmp_path / 'in', 'in/../in', '/moved/in'):
        same = dict(a=Frame(f'{folder}/a.png'), b=Frame('other/b.png'),
                    t_page1=Frame(f'{folder}/t.tif', 1))
        assert len(ResultTables('out', 'resume', images=same).done) == 2
    for name, frame in (('a', Frame('other/a.png')),
                        ('t_page1', Frame('in/t.tif', 2)),
                        ('t_page1', Frame('in/t_page1.png'))):
        with pytest.raises(InputError, match=(
                f'out: .* of other files: {name} was in/.*, is {frame}; ')):
            ResultTables('out', 'resume', images={name: frame})


def test_names_of_any_bytes(tmp_path):
    name = os.fsdecode(b'b\xff')
    tables = ResultTables(tmp_path)
    tables.add(Outcome(name, f'{name}.png', (4, 5), (ROW, )))
    tables.export()
    tables = ResultTables(tmp_path, 'resume',
                          images={name: Frame(f'{name}.png')})
    assert tables.done == {name: 1} and tables.targets() == {name: [ROW]}


def test_tables_of_others(tmp_path):
    filled(tmp_path)
    (tmp_path / 'images.csv').write_text('name,score\na,1\n')
    with pytest.raises(InputError, match='images.csv: expected the columns'):
        ResultTables(tmp_path, 'resume')


