"""Launched runs that end early; signals in one process: test_resume.py."""
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from helpers.forked_ranks import free_port
from helpers.forked_training import train
from helpers.tiny_project import ROOT, environment

from projects.dstransnet.checkpoint.reading import read_checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path('/proc').is_dir(), reason='needs /proc')]
LIMIT = 60  # seconds within which all processes have to be gone
# One rank fails in its second epoch, in the way that the variable says.
HOOK = '''
import os
import signal

from mmengine.hooks import Hook
from mmseg.registry import HOOKS


@HOOKS.register_module()
class FailingHook(Hook):
    def before_train_iter(self, runner, batch_idx, data_batch=None):
        failure = os.environ['FAILURE']
        if failure != 'none' and runner.epoch == 1 and runner.rank == 1:
            open(runner.work_dir + '/failing', 'w').close()
            if failure == 'error':
                raise RuntimeError('rank one is out of order')
            os.kill(os.getpid(), signal.SIGKILL)
'''
CONFIG = '''
_base_ = ['{base}']
custom_imports = dict(
    imports=['projects.dstransnet', 'failing_hook'],
    allow_failed_imports=False)
vis_backends = []
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='FailingHook')]
train_dataloader = dict(num_workers=1)
train_cfg = dict(max_epochs=1000, val_interval=1000)
'''


def processes_naming(folder: Path) -> list[str]:
    """Return the commands of running processes that name a folder."""
    found = []
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            command = path.read_bytes().replace(b'\0', b' ').decode()
        except OSError:  # it has ended since
            continue
        if str(folder) in command:
            found.append(command)
    return found


class Launched:
    """Two processes in training, launched as by a user."""

    def __init__(self, tiny, folder: Path, failure: str) -> None:
        (folder / 'failing_hook.py').write_text(HOOK)
        config = folder / 'failing.py'
        config.write_text(CONFIG.format(base=tiny.config))
        self.folder, self.log = folder, folder / 'printed.txt'
        with self.log.open('w') as log:
            self.process = subprocess.Popen(
                [ROOT / 'tools/dist_train.sh', config, '2', '--work-dir',
                 folder / 'run'],
                cwd=folder,
                env=environment(
                    PYTHONPATH=f'{folder}{os.pathsep}{ROOT}', FAILURE=failure,
                    PORT=free_port()),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True)

    def wait_for(self, path: Path) -> None:
        until = time.monotonic() + 120
        while True:
            waiting = self.process.poll() is None
            if path.exists():
                return
            assert waiting and time.monotonic() < until, (
                self.log.read_text()[-3000:])
            time.sleep(0.1)

    def end(self) -> tuple[int, str]:
        """Return exit status and output, once every process is gone."""
        try:
            code = self.process.wait(LIMIT)
            until = time.monotonic() + 15
            while processes_naming(self.folder):
                assert time.monotonic() < until, processes_naming(self.folder)
                time.sleep(0.1)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGTERM)
                self.process.wait(LIMIT)
        return code, self.log.read_text()


@pytest.mark.parametrize('failure', ['error', 'kill'])
def test_one_ranks_end_ends_all(tiny, tmp_path, failure):
    launched = Launched(tiny, tmp_path, failure)
    launched.wait_for(tmp_path / 'run' / 'failing')
    code, printed = launched.end()
    assert code != 0
    if failure == 'error':
        assert 'RuntimeError: rank one is out of order' in printed
    else:
        assert 'Signal 9 (SIGKILL)' in printed
    assert 'rank      : 1 (local_rank: 1)' in printed


def test_interrupt_ends_all_and_leaves_what_resumes(tiny, tmp_path,
                                                    monkeypatch):
    launched = Launched(tiny, tmp_path, 'none')
    launched.wait_for(tmp_path / 'run' / 'epoch_1.pth')
    os.killpg(launched.process.pid, signal.SIGINT)  # as a terminal does
    code, printed = launched.end()
    assert code != 0
    # The first process says so, and no other, whatever torchrun prints.
    (newest, ) = re.findall(
        '^stopped by SIGINT; --resume continues from (.*)$', printed, re.M)
    epoch = read_checkpoint(newest, 'cpu')['meta']['epoch']
    assert newest == str(tmp_path / 'run' / f'epoch_{epoch}.pth')
    monkeypatch.setenv('FAILURE', 'none')
    monkeypatch.syspath_prepend(str(tmp_path))
    resumed = train(
        tmp_path / 'failing.py', tmp_path / 'run', '--resume',
        '--cfg-options', f'train_cfg.max_epochs={epoch + 1}')
    assert resumed.returncode == 0, resumed.stderr
    assert f'resumed epoch: {epoch}, ' in resumed.stdout
    assert (tmp_path / 'run' / f'epoch_{epoch + 1}.pth').is_file()
