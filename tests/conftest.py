"""Fixtures that every test may use."""
import os
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / 'tests'))  # modules that tests share

import projects.dstransnet  # noqa: E402,F401 (registers everything)

torch.set_num_threads(min(2, os.cpu_count() or 1))


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
def golden() -> Path:
    """Folder of reference numbers (golden/), or skip."""
    return _shared('golden')


@pytest.fixture(scope='session')
def sirst() -> Path:
    """Folder of the SIRST data set, or skip."""
    return _shared('data', 'SIRST')
