"""Fixtures that every test may use."""
import contextlib
import importlib
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / 'tests'))  # modules that tests share

if not torch.cuda.is_available():
    # The kernels are tested in Triton's interpreter, for which Triton has to
    # be imported so; some test's library might be the first to do it.
    with mock.patch.dict(os.environ, TRITON_INTERPRET='1'), \
            contextlib.suppress(ImportError):
        importlib.import_module('triton.language')

from helpers.tiny_project import train_tiny_project  # noqa: E402
from helpers.untrained_project import write_project  # noqa: E402

import projects.dstransnet  # noqa: E402,F401 (registers everything)

torch.set_num_threads(min(2, os.cpu_count() or 1))


_FORKING = {'helpers.forked_ranks', 'helpers.forked_training'}


def pytest_collection_modifyitems(items: list) -> None:
    """Mark what forks ranks and runs of this process; let it come first.

    Pools of threads that other tests leave behind do not exist in a forked
    child, which would wait for them forever. `make test` runs these tests in
    processes of their own.
    """
    for item in items:
        names = {
            name
            for value in vars(item.module).values()
            for name in (getattr(value, '__module__', None),
                         getattr(value, '__name__', None))
        } if getattr(item, 'module', None) else set()
        if names & _FORKING:
            item.add_marker(pytest.mark.forks)
    items.sort(key=lambda item: item.get_closest_marker('forks') is None)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def _shared(*parts: str) -> Path:
    """Return a path of the optional reference material, or skip."""
    root = os.environ.get('DSTRANSNET_SHARED')
    if not root:
        pytest.skip('DSTRANSNET_SHARED does not name the reference material')
    path = Path(root, *parts)
    if not path.exists():
        pytest.skip(f'no {path}')
    return path


@pytest.fixture(scope='session')
def project(tmp_path_factory) -> SimpleNamespace:
    """Folder, dataset, config and checkpoint of an untrained network."""
    return write_project(tmp_path_factory.mktemp('project'))


@pytest.fixture(scope='session')
def tiny(tmp_path_factory) -> SimpleNamespace:
    """Folder, config, checkpoint and log of a tiny training run."""
    return train_tiny_project(tmp_path_factory.mktemp('a folder with spaces'))


@pytest.fixture
def marker(tmp_path) -> Path:
    """Folder that a prepared file makes when it is unpickled."""
    return tmp_path / 'code-was-run'


@pytest.fixture(scope='session')
def golden() -> Path:
    """Folder of reference numbers (golden/), or skip."""
    return _shared('golden')


@pytest.fixture(scope='session')
def cases() -> Path:
    """Folder of small inputs with faults that public files have, or skip."""
    return _shared('cases')


@pytest.fixture(scope='session')
def sirst() -> Path:
    """Folder of the SIRST data set, or skip."""
    return _shared('data', 'SIRST')


@pytest.fixture(scope='session')
def peers() -> Path:
    """Folder of reference numbers of other networks (peers/), or skip."""
    return _shared('peers')
