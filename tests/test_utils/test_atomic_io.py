import errno
import os

import pytest
from helpers.file_operations import FileOperations
from mmengine.fileio import get_file_backend

from projects.dstransnet.utils.atomic_io import (
    AtomicLocalBackend,
    remove_partial_files,
)


@pytest.fixture
def backend():
    return get_file_backend(backend_args=dict(backend='atomic_local'))


class Fault(BaseException):
    """As an interrupt, no error that a program would handle."""


def raise_fault() -> None:
    raise Fault


def test_writes_bytes_and_text(backend, tmp_path):
    backend.put(b'\x00bytes', tmp_path / 'new' / 'file')
    assert (tmp_path / 'new' / 'file').read_bytes() == b'\x00bytes'
    backend.put_text('naïve\n', str(tmp_path / 'text'))
    assert (tmp_path / 'text').read_bytes() == 'naïve\n'.encode()
    backend.put(b'', tmp_path / 'text')
    assert (tmp_path / 'text').read_bytes() == b''


def test_short_writes_are_continued(backend, tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(
        os, 'write', lambda file, content: write(file, content[:3]))
    backend.put(b'0123456789', tmp_path / 'file')
    assert (tmp_path / 'file').read_bytes() == b'0123456789'


def test_the_disk_has_the_content_before_the_name(backend, tmp_path):
    with FileOperations(tmp_path).watched() as operations:
        backend.put(b'new', tmp_path / 'file')
    kinds = [kind for kind, _ in operations.done]
    assert kinds == ['open', 'write', 'fsync', 'close', 'replace', 'open',
                     'fsync', 'close']
    assert operations.done[4:7:2] == [('replace', 'file'), ('fsync', '.')]


def test_nobody_waits_for_the_disk_where_that_is_not_asked_for(tmp_path):
    backend = AtomicLocalBackend(flush=False)
    with FileOperations(tmp_path).watched() as operations:
        backend.put(b'new', tmp_path / 'file')
    assert [kind for kind, _ in operations.done] == [
        'open', 'write', 'close', 'replace']
    assert (tmp_path / 'file').read_bytes() == b'new'


@pytest.mark.parametrize('at', range(8))
def test_old_or_new_whatever_is_cut_off(backend, tmp_path, at):
    backend.put(b'old', tmp_path / 'file')
    with FileOperations(tmp_path, at, raise_fault).watched(), \
            pytest.raises(Fault):
        backend.put(b'new', tmp_path / 'file')
    assert [path.name for path in tmp_path.iterdir()] == ['file']
    expected = b'new' if at > 4 else b'old'
    assert (tmp_path / 'file').read_bytes() == expected


def test_an_error_names_the_file(backend, tmp_path):
    def fail() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / 'file'
    with FileOperations(tmp_path, 1, fail).watched(), \
            pytest.raises(OSError, match='No space left') as caught:
        backend.put(b'new', path)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(path)
    with pytest.raises(IsADirectoryError) as caught:
        backend.put(b'new', tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_a_folder_that_cannot_be_flushed(backend, tmp_path, monkeypatch):
    fsync = os.fsync
    number = errno.EINVAL

    def flush(file: int) -> None:
        if os.path.isdir(f'/proc/self/fd/{file}'):
            raise OSError(number, 'as some file systems')
        fsync(file)

    monkeypatch.setattr(os, 'fsync', flush)
    backend.put(b'new', tmp_path / 'file')
    assert (tmp_path / 'file').read_bytes() == b'new'
    number = errno.EIO
    if os.path.isdir('/proc/self/fd'):
        with pytest.raises(OSError, match='as some file systems'):
            backend.put(b'new', tmp_path / 'file')


def test_only_partial_files_are_removed(tmp_path):
    folder = tmp_path / 'run[1]*'
    folder.mkdir()
    left = folder / '.epoch_3.pth.4711.partial'
    kept = ['epoch_3.pth', '.hidden', '.download.partial', 'a.1.partial']
    for name in (left.name, *kept):
        (folder / name).write_text('')
    assert remove_partial_files(folder) == [str(left)]
    assert sorted(path.name for path in folder.iterdir()) == sorted(kept)
    assert remove_partial_files(tmp_path / 'none') == []
