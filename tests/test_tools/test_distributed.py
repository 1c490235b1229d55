"""Several processes on one machine, and the commands for clusters."""
import json
import socket

import pytest
from tiny_project import ROOT, run


def free_port() -> str:
    with socket.socket() as opened:
        opened.bind(('127.0.0.1', 0))
        return str(opened.getsockname()[1])


def metrics_of(work_dir) -> dict:
    """Return the metrics that a test run wrote, without its timings."""
    (path, ) = work_dir.glob('*/*.json')
    written = json.loads(path.read_text())
    return {
        key: value
        for key, value in written.items() if key.startswith('irstd/')
    }


def test_two_processes_train_and_evaluate_as_one(tiny, tmp_path):
    result = run(
        ROOT / 'tools/dist_train.sh', tiny.config, 2, '--work-dir',
        tmp_path / 'run', cwd=tmp_path, PORT=free_port())
    assert result.returncode == 0, result.stderr[-3000:]
    checkpoint = tmp_path / 'run' / 'epoch_2.pth'
    assert checkpoint.is_file()
    metrics = []
    for processes in ('1', '2'):
        work_dir = tmp_path / processes
        result = run(
            ROOT / 'tools/dist_test.sh', tiny.config, checkpoint,
            '--work-dir', work_dir, cwd=tmp_path, PORT=free_port(),
            GPUS=processes)
        assert result.returncode == 0, result.stderr[-3000:]
        assert result.stdout.count('| IoU ') == 1
        metrics.append(metrics_of(work_dir))
    # Three samples: one process has one more than the other.
    assert repr(metrics[0]) == repr(metrics[1])


def test_slurm_command(tmp_path):
    stub = tmp_path / 'srun'
    stub.write_text('#!/bin/sh\nfor part in "$@"; do echo "$part"; done\n')
    stub.chmod(0o755)
    result = run(
        ROOT / 'tools/slurm_train.sh', 'part', 'job', 'my config.py',
        '--resume', cwd=tmp_path, PATH=f'{tmp_path}:/usr/bin:/bin', GPUS='2',
        SRUN_ARGS='--quotatype=auto --time=5')
    assert result.returncode == 0, result.stderr
    words = result.stdout.splitlines()
    assert words[:6] == [
        '-p', 'part', '--job-name=job', '--gres=gpu:2', '--ntasks=2',
        '--ntasks-per-node=2'
    ]
    assert words[8:10] == ['--quotatype=auto', '--time=5']
    assert words[-4:] == [
        str(ROOT / 'tools/train.py'), 'my config.py', '--launcher=slurm',
        '--resume'
    ]


@pytest.mark.parametrize(('script', 'usage'), [
    ('dist_train.sh', 'usage: tools/dist_train.sh CONFIG GPUS'),
    ('dist_test.sh', 'usage: tools/dist_test.sh CONFIG CHECKPOINT GPUS'),
    ('slurm_train.sh', 'usage: tools/slurm_train.sh PARTITION JOB_NAME'),
])
def test_missing_arguments_print_the_usage(tmp_path, script, usage):
    result = run(ROOT / 'tools' / script, cwd=tmp_path)
    assert result.returncode == 2
    assert usage in result.stderr
