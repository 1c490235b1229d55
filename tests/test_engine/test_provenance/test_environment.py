"""Revision and versions."""
import importlib.metadata
import importlib.util
import subprocess
from pathlib import Path

import pytest
import torch

from projects.dstransnet.engine.provenance import (
    device_name,
    environment,
    git_state,
    hardware,
    versions,
)

UNKNOWN = dict(revision='unknown', dirty=None)


def git(folder, *arguments):
    return subprocess.run(
        ['git', '-C', folder, '-c', 'user.name=n', '-c', 'user.email=e@e',
         *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, 'init')
    (tmp_path / 'code.py').write_text('1')
    git(tmp_path, 'add', '.')
    git(tmp_path, 'commit', '-m', 'one')
    return tmp_path


def test_revision_and_changes(repository):
    file = repository / 'code.py'
    revision = git(repository, 'rev-parse', 'HEAD').strip()
    assert git_state(file) == dict(revision=revision, dirty=False)
    (repository / 'notes.txt').write_text('git does not know of this one')
    assert git_state(file)['dirty'] is False
    config = repository / 'configs/my config.py'
    config.parent.mkdir()
    config.write_text('')
    assert git_state(file) == dict(revision=revision, dirty=True)
    config.unlink()
    file.write_text('2')
    assert git_state(file) == dict(revision=revision, dirty=True)


def test_files_that_the_repository_does_not_keep(repository, tmp_path_factory):
    """As a package that is installed in a folder of another project."""
    installed = repository / 'installed.py'
    installed.write_text('')
    assert git_state(installed) == UNKNOWN
    outside = tmp_path_factory.mktemp('outside') / 'code.py'
    outside.write_text('')
    assert git_state(outside) == UNKNOWN


def test_versions_and_hardware():
    found = versions()
    assert {'python', 'torch', 'mmengine', 'mmcv', 'mmseg', 'numpy',
            'cv2'} <= found.keys()
    optional = {
        name: importlib.metadata.version(name)
        for name in ('torchvision', 'numba', 'openvino', 'triton')
        if importlib.util.find_spec(name)
    }
    assert found.items() >= optional.items()
    assert found['torch'] == torch.__version__
    assert 'unknown' not in found.values()
    assert hardware()['threads'] == torch.get_num_threads()


def test_processor(monkeypatch, tmp_path):
    (tmp_path / 'cpuinfo').write_text(
        'processor : 0\nmodel name\t: A chip: fast\nmodel name\t: Other\n')
    monkeypatch.setattr(
        environment, 'Path', lambda path: tmp_path / Path(path).name)
    assert device_name(torch.device('cpu')) == 'A chip: fast'
    (tmp_path / 'cpuinfo').unlink()
    assert device_name(torch.device('cpu'))
