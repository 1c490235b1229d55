"""Prepared files, and a project whose tools are to refuse them."""
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from untrained_project import write_project  # noqa: E402


@pytest.fixture(scope='session')
def project(tmp_path_factory) -> SimpleNamespace:
    """Folder, data set, config and checkpoint of an untrained network."""
    return write_project(tmp_path_factory.mktemp('project'))


@pytest.fixture
def marker(tmp_path):
    """Folder that a prepared file makes when it is unpickled."""
    return tmp_path / 'code-was-run'
