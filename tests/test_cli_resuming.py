"""projects/dstransnet/cli/resuming.py; whole runs: test_tools/test_resume."""
import errno
import logging
import os
import signal
import threading
from types import SimpleNamespace

import pytest
import torch
from forked_ranks import group, on_ranks
from mmengine.config import Config
from mmengine.hooks import CheckpointHook

from projects.dstransnet import cli
from projects.dstransnet.errors import InputError

ADDED = [dict(type='RandomStateHook'), dict(type='ValidationStateHook')]


def test_mmengines_checkpoint_hook_is_replaced():
    cfg = Config(
        dict(
            default_hooks=dict(
                timer=dict(type='IterTimerHook'),
                checkpoint=dict(type='CheckpointHook', interval=7)),
            custom_hooks=[dict(type=CheckpointHook, interval=3)]))
    cli.make_resumable(cfg)
    assert cfg.default_hooks == dict(
        timer=dict(type='IterTimerHook'),
        checkpoint=dict(type='IRSTDCheckpointHook', interval=7))
    assert cfg.custom_hooks == [
        dict(type='IRSTDCheckpointHook', interval=3), *ADDED
    ]


@pytest.mark.parametrize(('before', 'after'), [
    ({}, dict(type='IRSTDCheckpointHook', interval=1)),
    (dict(default_hooks=dict(checkpoint=None)), None),
    (dict(default_hooks=dict(checkpoint=dict(type='OwnHook'))),
     dict(type='OwnHook')),
])
def test_what_a_config_says_stays(before, after):
    cfg = Config(dict(before, custom_hooks=None))
    for _ in range(2):
        cli.make_resumable(cfg)
    assert cfg.default_hooks.checkpoint == after
    assert cfg.custom_hooks == ADDED


def test_hooks_that_are_objects_stay():
    own = CheckpointHook(interval=1)
    cfg = SimpleNamespace(custom_hooks=[own], default_hooks={})
    cfg.setdefault = lambda key, value: getattr(cfg, key)
    cfg.get = lambda key: getattr(cfg, key)
    cli.make_resumable(cfg)
    assert cfg.custom_hooks == [own, *ADDED]


def test_resuming_before_the_first_save_starts_as_the_first_time(tmp_path):
    cfg = Config(dict(work_dir=str(tmp_path), load_from='pretrained.pth'))
    assert cli.resume_newest(cfg) is None
    assert cfg.load_from == 'pretrained.pth' and not cfg.resume


def test_resuming_from_the_newest(tmp_path, capsys):
    cfg = Config(dict(work_dir=str(tmp_path), load_from='pretrained.pth'))
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(dict(meta={}, state_dict={}, message_hub={}), path)
    (tmp_path / 'epoch_2.pth').write_text('damaged')
    os.utime(path, (1e9, 1e9))
    assert cli.resume_newest(cfg) == cfg.load_from == path
    assert cfg.resume
    assert capsys.readouterr().err.startswith(
        f'warning: {tmp_path / "epoch_2.pth"} cannot be resumed from')


@group
def _found(paths) -> str | None:
    try:
        cli.check_same_checkpoint(paths[torch.distributed.get_rank()])
    except InputError as error:
        return str(error)


def test_all_processes_have_to_find_the_same():
    """One machine has the work folder, the other has one of its own."""
    cli.check_same_checkpoint('run/epoch_1.pth')
    assert on_ranks(2, _found, ['run/epoch_1.pth'] * 2) == [None, None]
    first, second = on_ranks(2, _found, ['run/epoch_1.pth', None])
    assert first == second
    assert 'run/epoch_1.pth, None; all machines need the same work' in first


@pytest.mark.parametrize('name', ['SIGTERM', 'SIGINT'])
def test_a_signal_is_one_line(tmp_path, capsys, name):
    number = signal.Signals[name]
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as stopped, \
            cli.interruptible(str(tmp_path)):
        os.kill(os.getpid(), number)
    assert stopped.value.code == 128 + number
    assert capsys.readouterr().err == (
        f'stopped by {name}; no checkpoint was saved yet, --resume starts '
        'from scratch\n')
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_interrupt_that_became_another_error(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped, \
            cli.interruptible(str(tmp_path)):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException as error:
            raise SyntaxError('Failed to format the config file') from error
    assert stopped.value.code == 128 + signal.SIGINT
    assert capsys.readouterr().err.startswith('stopped by SIGINT; ')


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with cli.interruptible(str(tmp_path)):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_processes_than_the_main_one_say_nothing(
        tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('projects.dstransnet.cli.resuming.is_main_process',
                        lambda: False)
    with pytest.raises(SystemExit), cli.interruptible(str(tmp_path)):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ''


def test_a_full_disk_names_the_file_or_the_folder(tmp_path):
    (tmp_path / 'epoch_4.pth').write_text('')
    (tmp_path / 'last_checkpoint').write_text('epoch_4.pth')
    for name in ('scalars.json', None):
        with pytest.raises(InputError) as caught, \
                cli.interruptible(str(tmp_path)):
            raise OSError(errno.ENOSPC, 'No space left on device', name)
        assert str(caught.value) == (
            f'{name or tmp_path}: cannot be written (No space left on '
            f'device); --resume continues from {tmp_path / "epoch_4.pth"}')


@pytest.mark.skipif(not os.path.exists('/dev/full'), reason='no /dev/full')
def test_a_log_on_a_full_disk_prints_no_traceback(tmp_path, capsys):
    logger = logging.Logger('full')
    logger.addHandler(logging.FileHandler('/dev/full'))
    with cli.interruptible(str(tmp_path)):
        logger.warning('lost')
    assert capsys.readouterr().err == ''
    logger.warning('lost')
    assert 'No space left' in capsys.readouterr().err


def test_other_errors_pass(tmp_path):
    with pytest.raises(OSError, match='as it was'), \
            cli.interruptible(str(tmp_path)):
        raise OSError(errno.EIO, 'as it was')


def test_outside_of_the_main_thread(tmp_path):
    seen = []

    def run() -> None:
        with cli.interruptible(str(tmp_path)):
            seen.append('ran')

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == ['ran']
