"""Training runs by tools/train.py in forked processes.

A process that has imported everything is forked for each run, which saves
the seconds of a new interpreter.
"""
import contextlib
import gc
import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import mmengine.device.utils
import torch

import helpers.toy_training  # noqa: F401 (registers what its config names)
from helpers.file_operations import FileOperations
from helpers.process_state import begin_fork
from helpers.tiny_project import call_tool
from projects.dstransnet.checkpoint.reading import (  # noqa: E402
    read_checkpoint,
)

_LIMIT = 120  # seconds
# Times and paths differ between any two runs.
_COMPARED = ('state_dict', 'ema_state_dict', 'optimizer', 'param_schedulers',
             'random_states', 'validation_counters')
METRICS = ('score', 'odd')
# mmengine waits for two seconds after each pass through the data, formats its
# config at each save and asks compilers for their versions.
_STAND_INS = {
    'mmengine.runner.loops.time.sleep': lambda seconds: None,
    'yapf.yapflib.yapf_api.FormatCode': lambda text, **style: (text, True),
    'mmengine.runner.runner.collect_env': dict,
    'torch.cuda.is_available': lambda: False,
}


def in_fork(function: Callable, *arguments: object) -> int:
    """Call a function in a forked process; return its exit code."""
    context = multiprocessing.get_context('fork')
    process = context.Process(
        target=as_one_thread, args=(function, *arguments))
    process.start()
    process.join(_LIMIT)
    if process.is_alive():
        process.kill()
        process.join()
        raise AssertionError(f'not finished after {_LIMIT} s')
    return process.exitcode


def as_one_thread(function: Callable, *arguments: object) -> None:
    """Call a function in a process that has just been forked."""
    begin_fork()
    mmengine.device.utils.DEVICE = 'cpu'  # the parent's GPU cannot be used
    gc.freeze()  # datasets collect garbage, among all that is imported
    with contextlib.ExitStack() as stack:
        for name, stand_in in _STAND_INS.items():
            stack.enter_context(mock.patch(name, stand_in))
        function(*arguments)


def train(config: Path, work_dir: Path, *arguments: object,
          **faults: object) -> SimpleNamespace:
    """Train in a fork.

    Args:
        config (Path): The config.
        work_dir (Path): The work folder.
        *arguments: More arguments of the tool.
        **faults: Arguments of :class:`FileOperations`.

    Returns:
        SimpleNamespace: ``killed``, and if that is not so ``returncode``,
        ``stdout``, ``stderr`` and the file ``operations``.
    """
    printed = work_dir.with_name(work_dir.name + '.json')
    printed.unlink(missing_ok=True)

    def run() -> None:
        with FileOperations(work_dir, **faults).watched() as operations:
            result = call_tool('train.py', config, '--work-dir', work_dir,
                               *arguments)
        result.operations = operations.done
        printed.write_text(json.dumps(vars(result)))

    code = in_fork(run)
    if not printed.exists():
        return SimpleNamespace(killed=True, exit=code)
    return SimpleNamespace(**json.loads(printed.read_text()), killed=False)


def is_same(one, other) -> bool:
    if isinstance(one, torch.Tensor):
        return bool((one == other).all())
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other


def assert_same_end(folder: Path, expected: Path) -> None:
    """Compare all checkpoints of two finished runs, bit by bit."""
    names = [
        sorted(path.name for path in work_dir.iterdir() if path.is_file())
        for work_dir in (folder, expected)
    ]
    assert names[0] == names[1], names
    assert (folder / 'last_checkpoint').read_text() == \
        (expected / 'last_checkpoint').read_text()
    for name in names[0]:
        if not name.endswith('.pth'):
            continue
        got, wanted = (
            read_checkpoint(str(work_dir / name))
            for work_dir in (folder, expected))
        for key in _COMPARED:
            assert is_same(got.get(key), wanted.get(key)), (name, key)
        for key in ('epoch', 'iter'):
            assert got['meta'][key] == wanted['meta'][key]
        infos = [found['message_hub']['runtime_info']
                 for found in (got, wanted)]
        for metric in METRICS:
            for key in (f'best_score_{metric}', f'best_ckpt_{metric}'):
                values = [info.get(key) for info in infos]
                assert os.path.basename(str(values[0])) == \
                    os.path.basename(str(values[1])), (name, key)
