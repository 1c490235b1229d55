"""Which files the hook deletes, and which never; kills: test_resume.py."""
import logging
import shutil
from types import SimpleNamespace

import pytest
import torch
from helpers.forked_ranks import group, on_ranks
from helpers.forked_training import METRICS, assert_same_end, train
from helpers.toy_training import CONFIG, write_config
from mmengine.hooks import CheckpointHook

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.engine.hooks import IRSTDCheckpointHook
from projects.dstransnet.utils.errors import InputError

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


def test_another_folder_gets_a_best_checkpoint_of_its_own(finished, tmp_path):
    """Though no score there is better than that of the run before."""
    config, original = finished
    resumed = train(
        config, tmp_path / 'new', '--cfg-options', 'train_cfg.max_epochs=4',
        'resume=True', f'load_from={original / "epoch_3.pth"}',
        'default_hooks.checkpoint.rule=less')
    assert 'resumed epoch: 3' in resumed.stdout
    assert names(tmp_path / 'new', 'best_*') == [
        f'best_{metric}_epoch_4.pth' for metric in sorted(METRICS)]


def test_best_checkpoints_do_not_pile_up_before_the_first_save(tmp_path):
    config = write_config(tmp_path)
    assert train(config, tmp_path / 'run', '--cfg-options',
                 'default_hooks.checkpoint.interval=50').returncode == 0
    assert names(tmp_path / 'run', 'epoch_*') in ([], ['epoch_3.pth'])
    assert len(names(tmp_path / 'run', 'best_*')) == len(METRICS)


@pytest.mark.parametrize('kept', [[3, 50], []])
def test_what_is_resumed_from_stays_until_the_next(finished, tmp_path, kept):
    folder = tmp_path / 'run'
    shutil.copytree(finished[1], folder)
    path = folder / 'epoch_3.pth'
    checkpoint = read_checkpoint(str(path))
    checkpoint['message_hub']['runtime_info']['keep_ckpt_ids'] = kept
    torch.save(checkpoint, path)
    # Ends where it began, so nothing newer is saved.
    resumed = train(finished[0], folder, '--resume')
    assert 'resumed epoch: 3' in resumed.stdout
    assert path.exists()


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


@pytest.mark.parametrize('named', [
    dict(outdated_ckpts=['..', '.', '', 'folder', 'run/folder', 5, None]),
    dict(best_ckpt_score='/x/..', best_ckpt_odd='.'),
    dict(best_ckpt_score='/x/folder', best_ckpt_odd=''),
    dict(best_ckpt_score='../epoch_1.pth', best_ckpt_odd=['..'],
         last_ckpt='..'),
    dict(keep_ckpt_ids=['/victim', 1., True], outdated_ckpts='..'),
    dict(outdated_ckpts=['epoch_3.pth', 'best_score_/../epoch_3.pth']),
], ids=str)
def test_what_a_checkpoint_names_is_not_deleted(finished, tmp_path, named):
    """A file from somewhere else may name anything."""
    folder = tmp_path / 'parent' / 'run'
    shutil.copytree(finished[1], folder)
    foreign = [folder.parent / 'precious', folder / 'folder' / 'data',
               folder / 'victim.pth', folder / 'epoch_1.pth']
    for path in foreign:
        path.parent.mkdir(exist_ok=True)
        path.write_text('of someone else')
    path = folder / 'epoch_3.pth'
    checkpoint = read_checkpoint(str(path))
    checkpoint['message_hub']['runtime_info'].update(
        named, **{f'best_score_{metric}': -1e9 for metric in METRICS})
    torch.save(checkpoint, path)
    # The next scores are the best ones, which outdates those before.
    keep = 'default_hooks.checkpoint.max_keep_ckpts=2'
    resumed = train(finished[0], folder, *LONGER, keep)
    assert resumed.returncode == 0, resumed.stderr
    assert names(folder, 'epoch_[34].pth') == ['epoch_3.pth', 'epoch_4.pth']
    assert len(names(folder, 'best_*_epoch_4.pth')) == len(METRICS)
    for path in foreign:
        assert path.read_text() == 'of someone else'


@pytest.mark.parametrize(('template', 'own', 'foreign'), [
    (None, ['epoch_12.pth', 'best_a_b_epoch_1.pth'],
     ['epoch_.pth', 'epoch_1.pth.bak', 'my_epoch_1.pth', 'epoch_x.pth',
      'best_../epoch_1.pth', 'best_\\epoch_1.pth', 'epoch_1xpth']),
    ('run+{:03d}.pt', ['run+007.pt', 'best_a_run+1000.pt'],
     ['runn007.pt', 'epoch_1.pth']),
])
def test_names_that_the_hook_gives(template, own, foreign):
    hook = IRSTDCheckpointHook(filename_tmpl=template)
    assert hook._own([*own, *foreign, '', '.', '..', None, 3]) == own
    assert hook._own(own, best=True) == own[1:]


@pytest.mark.parametrize('template', ['epoch_{:4d}.pth', 'epoch_{:,}.pth',
                                      'epoch_{:x}.pth'])
def test_names_that_it_would_not_know_again(template):
    with pytest.raises(InputError, match='^filename_tmpl: expected one whose'):
        IRSTDCheckpointHook(filename_tmpl=template)


def test_a_best_one_that_is_gone_is_not_compared_with(finished, tmp_path):
    """As when the newest, which has replaced the best one, is damaged."""
    folder = tmp_path / 'run'
    several = write_config(tmp_path, CONFIG.replace('max_keep_ckpts=1',
                                                    'max_keep_ckpts=3'))
    assert train(several, folder).returncode == 0
    assert names(folder, 'best_score_*') == ['best_score_epoch_3.pth']
    (folder / 'epoch_3.pth').write_text('damaged')
    # No score would be a better one than that of the file that is gone.
    resumed = train(several, folder, '--resume', '--cfg-options',
                    'default_hooks.checkpoint.rule=less')
    assert 'resumed epoch: 2' in resumed.stdout
    info = read_checkpoint(
        str(folder / 'epoch_3.pth'))['message_hub']['runtime_info']
    assert info['best_ckpt_score'] == str(folder / 'best_score_epoch_3.pth')
    assert read_checkpoint(info['best_ckpt_score'])['meta']['epoch'] == 3


@group
def _look_for_a_checkpoint(folders) -> str | None:
    runner = SimpleNamespace(
        _resume=True, _load_from=None, logger=logging.getLogger(),
        work_dir=folders[torch.distributed.get_rank()])
    try:
        IRSTDCheckpointHook().before_run(runner)
    except InputError as error:
        return str(error)


def test_all_processes_resume_from_the_same(finished, tmp_path):
    """With mmseg's own script, which leaves the choice to the hook."""
    folder = str(finished[1])
    assert on_ranks(2, _look_for_a_checkpoint, [folder] * 2) == [None, None]
    first, second = on_ranks(
        2, _look_for_a_checkpoint, [folder, str(tmp_path)])
    assert first == second
    assert 'found different checkpoints' in first
