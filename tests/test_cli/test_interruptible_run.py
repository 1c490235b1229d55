"""Interruptible and resumable runs; whole ones: test_workflows/test_resume."""
import errno
import logging
import os
import signal
import threading
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import CheckpointHook

from projects.dstransnet import cli
from projects.dstransnet.utils.errors import InputError

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


@pytest.mark.parametrize('name', ['mmengine.CheckpointHook',
                                  'mmengine.hooks.CheckpointHook'])
def test_hooks_named_with_a_scope(name):
    named = [dict(type='mmseg.RandomStateHook')]
    cfg = Config(dict(
        default_hooks=dict(checkpoint=dict(type=name, interval=7)),
        custom_hooks=named))
    cli.make_resumable(cfg)
    assert cfg.default_hooks.checkpoint == dict(
        type='IRSTDCheckpointHook', interval=7)
    assert cfg.custom_hooks == [*named, ADDED[1]]


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
    torch.save(dict(meta=dict(epoch=1, iter=9), state_dict={},
                    message_hub={}), path)
    (tmp_path / 'epoch_2.pth').write_text('damaged')
    os.utime(path, (1e9, 1e9))
    assert cli.resume_newest(cfg) == cfg.load_from == path
    assert cfg.resume
    assert capsys.readouterr().err.startswith(
        f'warning: {tmp_path / "epoch_2.pth"} cannot be resumed from')


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


def test_a_second_signal_does_not_cut_off_the_line(
        tmp_path, capsys, monkeypatch):
    """torchrun sends one to its processes, which the terminal did before."""
    def is_main_process() -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return True

    monkeypatch.setattr('projects.dstransnet.cli.interruptible_run.is_main_process',
                        is_main_process)
    with pytest.raises(SystemExit) as stopped, \
            cli.interruptible(str(tmp_path)):
        os.kill(os.getpid(), signal.SIGINT)
    assert stopped.value.code == 128 + signal.SIGINT
    assert capsys.readouterr().err.startswith('stopped by SIGINT; ')


def test_a_checkpoint_that_is_not_noted_yet_is_continued_from(
        tmp_path, capsys):
    (tmp_path / 'epoch_1.pth').write_text('complete')
    with pytest.raises(SystemExit), cli.interruptible(str(tmp_path)):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == (
        'stopped by SIGINT; --resume continues from '
        f'{tmp_path / "epoch_1.pth"}\n')


def test_a_folder_that_cannot_be_read_says_nothing_wrong(
        tmp_path, capsys, monkeypatch):
    def refuse(path: str):
        raise PermissionError(errno.EACCES, 'Permission denied', path)

    monkeypatch.setattr(os, 'scandir', refuse)
    with pytest.raises(SystemExit), cli.interruptible(str(tmp_path)):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == (
        'stopped by SIGINT; --resume continues from the newest checkpoint\n')


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
    monkeypatch.setattr('projects.dstransnet.cli.interruptible_run.is_main_process',
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


@pytest.mark.parametrize('number', [errno.EACCES, errno.EPERM])
def test_a_folder_without_permission_says_how_to_go_on(tmp_path, number):
    (tmp_path / 'epoch_4.pth').write_text('')
    path = tmp_path / 'last_checkpoint'
    path.write_text('epoch_4.pth')
    with pytest.raises(InputError) as caught, \
            cli.interruptible(str(tmp_path)):
        raise OSError(number, os.strerror(number), str(path))
    assert str(caught.value) == (
        f'{path}: {os.strerror(number)}; --resume continues from '
        f'{tmp_path / "epoch_4.pth"}')


@pytest.mark.parametrize(('number', 'path'), [
    (errno.EIO, None), (errno.EACCES, None), (errno.EPERM, '/elsewhere/a'),
    (errno.EACCES, 3)])
def test_other_errors_pass(tmp_path, number, path):
    with pytest.raises(OSError, match='as it was') as caught, \
            cli.interruptible(str(tmp_path)):
        raise OSError(number, 'as it was', path)
    assert caught.value.errno == number


def test_outside_of_the_main_thread(tmp_path):
    seen = []

    def run() -> None:
        with cli.interruptible(str(tmp_path)):
            seen.append('ran')

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == ['ran']
