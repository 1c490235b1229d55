"""Runs that are killed, stopped or out of space, and continued.

Each test trains by tools/train.py in forked processes. The config is one of
another model, with mmengine's own CheckpointHook, as of any mmseg user.
"""
import errno
import os
import re
import shutil
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.forked_training import METRICS, assert_same_end, train
from helpers.toy_training import BY_ITERATION, CONFIG, write_config

from projects.dstransnet import cli
from projects.dstransnet.checkpoint.reading import read_checkpoint

# The last as this project's configs keep checkpoints.
RUNS = dict(epoch=CONFIG, iter=BY_ITERATION, three=CONFIG.replace(
    'max_keep_ckpts=1', 'max_keep_ckpts=3').replace(
        'max_epochs=3', 'max_epochs=5'))


@pytest.fixture(scope='module', params=RUNS)
def whole(request, tmp_path_factory) -> SimpleNamespace:
    """A run that is not interrupted: config, folder, operations."""
    folder = tmp_path_factory.mktemp(request.param)
    config = write_config(folder, RUNS[request.param])
    result = train(config, folder / 'whole')
    assert result.returncode == 0, result.stderr
    operations = [
        (kind, re.sub(r'^\.(.*)\.\d+\.partial$', r'\1', name))
        for kind, name in result.operations
    ]
    return SimpleNamespace(
        unit='iter' if request.param == 'iter' else 'epoch',
        config=config,
        folder=folder / 'whole',
        operations=operations)


def resumed_step(result: SimpleNamespace, unit: str) -> int:
    """Return the epoch or iteration that a run says it continues from."""
    found = re.search(rf'resumed .*\b{unit}: (\d+)', result.stdout)
    return int(found[1]) if found else 0


def last_saved(done: list, unit: str) -> int:
    steps = [
        int(match[1]) for kind, name in done if kind == 'replace'
        and (match := re.fullmatch(rf'{unit}_(\d+)\.pth', name))
    ]
    return steps[-1] if steps else 0


