"""Which files the hook deletes, and which never; kills: test_resume.py."""
import shutil

import pytest
from forked_training import assert_same_end, train
from mmengine.hooks import CheckpointHook
from toy_training import CONFIG, write_config

from projects.dstransnet.checkpoint import read_checkpoint
from projects.dstransnet.hooks import IRSTDCheckpointHook

ATOMIC = dict(backend='atomic_local')
LONGER = ('--resume', '--cfg-options', 'train_cfg.max_epochs=4')


@pytest.fixture(scope='module')
def finished(tmp_path_factory):
    """Config and folder of a run of three epochs."""
    folder = tmp_path_factory.mktemp('finished')
    config = write_config(folder)
    assert train(config, folder / 'run').returncode == 0
    return config, folder / 'run'


def files(folder) -> dict:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir() if path.is_file()
    }


def names(folder, pattern='*.pth') -> list:
    return sorted(path.name for path in folder.glob(pattern))


@pytest.mark.parametrize(('arguments', 'backend_args'), [
    (dict(), ATOMIC),
    (dict(out_dir='runs'), ATOMIC),
    (dict(out_dir='s3://bucket/runs'), None),
    (dict(backend_args=dict(backend='local')), dict(backend='local')),
])
def test_writes_are_atomic_unless_told_otherwise(arguments, backend_args):
    hook = IRSTDCheckpointHook(interval=3, **arguments)
    assert hook.backend_args == backend_args
    assert isinstance(hook, CheckpointHook) and hook.interval == 3


def test_a_copy_leaves_the_original_alone(finished, tmp_path):
    """Its checkpoints name best ones by the absolute paths of the other."""
    config, original = finished
    before = files(original)
    shutil.copytree(original, tmp_path / 'copy')
    resumed = train(config, tmp_path / 'copy', *LONGER)
    assert 'resumed epoch: 3' in resumed.stdout
    assert files(original) == before
    info = read_checkpoint(
        str(tmp_path / 'copy' / 'epoch_4.pth'))['message_hub']['runtime_info']
    for metric in ('score', 'odd'):
        (best, ) = (tmp_path / 'copy').glob(f'best_{metric}_*')
        assert info[f'best_ckpt_{metric}'] == str(best)


def test_resuming_into_another_folder_deletes_nothing_there(
        finished, tmp_path):
    config, original = finished
    before, folder = files(original), tmp_path / 'new'
    folder.mkdir()
    foreign = ['epoch_2.pth', 'epoch_3.pth', *names(original, 'best_*')]
    for name in foreign:
        (folder / name).write_text('of someone else')
    resumed = train(
        config, folder, '--cfg-options', 'train_cfg.max_epochs=4',
        'resume=True', f'load_from={original / "epoch_3.pth"}')
    assert 'resumed epoch: 3' in resumed.stdout
    assert files(original) == before
    for name in foreign:
        assert (folder / name).read_text() == 'of someone else'
    assert (folder / 'last_checkpoint').read_text() == 'epoch_4.pth'


def test_resume_of_a_config_takes_the_newest_readable_one(finished, tmp_path):
    """As with mmseg's own script, which leaves the choice to the runner."""
    config, original = finished
    shutil.copytree(original, tmp_path / 'run')
    (tmp_path / 'run' / 'epoch_9.pth').write_text('damaged')
    (tmp_path / 'run' / 'last_checkpoint').write_text('/gone/epoch_9.pth')
    option = ('--cfg-options', 'resume=True')
    resumed = train(config, tmp_path / 'run', *option)
    assert 'epoch_9.pth cannot be resumed from' in resumed.stdout
    assert 'resumed epoch: 3' in resumed.stdout
    started = train(config, tmp_path / 'fresh', *option)
    assert started.returncode == 0
    assert_same_end(tmp_path / 'fresh', original)


def test_fewer_are_kept_from_now_on(finished, tmp_path):
    keep = write_config(tmp_path, CONFIG.replace('max_keep_ckpts=1',
                                                 'max_keep_ckpts=3'))
    assert train(keep, tmp_path / 'run').returncode == 0
    assert names(tmp_path / 'run', 'epoch_*') == [
        f'epoch_{n}.pth' for n in (1, 2, 3)
    ]
    assert train(finished[0], tmp_path / 'run', *LONGER).returncode == 0
    assert names(tmp_path / 'run', 'epoch_*') == ['epoch_4.pth']


def test_leftovers_of_a_kill_are_removed(finished, tmp_path):
    folder = tmp_path / 'run'
    shutil.copytree(finished[1], folder)
    (folder / '.epoch_4.pth.4711.partial').write_text('half')
    assert train(finished[0], folder, '--resume').returncode == 0
    assert names(folder, '.*') == []


@pytest.mark.parametrize('best', ['score', 'auto'])
def test_one_best_metric(finished, tmp_path, best):
    one = write_config(
        tmp_path, CONFIG.replace("['score', 'odd']", repr(best)))
    assert train(one, tmp_path / 'run').returncode == 0
    metric = dict(score='score', auto='error')[best]
    (path, ) = (tmp_path / 'run').glob('best_*')
    assert path.name.startswith(f'best_{metric}_epoch_')
    assert train(one, tmp_path / 'run', *LONGER).returncode == 0
    assert len(names(tmp_path / 'run', 'best_*')) == 1


def test_checkpoints_of_mmengines_hook_are_continued(finished, tmp_path,
                                                     monkeypatch):
    from projects.dstransnet import cli
    with monkeypatch.context() as patch:
        patch.setattr(cli, 'make_resumable', lambda cfg: None)
        train(finished[0], tmp_path / 'run', '--cfg-options',
              'train_cfg.max_epochs=2')
    (tmp_path / 'run').rename(tmp_path / 'moved')
    resumed = train(finished[0], tmp_path / 'moved', '--resume')
    assert 'resumed epoch: 2' in resumed.stdout
    assert 'random states of 0 processes, this run has 1' in resumed.stdout
    assert names(tmp_path / 'moved', 'epoch_*') == ['epoch_3.pth']
    assert len(names(tmp_path / 'moved', 'best_*')) == 2
