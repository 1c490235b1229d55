import csv
import json
import math
import re

import numpy as np
import pytest

from projects.dstransnet.evaluation import (
    DetectionCounts,
    EvaluationResult,
    ImageRecord,
    TargetLevelRecord,
    target_level_curve,
)
from projects.dstransnet.evaluation.functional.difficulty import (
    DifficultyBin,
)
from projects.dstransnet.evaluation.report import evaluation_result
from projects.dstransnet.evaluation.report.evaluation_result import hash_names
from projects.dstransnet.utils.errors import InputError

RECORDS = [
    ImageRecord('b', 2, 1, 1, 7, 100 / 3, 0.5),
    ImageRecord('day/ünï, "目标"', 1, 0, 0, 0, 0.0, 0.5),
    ImageRecord('nothing', 0, 0, 0, 0, math.nan, 0.5),
]


def make_result() -> EvaluationResult:
    return EvaluationResult(
        metrics=dict(IoU=100 / 3, Pd=math.nan, Fa=1e-7, AUC=0.1 + 0.2),
        curves=dict(
            threshold=np.arange(3) / 3,
            Pd=np.array([100.0, math.nan, 100 / 7]),
            Fa=np.array([1e6, 2 / 3, 0.0])),
        intervals=dict(IoU=(100 / 7, 200 / 3), Pd=(math.nan, math.nan)),
        images=RECORDS,
        settings=dict(threshold=0.5, match='centroid', seed=np.int64(3)),
        num_pixels=3072,
        num_targets=3,
        target_curve=dict(
            threshold=np.array([0.9, 0.3]),
            Pd=np.array([100 / 3, 200 / 3]),
            FalseAlarmsPerImage=np.array([0.0, 1 / 3])),
        difficulty=[DifficultyBin('SCR', -math.inf, 2.0, 3, dict(Pd=1),
                                  math.nan)],
        warnings=['AUC is low'])


def no_constants(name: str) -> None:
    raise AssertionError(f'{name} is no JSON')


def strictly(text: str):
    return json.loads(text, parse_constant=no_constants)


# There and back


@pytest.mark.parametrize('by_folder', [True, False])
def test_what_is_written_is_read(tmp_path, by_folder):
    """Every digit of every number; the records stay in their own files."""
    result = make_result()
    folder = tmp_path / 'new' / 'folder'
    result.write(str(folder))
    found = EvaluationResult.read(
        str(folder if by_folder else folder / 'result.json'))
    np.testing.assert_equal(found.metrics, result.metrics)
    assert list(found.metrics) == list(result.metrics)
    np.testing.assert_equal(found.curves, result.curves)
    assert all(type(values) is np.ndarray and values.dtype == np.float64
               for values in found.curves.values())
    np.testing.assert_equal(found.intervals, result.intervals)
    assert all(type(ends) is tuple for ends in found.intervals.values())
    assert found.settings == result.settings
    assert found.images == []
    assert found.num_images == result.num_images == 3
    assert (found.num_pixels, found.num_targets) == (3072, 3)
    assert found.images_hash == result.images_hash
    np.testing.assert_equal(found.target_curve, result.target_curve)
    assert found.summary() == result.summary()


def test_counts_of_images_are_read_back(tmp_path):
    counts = {'a': DetectionCounts(9, 1, 2, 3), 'b': DetectionCounts(4)}
    EvaluationResult({}, image_counts=counts).write(str(tmp_path))
    assert EvaluationResult.read(str(tmp_path)).image_counts == counts


def test_contents_of_the_file(tmp_path):
    make_result().write(str(tmp_path))
    text = (tmp_path / 'result.json').read_text(encoding='utf-8')
    assert strictly(text) == dict(
        format='irstd-evaluation-1',
        num_images=3,
        num_pixels=3072,
        num_targets=3,
        images_hash=hash_names(record.name for record in RECORDS),
        settings=dict(threshold=0.5, match='centroid', seed=3),
        metrics=dict(IoU=100 / 3, Pd=None, Fa=1e-7, AUC=0.1 + 0.2),
        intervals_95=dict(IoU=[100 / 7, 200 / 3], Pd=[None, None]),
        units=dict(IoU='%', Pd='%', Fa='1e-6', AUC=''),
        warnings=['AUC is low'],
        difficulty=[dict(by='SCR', low=None, high=2, targets=3,
                         detected=dict(Pd=1), seg_IoU=None)],
        curves=dict(
            threshold=[0, 1 / 3, 2 / 3],
            Pd=[100, None, 100 / 7],
            Fa=[1e6, 2 / 3, 0]),
        target_curve=dict(
            threshold=[0.9, 0.3],
            Pd=[100 / 3, 200 / 3],
            FalseAlarmsPerImage=[0, 1 / 3]),
        image_counts={})
    assert text.endswith('}\n')
    assert make_result().summary() == strictly(text)


