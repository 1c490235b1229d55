import json

import pytest

from projects.dstransnet.evaluation.report.training_log import (
    read_training_log,
    training_log_csv,
)
from projects.dstransnet.utils.errors import InputError


def write_log(folder, run, *lines):
    path = folder / run / 'vis_data/scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text('\n'.join(
        line if isinstance(line, str) else json.dumps(line)
        for line in lines))
    return path


def step(epoch, loss, **more):
    return dict(lr=0.5, loss=loss, time=1., data_time=1., epoch=epoch, iter=1,
                step=1, **more)


def validation(epoch, iou, **more):
    return {'irstd/IoU': iou, 'time': 1., 'data_time': 1., 'step': epoch,
            **more}


def test_means_of_an_epoch_and_its_validation(tmp_path):
    write_log(tmp_path, '1', step(1, 4.), step(1, 2.), step(2, 1., extra=9),
              validation(2, 61.25), dict(own=1., step=2))
    log = read_training_log(tmp_path)
    assert log == {1: dict(lr=0.5, loss=3.),
                   2: dict(lr=0.5, loss=1., IoU=61.25)}
    path = tmp_path / 'log.csv'
    path.write_text(training_log_csv(log))
    assert read_training_log(path) == log


@pytest.mark.parametrize(('other', 'names'), [
    ('other/IoU', ('irstd/IoU', 'other/IoU')),
    ('irstd/b/IoU', ('IoU', 'b/IoU'))])
def test_metrics_of_two_datasets_stay_apart(tmp_path, other, names):
    write_log(tmp_path, '1', step(1, 4.), validation(1, 10.), step(2, 4.),
              validation(2, 10., **{other: 20.}))
    log = read_training_log(tmp_path)
    assert log[2] == {'lr': 0.5, 'loss': 4., names[0]: 10., names[1]: 20.}
    assert log[1] == {'lr': 0.5, 'loss': 4., names[0]: 10.}


def test_a_resumed_run_may_validate_first(tmp_path):
    write_log(tmp_path, '1', validation(4, 50.), step(5, 1.))
    assert read_training_log(tmp_path) == {
        4: dict(IoU=50.), 5: dict(lr=0.5, loss=1.)}


def test_a_resumed_training_counts_once(tmp_path):
    write_log(tmp_path, '1', step(1, 4.), validation(1, 1.), step(2, 3.),
              validation(2, 2.), step(3, 9.))
    write_log(tmp_path, '2', step(2, 5.), validation(2, 7.))
    log = read_training_log(tmp_path)
    assert {n: (v['loss'], v['IoU']) for n, v in log.items()} == {
        1: (4., 1.), 2: (5., 7.)}


def test_a_new_start_forgets_the_one_before(tmp_path):
    write_log(tmp_path, '1', step(1, 4.), validation(1, 1.), step(2, 3.))
    write_log(tmp_path, '2', step(1, 5.))
    write_log(tmp_path, '3')  # ended before its first step
    assert read_training_log(tmp_path) == {1: dict(lr=0.5, loss=5.)}
    # A checkpoint that the first run wrote keeps the log of that run.
    assert read_training_log(tmp_path, 'name_1') == {
        1: dict(lr=0.5, loss=4., IoU=1.), 2: dict(lr=0.5, loss=3.)}


def test_a_last_line_that_a_kill_cut_off_is_left_out(tmp_path):
    write_log(tmp_path, '1', step(1, 4.), '{"lr": 0.')
    assert read_training_log(tmp_path) == {1: dict(lr=0.5, loss=4.)}


@pytest.mark.parametrize(('lines', 'message'), [
    (('{"lr": 0.', step(1, 4.)), 'line 1 is not JSON'),
    ((step(1, 4.), '[1]'), 'line 2: expected values with their step'),
    ((dict(loss=1., iter=3, step=3), ), 'this one counts iterations'),
    # Loops of iterations stay in epoch 1; a logger may count either.
    ((step(1, 4.), validation(0, 1.)), 'this one counts iterations'),
    ((step(1, 4.), validation(500, 1.)), 'this one counts iterations'),
    ((validation(1, 1.), ), 'no training in'),
])
def test_a_damaged_log_is_named(tmp_path, lines, message):
    path = write_log(tmp_path, '1', *lines)
    with pytest.raises(InputError, match=message) as error:
        read_training_log(tmp_path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(('text', 'message'), [
    ('a,b\n1,2\n', 'a column "epoch"'),
    ('epoch,loss\n1,high\n', 'a CSV file of numbers'),
    ('epoch,loss\n', 'no epoch in it'),
    (None, 'cannot read it'),
])
def test_another_file_is_named(tmp_path, text, message):
    path = tmp_path / 'log.csv'
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as error:
        read_training_log(path)
    assert str(path) in str(error.value)


def test_a_log_that_is_no_text_is_named(tmp_path):
    path = write_log(tmp_path, '1')
    path.write_bytes(b'\xff')
    with pytest.raises(InputError, match='cannot read it') as error:
        read_training_log(tmp_path)
    assert str(path) in str(error.value)


def test_a_folder_without_log_is_named(tmp_path):
    with pytest.raises(InputError, match='expected the work folder'):
        read_training_log(tmp_path)
