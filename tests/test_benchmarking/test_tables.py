import csv
import dataclasses
import json

import mmcv
import numpy as np
from helpers.benchmark_results import result as cost

from projects.dstransnet.benchmarking import Table, write_table
from projects.dstransnet.benchmarking.tables import (
    compare_with,
    cost_columns,
    cross_table,
)
from projects.dstransnet.evaluation import EvaluationProtocol, EvaluationResult


def evaluated(found: int, images: int = 12) -> EvaluationResult:
    """Return the result of a method that finds the first targets only."""
    mask = np.zeros((16, 16), np.float32)
    mask[4:6, 4:6] = 1
    protocol = EvaluationProtocol()
    return protocol.evaluate(
        [f'image {number}' for number in range(images)],
        [protocol.measure(mask * (number < found), mask)
         for number in range(images)])


COST = json.loads(json.dumps(cost().as_dict()))


def test_columns_and_rows():
    table = Table(dict(a=evaluated(12), b=evaluated(3)),
                  dict(b=COST, c=COST), reference='a')
    assert list(table.rows) == ['b', 'c', 'a']
    assert table.columns(['IoU', 'Fa']) == [
        'Params', 'MACs', 'Latency', 'Throughput', 'Memory', 'IoU', 'Fa',
        'p(IoU)', 'p(nIoU)', 'p(Pd)', 'p(Fa)']
    assert table.rows['c'].metrics == dict(
        Params=1e-4, MACs=1.0, Latency=2000.0, Throughput=0.5, Memory=1.0)
    assert table.rows['b'].metrics['p(Pd)'] < 0.01
    assert table.rows['b'].metrics['p(Fa)'] == 1
    assert 'p(Pd)' not in table.rows['a'].metrics
    assert Table({}, dict(c=COST)).columns(['IoU']) == [
        'Params', 'MACs', 'Latency', 'Throughput', 'Memory']


def test_unknown_macs_are_no_number():
    assert np.isnan(cost_columns(dict(COST, macs=None))['MACs'])
    assert cost_columns(None) == {}


def test_p_values_pair_images_by_name():
    one, two = evaluated(7), evaluated(5)
    expected = compare_with('one', dict(one=one, two=two))
    shuffled = dataclasses.replace(two, image_counts=dict(
        reversed(two.image_counts.items())))
    assert compare_with('one', dict(one=one, two=shuffled)) == expected
    # Other images and unknown counts have none.
    assert compare_with('one', dict(
        one=one, two=evaluated(5, 13), old=EvaluationResult(dict(IoU=3)))
    ) == {}


def test_notes_state_what_was_compared():
    old = EvaluationResult(dict(IoU=50.0))
    table = Table(dict(a0=evaluated(12), a1=evaluated(6), old=old),
                  dict(a0=COST), dict(a=['a0', 'a1']), reference='a0')
    protocol, costs, values, seeds = table.notes()
    assert 'images: 12 (a0, a1), 0 (old)' in protocol
    assert '1 x 32 x 32' in costs
    assert 'cpu, a processor, 2 threads' in costs
    assert 'against a0, 10000 draws; none for old' in values
    assert 'over 2 seeds: IoU 75.00 +- 35.36' in seeds
    assert Table({}, dict(a0=COST)).notes() == [costs]


def test_files(tmp_path):
    table = Table(dict(a=evaluated(12), b=evaluated(3)), dict(a=COST),
                  reference='a')
    text = write_table(table, tmp_path / 'out', ['IoU'],
                       {'c: train': 'diverged'})
    out = tmp_path / 'out'
    assert (out / 'benchmark.md').read_text() == text
    rows = list(csv.DictReader((out / 'benchmark.csv').open()))
    assert [row['run'] for row in rows] == ['a', 'b']
    assert float(rows[1]['IoU']) == 25
    note = table.notes()[0]
    assert all(note in row['notes'] for row in rows)
    for line in (text, (out / 'benchmark.tex').read_text()):
        assert 'Protocol: split: not stated; images: 12' in line
    data = json.loads((out / 'benchmark.json').read_text())
    assert data['failed'] == {'c: train': 'diverged'}
    assert data['runs']['b']['result']['metrics']['Pd'] == 25
    assert data['runs']['b']['cost'] is None
    assert data['runs']['a']['cost'] == COST
    assert data['runs']['b']['p_values']['Pd'] < 0.01
    for figure in ('iou_macs.png', 'curves/roc_target.png',
                   'curves/roc_pixel.png'):
        assert mmcv.imread(str(out / figure)).std() > 0
    # Figures of other runs do not stay.
    write_table(Table({}, dict(a=COST)), out)
    assert not (out / 'iou_macs.png').exists()
    assert not list(out.glob('curves/*'))


def test_models_on_datasets():
    results = dict(a=EvaluationResult(dict(IoU=50.)),
                   b=EvaluationResult(dict(seg_IoU=40.)))
    table = cross_table(results, {'net|*x*': dict(A='a', B='b', C='c')})
    assert table.splitlines()[-1] == r'| net\|\*x\* | 50.00 |  |  |'
