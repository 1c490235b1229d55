"""Files that may run code, because the user says so."""
import collections
import re
import warnings

import pytest
import torch
from helpers.prepared import write_checkpoint
from helpers.tiny_project import call_tool, error_of

from projects.dstransnet.checkpoint.reading import read_checkpoint
from projects.dstransnet.checkpoint.trust import (
    is_trusted,
    trusted_files,
    trusting,
    trusting_files,
)
from projects.dstransnet.profiling import OutOfMemory, measurement
from projects.dstransnet.utils.errors import InputError


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


def test_trust_is_handed_on_and_ends(marker, tmp_path):
    path = write_checkpoint(tmp_path / 'a.pth', marker)
    other = write_checkpoint(tmp_path / 'b.pth', marker)
    with pytest.raises(KeyError), trusting(str(path)):
        files = trusted_files()
        raise KeyError
    assert len(files) == 1 and not trusted_files()
    with trusting_files(files):  # in another process, say
        assert is_trusted(str(path)) and not is_trusted(str(other))
        other.replace(path)  # a file that is exchanged is another
        assert not is_trusted(str(path))
        with pytest.raises(InputError):
            read_checkpoint(str(path))
    assert not trusted_files() and not marker.exists()


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


def test_the_hash_is_compared_before_code_runs(marker, tmp_path):
    path = write_checkpoint(tmp_path / 'a.pth', marker)
    (tmp_path / 'a.pth.sha256').write_text('0' * 64)
    with trusting(str(path)), pytest.raises(InputError, match='SHA-256'):
        read_checkpoint(str(path))
    assert not marker.exists()


@pytest.fixture
def old(project, tmp_path):
    """An old checkpoint, which holds an object beside its weights."""
    state = torch.load(project.checkpoint, weights_only=True)['state_dict']
    path = tmp_path / 'old.pth'
    torch.save(
        dict(state_dict=state,
             meta=dict(epoch=1, iter=3, queue=collections.deque([1]))), path)
    return path


def _publish(path, *more):
    return call_tool('model_converters/publish_weights.py', path,
                     path.with_suffix('.safetensors'), *more)


def test_tools_read_a_file_that_is_trusted(old, project, tmp_path):
    assert str(old) in error_of(_publish(old))
    result = _publish(old, '--trust-checkpoint', old)
    assert result.returncode == 0
    assert 'its code runs now' in result.stderr
    # The next one in the same process is not.
    assert str(old) in error_of(_publish(old))
    other = str(project.checkpoint)
    assert str(old) in error_of(_publish(old, '--trust-checkpoint', other))
    missing = error_of(_publish(old, '--trust-checkpoint', 'none.pth'))
    assert missing == '--trust-checkpoint: no file none.pth'


def test_benchmark_of_a_file_that_is_trusted(old, project, monkeypatch):
    """What its processes do is in tests/test_profiling/test_measurement.py."""
    told = []

    def measure_apart(case):
        told.append(is_trusted(case.checkpoint))
        raise OutOfMemory('no more')

    monkeypatch.setattr(measurement, 'measure_apart', measure_apart)
    result = call_tool('analysis_tools/benchmark.py', project.config, old,
                       '--device', 'cpu', '--trust-checkpoint', old)
    assert result.returncode == 0, result.stderr
    assert 'its code runs now' in result.stderr
    assert f'weights: {old}' in result.stdout
    assert told == [True]
