"""Several processes on one machine, or on several, compute as one."""
import json
import subprocess
from pathlib import Path

import pytest
import torch
from helpers.forked_ranks import free_port, on_ranks
from helpers.tiny_project import (
    ROOT,
    environment,
    evaluated,
    run,
    run_tool,
)
from helpers.tiny_runner import build_tiny, train_alone


def evaluate(tiny, folder, launcher) -> dict[str, float]:
    metrics = build_tiny(
        tiny, folder, launcher, load_from=str(tiny.checkpoint)).test()
    return {key: value for key, value in metrics.items()
            if key.startswith('irstd/')}


def test_metrics_do_not_depend_on_the_number_of_processes(tiny, tmp_path):
    """Of 3 images: one of four processes has none of its own."""
    (expected, ) = on_ranks(1, evaluate, tiny, tmp_path / '1', 'none')
    assert expected['irstd/Fa'] >= 0
    found = on_ranks(4, evaluate, tiny, tmp_path / '4', 'pytorch')
    assert list(map(repr, found)) == [repr(expected)] * 4


def write_results(tiny, folder) -> None:
    result = run_tool(
        'test.py', tiny.config, tiny.checkpoint, '--launcher', 'pytorch',
        '--work-dir', folder, '--out', folder / 'out', '--save-scores',
        '--bootstrap', 20, '--worst-first', cwd=folder)
    assert result.returncode == 0, result.stderr


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob('*') if path.suffix in ('.json', '.csv',
                                                             '.npy')}


def test_two_processes_write_the_files_of_one(tiny, tmp_path):
    expected = contents(evaluated(tiny.config, tiny.checkpoint).out)
    assert len(expected) == 7
    on_ranks(2, write_results, tiny, tmp_path)
    assert contents(tmp_path / 'out') == expected


def losses(tiny, folder, batch, launcher) -> list[float]:
    """Train, and return this process's loss of every step.

    In float64, as rounding grows by itself from step to step: a few values a
    channel and process make the norms of this network steep.
    """
    torch.set_default_dtype(torch.float64)
    torch.Tensor.float = torch.Tensor.double  # of this process alone
    runner = train_alone(build_tiny(
        tiny, folder, launcher, dict(sync_bn=launcher == 'pytorch'), **{
            'train_dataloader.batch_size': batch,
            'train_cfg.val_interval': 9,
            'default_hooks.checkpoint': None
        }))
    history, _ = runner.message_hub.get_scalar('train/loss').data
    return history.tolist()


def test_two_processes_at_half_the_batch_train_as_one(tiny, tmp_path):
    """Six steps of Adam."""
    (whole, ) = torch.tensor(
        on_ranks(1, losses, tiny, tmp_path, 2, 'none'), dtype=torch.float64)
    shared = torch.tensor(
        on_ranks(2, losses, tiny, tmp_path, 1, 'pytorch'),
        dtype=torch.float64)
    assert whole.shape == (6, )
    torch.testing.assert_close(shared.mean(0), whole, rtol=1e-9, atol=0)
    # Each process has samples of its own.
    assert not torch.allclose(*shared, rtol=1e-3)


@pytest.mark.slow
def test_the_launcher_tests_on_two_processes(tiny, tmp_path):
    result = run(
        ROOT / 'tools/dist_test.sh', tiny.config, tiny.checkpoint, 2,
        '--work-dir', tmp_path / 'run', cwd=tmp_path, PORT=free_port())
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout.count('| IoU ') == 1


@pytest.mark.slow
def test_the_launcher_trains(tiny, tmp_path):
    result = run(
        ROOT / 'tools/dist_train.sh', tiny.config, '--work-dir',
        tmp_path / 'run', cwd=tmp_path, PORT=free_port(), GPUS='2')
    assert result.returncode == 0, result.stderr[-3000:]
    assert (tmp_path / 'run' / 'epoch_2.pth').is_file()


@pytest.mark.slow
def test_two_nodes_train(tiny, tmp_path):
    """Two launches, each of one process, find each other by the port."""
    port = free_port()
    nodes = [
        subprocess.Popen(
            [ROOT / 'tools/dist_train.sh', tiny.config, '1', '--work-dir',
             tmp_path / 'run'],
            cwd=tmp_path,
            env=environment(NNODES='2', NODE_RANK=rank, PORT=port,
                            MASTER_ADDR='127.0.0.1'),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True) for rank in '01'
    ]
    printed = [node.communicate(timeout=300)[0] for node in nodes]
    for node, text in zip(nodes, printed):
        assert node.returncode == 0, text[-3000:]
    record = json.loads((tmp_path / 'run/run_record.json').read_text())
    assert [run['processes'] for run in record['runs']] == [2]
    assert (tmp_path / 'run' / 'epoch_2.pth').is_file()