def test_files_from_before_are_read(tmp_path):
    """Without what tells images apart, and without the target curve."""
    new = ('num_images', 'num_pixels', 'num_targets', 'images_hash',
           'target_curve', 'difficulty', 'warnings')
    (tmp_path / 'result.json').write_text(
        damaged(**dict.fromkeys(new, 'left out')))
    found = EvaluationResult.read(str(tmp_path))
    assert found.metrics['IoU'] == 100 / 3
    assert found.num_images == 0
    assert found.num_pixels is found.num_targets is found.images_hash is None
    assert found.target_curve == {} and found.warnings == []


def test_files_have_the_corners_of_the_target_curve(tmp_path):
    record = TargetLevelRecord(
        2, np.linspace(1, 0, 1000), np.arange(1000) % 500 == 9)
    result = EvaluationResult({}, target_curve=target_level_curve([record]))
    result.write(str(tmp_path))
    found = EvaluationResult.read(str(tmp_path))
    assert len(result.target_curve['Pd']) == 1000
    np.testing.assert_array_equal(found.target_curve['Pd'],
                                  [0, 0, 50, 50, 100, 100])
    np.testing.assert_array_equal(found.target_curve['FalseAlarmsPerImage'],
                                  [1, 9, 9, 508, 508, 998])
    # Written again, nothing more is lost.
    assert found.summary() == result.summary()


def test_hash_of_images():
    """It depends on their names, not on their order."""
    images = EvaluationResult({}, images=RECORDS).images_hash
    assert re.fullmatch('[0-9a-f]{16}', images)
    assert EvaluationResult({}, images=RECORDS[::-1]).images_hash == images
    assert EvaluationResult({}, images=RECORDS[:2]).images_hash != images
    assert EvaluationResult({}).images_hash is None
    assert EvaluationResult(
        {}, images=RECORDS, images_hash='0').images_hash == '0'
    assert hash_names(['a', 'bc']) != hash_names(['ab', 'c'])
    assert hash_names('ab') == '59b271ae1bbcb1d3'


def test_records_as_json_and_csv(tmp_path):
    make_result().write(str(tmp_path))
    rows = strictly((tmp_path / 'per_image.json').read_text('utf-8'))
    with open(tmp_path / 'per_image.csv', encoding='utf-8',
              newline='') as file:
        lines = list(csv.DictReader(file))
    assert rows[2]['IoU'] is None
    assert lines[2]['IoU'] == ''
    assert [row['name'] for row in rows] == [
        row['name'] for row in lines
    ] == [record.name for record in RECORDS]
    for record, row, line in zip(RECORDS[:2], rows, lines):
        assert row == vars(record)
        assert {key: str(value) for key, value in row.items()} == line


def test_names_that_are_no_unicode(tmp_path):
    """Linux has file names of any bytes."""
    name = b'caf\xe9'.decode('utf-8', 'surrogateescape')
    EvaluationResult({}, images=[
        ImageRecord(name, 0, 0, 0, 0, 0.0, 0.5)]).write(str(tmp_path))
    assert b'\ncaf\xe9,0' in (tmp_path / 'per_image.csv').read_bytes()
    rows = strictly((tmp_path / 'per_image.json').read_text('utf-8'))
    assert rows[0]['name'] == name


# Files that are no results


def damaged(**change) -> str:
    data = dict(make_result().summary(), **change)
    return json.dumps({key: value for key, value in data.items()
                       if value != 'left out'})


@pytest.mark.parametrize('text, message', [
    ('', 'cannot be read as a result'),
    ('[1, 2]', 'expected a result.json with "format": "irstd-evaluation-1"'),
    (damaged(format='irstd-evaluation-9'), 'expected a result.json with'),
    (damaged(metrics='left out'), "damaged (KeyError: 'metrics')"),
    (damaged(metrics=dict(IoU=10**400)), 'damaged (OverflowError'),
    (damaged(curves=dict(threshold=0.5)), 'damaged (TypeError'),
    (damaged(curves=dict(threshold=[0, 1], Pd=[1, 2, 3])),
     'damaged (curves of lengths [2, 3])'),
    (damaged(target_curve=dict(Pd=[1])),
     'damaged (target_curve lacks threshold, FalseAlarmsPerImage)'),
])
def test_damaged_files_are_named(tmp_path, text, message):
    path = tmp_path / 'result.json'
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as error:
        EvaluationResult.read(str(path))
    assert str(error.value).startswith(f'{path}: {message}')


def test_result_json_tells_that_all_is_there(tmp_path, monkeypatch):
    make_result().write(str(tmp_path))
    assert not [path for path in tmp_path.iterdir() if path.name[0] == '.']

    def fail(records):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(evaluation_result, 'records_to_csv', fail)
    with pytest.raises(OSError, match='No space'):
        make_result().write(str(tmp_path))
    assert not (tmp_path / 'result.json').exists()
