"""Fixtures that every test may use."""
import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
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

# Tests do not see networks that earlier runs have compiled.
os.environ['DSTRANSNET_COMPILED_CACHE'] = ''

from helpers.tiny_project import (  # noqa: E402
    train_tiny_project,
    write_project,
)

import projects.dstransnet  # noqa: E402,F401 (registers everything)
from projects.dstransnet.utils import dtypes  # noqa: E402

# Workers share the cores, and one thread gives the same bits in every run.
torch.set_num_threads(1)

_FORKING = ('helpers.forked_ranks', 'helpers.forked_training')


def _forks(path: Path) -> bool:
    """Return whether a test file forks ranks or runs of its process."""
    text = path.read_text(encoding='utf-8')
    return any(f'from {name} ' in text for name in _FORKING)


def pytest_ignore_collect(collection_path: Path, config) -> bool | None:
    """Skip the import of files that `make test` runs in its other part."""
    selected = config.option.markexpr
    if collection_path.suffix == '.py' and selected.startswith(
            ('forks and', 'not forks and')):
        return _forks(collection_path) is selected.startswith('not') or None
    return None


def pytest_collection_modifyitems(items: list) -> None:
    """Mark the tests of files that fork, and run them first.

    A forked process lacks the threads of pools that other tests have left
    behind, and would wait for them forever. Therefore `make test` runs these
    tests in processes of their own.
    """
    for item in items:
        if _forks(item.path):
            item.add_marker(pytest.mark.forks)
    items.sort(key=lambda item: item.get_closest_marker('forks') is None)


@pytest.fixture(autouse=True)
def _reproducible() -> Iterator[None]:
    """Fix the seed, and undo the number of threads that a tool has set."""
    torch.manual_seed(0)
    yield
    torch.set_num_threads(1)


@pytest.fixture
def cpu_bfloat16(monkeypatch) -> None:
    """Compute in bfloat16 where asked to, on slow processors too."""
    monkeypatch.setattr(dtypes, '_cpu_has_bfloat16', lambda: True)


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
    """Folder of the SIRST dataset, or skip."""
    return _shared('data', 'SIRST')


@pytest.fixture(scope='session')
def nudt_sirst() -> Path:
    """Folder of the NUDT-SIRST dataset, or skip."""
    return _shared('data', 'NUDT-SIRST')


@pytest.fixture(scope='session')
def peers() -> Path:
    """Folder of reference numbers of other networks (peers/), or skip."""
    return _shared('peers')


@pytest.fixture(scope='session')
def classical() -> Path:
    """Folder of reference maps of classical detectors, or skip."""
    return _shared('classical')
