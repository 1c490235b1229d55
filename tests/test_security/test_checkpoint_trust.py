"""Files that may run code, because the user says so."""
import collections
import re
import warnings

import pytest
import torch
from prepared import write_checkpoint
from tiny_project import call_tool, error_of

from projects.dstransnet.checkpoint import read_checkpoint
from projects.dstransnet.checkpoint_trust import is_trusted, trusting
from projects.dstransnet.errors import InputError


def test_only_that_file_and_only_meanwhile(marker, tmp_path):
    trusted = str(write_checkpoint(tmp_path / 'a.pth', marker))
    other = str(write_checkpoint(tmp_path / 'b.pth', marker))
    with trusting(trusted):
        with pytest.raises(InputError, match=re.escape(other)):
            read_checkpoint(other)
        assert not marker.exists()
        with pytest.warns(UserWarning, match=f'{trusted}.*its code runs now'):
            assert read_checkpoint(trusted)['state_dict']
        assert marker.exists()
    marker.rmdir()
    with pytest.raises(InputError, match=re.escape(trusted)):
        read_checkpoint(trusted)
    assert not marker.exists()


def test_a_file_that_is_exchanged_is_another(marker, tmp_path):
    path = write_checkpoint(tmp_path / 'a.pth', marker)
    with trusting(str(path)):
        write_checkpoint(tmp_path / 'b.pth', marker).replace(path)
        with pytest.raises(InputError):
            read_checkpoint(str(path))
    assert not marker.exists()


def test_trust_ends_where_something_fails(tmp_path):
    path = tmp_path / 'a.pth'
    path.write_bytes(b'')
    with pytest.raises(KeyError), trusting(str(path)):
        assert is_trusted(str(path))
        raise KeyError
    assert not is_trusted(str(path))


def test_files_of_plain_data_are_read_as_such(tmp_path):
    torch.save(dict(a=1), tmp_path / 'a.pth')
    with trusting(str(tmp_path / 'a.pth')), warnings.catch_warnings():
        warnings.simplefilter('error')
        assert read_checkpoint(str(tmp_path / 'a.pth')) == dict(a=1)


def test_trusted_files_may_be_damaged(tmp_path):
    path = tmp_path / 'a.pth'
    path.write_bytes(b'cnothing\nsuch\n.')
    with trusting(str(path)), pytest.warns(UserWarning), pytest.raises(
            InputError, match=re.escape(f'{path} cannot be read')):
        read_checkpoint(str(path))


@pytest.fixture
def old(project, tmp_path):
    """An old checkpoint, which holds an object beside its weights."""
    state = torch.load(project.checkpoint, weights_only=True)['state_dict']
    path = tmp_path / 'old.pth'
    torch.save(
        dict(
            state_dict=state,
            meta=dict(epoch=1, iter=3, queue=collections.deque([1]))), path)
    return path


def _publish(path, *more):
    return call_tool('model_converters/publish_weights.py', path,
                     path.with_suffix('.safetensors'), *more)


def test_tools_read_a_file_that_is_trusted(old, project, tmp_path):
    assert str(old) in error_of(_publish(old))
    with pytest.warns(UserWarning, match='its code runs now'):
        result = _publish(old, '--trust-checkpoint', old)
    assert result.returncode == 0
    # The next one in the same process is not.
    assert str(old) in error_of(_publish(old))
    other = str(project.checkpoint)
    assert str(old) in error_of(_publish(old, '--trust-checkpoint', other))
    missing = error_of(_publish(old, '--trust-checkpoint', 'none.pth'))
    assert missing == '--trust-checkpoint: no file none.pth'


def test_testing_with_a_file_that_is_trusted(old, project, tmp_path):
    arguments = ('test.py', project.config, old, '--work-dir', tmp_path / 'w')
    assert str(old) in error_of(call_tool(*arguments))
    with pytest.warns(UserWarning, match='its code runs now'):
        result = call_tool(*arguments, '--trust-checkpoint', old)
    assert result.returncode == 0, result.stderr
    assert 'IoU' in result.stdout
