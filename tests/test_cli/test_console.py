"""One line a step on the console, everything in the log file."""
import io
import logging
from types import SimpleNamespace

import pytest

from projects.dstransnet.cli.console import quiet, short_line

TRAIN = ('Epoch(train)  [1][ 3/85]  lr: 1.0000e-04  eta: 0:00:03  '
         'time: 1.3300  data_time: 0.0484  loss: 9.9940  '
         'decode.loss_bce_side4: 1.2007')


@pytest.fixture
def log(tmp_path):
    """A logger as a runner makes it, with what it left behind."""
    logger, console = logging.Logger('run'), io.StringIO()
    logger.addHandler(logging.StreamHandler(console))
    logger.addHandler(logging.FileHandler(tmp_path / 'run.log'))

    class Plain:
        def build_logger(self, level, log_file=None):
            return logger

    made = quiet(Plain)().build_logger('INFO', log_file='run.log')
    yield SimpleNamespace(
        info=made.info, warning=made.warning,
        console=console.getvalue,
        file=(tmp_path / 'run.log').read_text)
    logger.handlers[1].close()


def test_steps_and_warnings_alone(log):
    lines = ['Config:\nmodel = 1', 'Hooks will be executed', TRAIN,
             'resumed epoch: 1, iter: 3']
    for line in lines:
        log.info(line)
    log.warning('"FileClient" will be deprecated in future')
    log.warning('Precision undefined')
    assert log.console() == (
        'Epoch(train)  [1][ 3/85]  lr: 1.0000e-04  eta: 0:00:03  '
        'loss: 9.9940\nresumed epoch: 1, iter: 3\n'
        'warning: Precision undefined\n')
    assert all(line in log.file() for line in [*lines, 'FileClient'])


@pytest.mark.parametrize(('line', 'short'), [
    ('Epoch(val) [2][3/3]    irstd/IoU: 61.2  irstd/nIoU: 60.1  irstd/Fa_'
     'pixel: 3.0  irstd/Fa: 4.5  data_time: 0.01  time: 0.02',
     'Epoch(val) [2][3/3]  IoU: 61.2  nIoU: 60.1  Fa: 4.5'),
    ('Epoch(test) [10/86]    eta: 0:00:02  time: 0.03  data_time: 0.00',
     'Epoch(test) [10/86]  eta: 0:00:02'),
    ('Iter(val) [4/4]    mine/score: 0.5  mine/odd: 1',
     'Iter(val) [4/4]  score: 0.5  odd: 1'),  # of other metrics, all
    ('Exp name: tiny', 'Exp name: tiny'),
])
def test_short_lines(line, short):
    assert short_line(line) == short