def kill_and_resume(whole: SimpleNamespace, at: int, work_dir: Path) -> int:
    """Check all that is promised; return the saved steps that were lost."""
    killed = train(whole.config, work_dir, fault_at=at)
    assert killed.killed and killed.exit == -signal.SIGKILL
    done = whole.operations[:at]
    # No file is half, and the best so far is there.
    for path in work_dir.glob('[!.]*.pth'):
        read_checkpoint(str(path))
    for metric in METRICS:
        had_one = any(kind == 'replace' and name.startswith(f'best_{metric}_')
                      for kind, name in done)
        assert had_one <= bool(list(work_dir.glob(f'best_{metric}_*.pth')))
    resumed = train(whole.config, work_dir, '--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert_same_end(work_dir, whole.folder)
    return last_saved(done, whole.unit) - resumed_step(resumed, whole.unit)


def kill_at_each(whole, operations, tmp_path, capsys) -> None:
    lost = {}
    for at in operations:
        work_dir = tmp_path / f'run{at}'
        lost[at] = kill_and_resume(whole, at, work_dir)
        shutil.rmtree(work_dir)
    with capsys.disabled():
        print(f'\n{len(lost)} kills of a run of {len(whole.operations)} file '
              f'operations (by {whole.unit}): {len(lost)} resumed to equal '
              f'weights; saved work lost at most: {max(lost.values())}')
    assert max(lost.values()) == 0


def find(operations: list, kind: str, name: str) -> int:
    """Return the number of the last such operation."""
    return max(at for at, done in enumerate(operations)
               if done[0] == kind and re.fullmatch(name, done[1]))


@pytest.mark.parametrize('whole', ['epoch'], indirect=True)
def test_a_killed_run_ends_as_if_it_had_not_been(whole, tmp_path, capsys):
    points = [
        ('write', r'epoch_2\.pth'),
        ('open', 'last_checkpoint'),  # the checkpoint itself is complete
        ('replace', r'best_odd_epoch_2\.pth'),
        ('remove', r'best_score_epoch_1\.pth'),
    ]
    operations = [find(whole.operations, *point) for point in points]
    kill_at_each(whole, operations, tmp_path, capsys)


@pytest.mark.parametrize('whole', ['three'], indirect=True)
def test_three_checkpoints_that_are_kept(whole, tmp_path, capsys):
    kept = [f'epoch_{epoch}.pth' for epoch in (3, 4, 5)]
    assert sorted(
        path.name for path in whole.folder.glob('epoch_*.pth')) == kept
    points = ('remove', r'epoch_1\.pth'), ('replace', r'epoch_5\.pth')
    kill_at_each(whole, [find(whole.operations, *point) for point in points],
                 tmp_path, capsys)
    # What the one before names as the best ones has been deleted since.
    work_dir = tmp_path / 'damaged'
    shutil.copytree(whole.folder, work_dir)
    newest = work_dir / 'epoch_5.pth'
    newest.write_bytes(newest.read_bytes()[:-1000])
    resumed = train(whole.config, work_dir, '--resume')
    assert resumed_step(resumed, 'epoch') == 4
    assert_same_end(work_dir, whole.folder)


@pytest.mark.slow
@pytest.mark.parametrize('whole', ['epoch', 'iter'], indirect=True)
@pytest.mark.parametrize('part', range(8))
def test_every_file_operation(whole, part, tmp_path, capsys):
    operations = range(part, len(whole.operations), 8)
    kill_at_each(whole, operations, tmp_path, capsys)


@pytest.mark.parametrize('whole', ['epoch'], indirect=True)
def test_the_kills_are_deadly_to_mmengines_own_hook(whole, tmp_path,
                                                    monkeypatch):
    """With max_keep_ckpts=1 it deletes the last checkpoint, then saves."""
    monkeypatch.setattr(cli, 'make_resumable', lambda cfg: None)
    stock = train(whole.config, tmp_path / 'stock')
    assert stock.returncode == 0, stock.stderr
    at = find(stock.operations, 'truncate', r'epoch_2\.pth')
    train(whole.config, tmp_path / 'run', fault_at=at)
    assert not [path for path in (tmp_path / 'run').glob('epoch_*.pth')
                if path.stat().st_size]


@pytest.mark.parametrize('whole', ['epoch'], indirect=True)
@pytest.mark.parametrize('name', ['SIGTERM', 'SIGINT'])
def test_a_signal_ends_the_run_by_one_line(whole, tmp_path, name):
    number, work_dir = signal.Signals[name], tmp_path / 'run'
    at = find(whole.operations, 'write', r'epoch_3\.pth')
    stopped = train(
        whole.config, work_dir, fault_at=at,
        fault=lambda: os.kill(os.getpid(), number))
    assert stopped.returncode == 128 + number
    assert stopped.stderr.splitlines()[-1] == (
        f'stopped by {name}; --resume continues from '
        f'{work_dir / "epoch_3.pth"}')
    assert 'Traceback' not in stopped.stderr
    assert not list(work_dir.glob('.*'))
    # The second write of epoch 3, after a new best score, was cut off.
    assert train(whole.config, work_dir, '--resume').returncode == 0
    assert_same_end(work_dir, whole.folder)


@pytest.mark.parametrize('whole', ['epoch'], indirect=True)
@pytest.mark.parametrize(('number', 'kind', 'reason'), [
    (errno.ENOSPC, 'write', 'No space left on device'),
    (errno.EROFS, 'open', 'Read-only file system'),
])
def test_a_disk_that_takes_no_more(whole, tmp_path, number, kind, reason):
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    work_dir = tmp_path / 'run'
    at = find(whole.operations, kind, r'epoch_2\.pth')
    failed = train(whole.config, work_dir, fault_at=at, fault=fail)
    assert failed.returncode == 2
    assert 'Traceback' not in failed.stderr
    assert failed.stderr.splitlines()[-1] == (
        f'error: {work_dir / "epoch_2.pth"}: cannot be written ({reason}); '
        f'--resume continues from {work_dir / "epoch_2.pth"}')
    assert not list(work_dir.glob('.*'))
    assert train(whole.config, work_dir, '--resume').returncode == 0
    assert_same_end(work_dir, whole.folder)


@pytest.mark.parametrize('whole', ['epoch'], indirect=True)
def test_a_damaged_checkpoint_in_a_folder_that_has_moved(whole, tmp_path):
    """As mmengine leaves it: the note is absolute, the newest file short."""
    train(whole.config, tmp_path / 'run',
          fault_at=whole.operations.index(('write', 'epoch_2.pth')))
    work_dir = tmp_path / 'moved'
    (tmp_path / 'run').rename(work_dir)
    assert (work_dir / 'epoch_1.pth').is_file()
    shutil.copy2(whole.folder / 'epoch_3.pth', work_dir)
    newest = work_dir / 'epoch_3.pth'
    newest.write_bytes(newest.read_bytes()[:-1000])
    (work_dir / 'last_checkpoint').write_text('/gone/away/epoch_3.pth')
    resumed = train(whole.config, work_dir, '--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert f'{newest} cannot be resumed from' in resumed.stderr
    assert resumed_step(resumed, 'epoch') == 1
    assert_same_end(work_dir, whole.folder)
