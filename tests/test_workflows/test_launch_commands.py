"""The commands that the launch scripts build, seen by stubs."""
import pytest
from helpers.tiny_project import ROOT, run

# With a space, a quote, a star, and nothing in it.
OPTIONS = ['--cfg-options', 'a="[1, 2]"', "it's *", '']


@pytest.fixture
def stub(tmp_path):
    """A program that prints its arguments one by one, as srun and python."""
    path = tmp_path / 'srun'
    path.write_text('#!/bin/sh\nfor part in "$@"; do echo "<$part>"; done\n')
    path.chmod(0o755)
    return path


def words(result) -> list[str]:
    assert result.returncode == 0, result.stderr
    return [line[1:-1] for line in result.stdout.splitlines()]


def slurm(stub, script, *arguments, **environment):
    return words(run(
        ROOT / 'tools' / script, 'part', 'my job', *arguments,
        cwd=stub.parent, PATH=f'{stub.parent}:/usr/bin:/bin', PYTHON='python3',
        **environment))


@pytest.mark.parametrize(('script', 'tool', 'positional'), [
    ('slurm_train.sh', 'train.py', ['my config.py']),
    ('slurm_test.sh', 'test.py', ['my config.py', 'a checkpoint.pth']),
])
def test_slurm_command(stub, script, tool, positional):
    assert slurm(
        stub, script, *positional, *OPTIONS, GPUS='16', GPUS_PER_NODE='8',
        CPUS_PER_TASK='3', SRUN_ARGS='--quotatype=auto --time=5') == [
            '-p', 'part', '--job-name=my job', '--gres=gpu:8', '--ntasks=16',
            '--ntasks-per-node=8', '--cpus-per-task=3', '--kill-on-bad-exit=1',
            '--quotatype=auto', '--time=5', 'python3', '-u',
            str(ROOT / 'tools' / tool), *positional, '--launcher=slurm',
            *OPTIONS
        ]


def test_slurm_takes_no_more_gpus_of_a_node_than_there_are_processes(stub):
    command = slurm(stub, 'slurm_train.sh', 'config.py', GPUS='2')
    assert command[3:7] == ['--gres=gpu:2', '--ntasks=2',
                            '--ntasks-per-node=2', '--cpus-per-task=5']


@pytest.mark.parametrize(('script', 'tool', 'positional'), [
    ('dist_train.sh', 'train.py', ['my config.py']),
    ('dist_test.sh', 'test.py', ['my config.py', 'a checkpoint.pth']),
    ('dist_test.sh', 'test.py', ['top-hat_sirst-256x256']),
])
def test_torchrun_command(stub, script, tool, positional):
    expected = ['-m', 'torch.distributed.run', '--nnodes=2', '--node_rank=1',
                '--nproc_per_node=3', '--master_addr=10.0.0.7',
                '--master_port=29511', str(ROOT / 'tools' / tool),
                *positional, '--launcher', 'pytorch', *OPTIONS]
    nodes = dict(NNODES='2', NODE_RANK='1', MASTER_ADDR='10.0.0.7',
                 PORT='29511')
    for arguments, variables in (
        ([*positional, 3], {}),
        (positional, dict(GPUS='3')),
    ):
        assert words(run(
            ROOT / 'tools' / script, *arguments, *OPTIONS, cwd=stub.parent,
            PYTHON=str(stub), **nodes, **variables)) == expected


@pytest.mark.parametrize(('script', 'usage'), [
    ('dist_train.sh', 'CONFIG GPUS [options]'),
    ('dist_test.sh', 'CONFIG [CHECKPOINT] GPUS [options]'),
    ('slurm_train.sh', 'PARTITION JOB_NAME CONFIG [options]'),
    ('slurm_test.sh', 'PARTITION JOB_NAME CONFIG [CHECKPOINT] [options]'),
])
def test_missing_arguments_print_the_usage(tmp_path, script, usage):
    result = run(ROOT / 'tools' / script, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == f'usage: tools/{script} {usage}\n'


@pytest.mark.parametrize(('script', 'arguments', 'variables'), [
    ('dist_train.sh', ['c.py', '0'], {}),
    ('dist_train.sh', ['c.py', '00'], {}),
    ('dist_train.sh', ['c.py'], dict(GPUS='abc')),
    ('dist_test.sh', ['c.py', 'c.pth'], dict(GPUS='-1')),
    ('dist_test.sh', ['c.py', 'c.pth', '--tta'], dict(GPUS='1.5')),
    ('slurm_train.sh', ['part', 'job', 'c.py'], dict(GPUS='0')),
    ('slurm_test.sh', ['part', 'job', 'c.py', 'c.pth'],
     dict(GPUS_PER_NODE='two')),
])
def test_numbers_that_are_none_are_one_line(stub, script, arguments,
                                            variables):
    result = run(
        ROOT / 'tools' / script, *arguments, cwd=stub.parent,
        PATH=f'{stub.parent}:/usr/bin:/bin', PYTHON=str(stub), **variables)
    assert result.returncode == 2 and not result.stdout
    (name, value), = variables.items() or [('GPUS', arguments[-1])]
    assert result.stderr == (f'error: {name}: expected a number of 1 or more, '
                             f'got {value}\n')
